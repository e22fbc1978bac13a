"""The regression on region and year effects, and its event study."""
