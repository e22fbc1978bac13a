"""Effects by cohort and year, and what they add up to."""
