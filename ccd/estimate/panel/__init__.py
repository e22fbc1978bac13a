"""Panel regressions: pooled, fixed, random effects, instrumental variables."""
