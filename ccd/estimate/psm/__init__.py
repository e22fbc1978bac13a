"""Matching, then difference-in-differences on what was matched."""
