"""Difference-in-differences that lets the policy reach beyond the regions that have it."""
