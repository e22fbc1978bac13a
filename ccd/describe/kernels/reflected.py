"""Gaussian kernel densities on [0, 1], reflected at both ends."""

from __future__ import annotations

import numpy as np

from ccd.arrays import FloatArray


def rule_of_thumb(x: FloatArray) -> float:
    """Return 0.9 min(sd, IQR/1.34) n^(-1/5) of x (n,) (Silverman 1986, eq. 3.31); 0 where x does not vary."""
    low, high = np.quantile(x, [0.25, 0.75])
    spread = float(x.std(ddof=1)) if len(x) > 1 else 0.0
    narrow = min(spread, float(high - low) / 1.34) or spread  # half the values may be equal
    return float(0.9 * narrow * len(x) ** -0.2)


def reflected(x: FloatArray, grid: FloatArray, h: float) -> FloatArray:
    """Return the density of x (n,) on ``grid`` (g,) of [0, 1], each value reflected at 0 and at 1.

    Without reflection mass leaks over the ends and a density near 1 reads too low (Silverman 1986, 2.10).
    """
    values = np.concatenate([x, -x, 2 - x])
    gaps = (grid[:, None] - values[None, :]) / h
    return np.asarray(np.exp(-0.5 * gaps**2).sum(axis=1) / (len(x) * h * np.sqrt(2 * np.pi)))
