"""Difference-in-differences: one estimator a file."""
