"""Panel thresholds (Hansen 1999)."""
