"""Where regions lie: borders and distances, and what is asked of them alone."""
