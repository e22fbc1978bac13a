"""Which regions are like one: distances between standardised means; arrays in, arrays out."""

from __future__ import annotations

import numpy as np

from ccd.arrays import BoolArray, FloatArray, IntArray


def means(x: FloatArray, entity: IntArray, rows: BoolArray, size: int) -> FloatArray:
    """Return the mean of each column of x (n, k) over ``rows`` (n,) by region, (size, k); nan where one is missing."""
    found = np.full((size, x.shape[1]), np.nan)
    for i in range(size):
        own = x[rows & (entity == i)]
        if len(own) and np.isfinite(own).all():
            found[i] = own.mean(axis=0)
    return found


def distances_from(mean: FloatArray, own: int) -> FloatArray:
    """Return the Euclidean distance of each row of ``mean`` (N, k) from row ``own`` on columns of sd 1, (N,).

    A column that does not vary tells nothing and adds nothing. nan for rows with a missing cell.
    """
    known = np.isfinite(mean).all(axis=1)
    spread = mean[known].std(axis=0, ddof=1)
    scale = np.divide(1.0, spread, out=np.zeros_like(spread), where=spread > 0)
    return np.asarray(np.sqrt((((mean - mean[own]) * scale) ** 2).sum(axis=1)))
