"""Transitions between states, their long run, and whether time or neighbours change them."""
