"""Spatial panel models: lags of the outcome, of regressors, and of errors."""
