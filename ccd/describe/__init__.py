"""Description: summaries, distributions, the policies over time."""
