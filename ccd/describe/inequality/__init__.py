"""Inequality between regions by year, decomposed by group."""
