"""Densities by year, and how many modes they have."""
