"""Which subsystem is ahead of which."""
