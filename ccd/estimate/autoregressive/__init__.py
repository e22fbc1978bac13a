"""Spatial autoregression on arrays: likelihoods of lags and errors, impacts, Lagrange multiplier tests."""
