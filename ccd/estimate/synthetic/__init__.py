"""One treated region, or a few: synthetic difference-in-differences and synthetic control, one estimator a file."""
