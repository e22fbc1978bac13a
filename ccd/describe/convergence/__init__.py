"""Sigma, beta and club convergence."""
