"""Columns made of several columns at once, before the index: efficiency."""
