"""What is asked of an estimate after the fit: one check a file."""
