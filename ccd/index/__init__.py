"""Subsystem indices: scaling, weighting, building, locking and checking indicators."""
