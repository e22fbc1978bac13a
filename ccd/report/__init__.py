"""Views of results: one style, one table value, one renderer a format."""
