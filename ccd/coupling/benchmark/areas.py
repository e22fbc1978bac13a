"""A small table of areas: ratios, ranks and cosines; no index, for a few rows carry no entropy."""

from __future__ import annotations

import numpy as np

from ccd.arrays import FloatArray


def ranks(x: FloatArray) -> FloatArray:
    """Return the rank of each value of x (n, k) in its column, 1 the largest, ties averaged, missing nan."""
    from scipy.stats import rankdata

    found = rankdata(-x, axis=0, nan_policy="omit")
    return np.asarray(np.where(np.isfinite(x), found, np.nan))


def cosines(x: FloatArray) -> FloatArray:
    """Return the cosine (n, n) between rows of x (n, k), each column first divided by its mean.

    So that no unit of measurement decides. Columns with a missing cell, or a mean that is not above 0, are left out;
    nan where none is left, or where a row is all zero.
    """
    with np.errstate(invalid="ignore"):
        mean = x.mean(axis=0)
    kept = np.isfinite(mean) & (mean > 0)
    scaled = x[:, kept] / mean[kept]
    norm = np.sqrt((scaled**2).sum(axis=1))
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(scaled @ scaled.T / np.outer(norm, norm))
