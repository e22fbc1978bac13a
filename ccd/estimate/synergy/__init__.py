"""Policies together: what they do beyond the sum of each alone."""
