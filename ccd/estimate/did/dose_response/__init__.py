"""Dose response: an effect by how strongly the policy works, and the weights a regression puts on it."""
