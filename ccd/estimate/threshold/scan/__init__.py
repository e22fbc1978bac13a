"""The exact search over all candidates, its bootstrap and its sets."""
