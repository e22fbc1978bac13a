"""Grey relational degrees."""

from __future__ import annotations

import numpy as np

from ccd.arrays import FloatArray


def scaled(x: FloatArray, scale: str) -> FloatArray:
    """Return x (N, T) made free of units over all its cells: by its range, its mean, or each region's first value."""
    if scale == "minmax":
        return np.asarray((x - x.min()) / (x.max() - x.min()))
    if scale == "mean":
        return np.asarray(x / x.mean())
    return np.asarray(x / x[:, :1])


def grey_degrees(reference: FloatArray, factors: FloatArray, rho: float) -> FloatArray:
    """Return the degree of each factor (m,): mean of (min + rho max)/(delta + rho max) (Deng 1989).

    reference (N, T) and factors (m, N, T) are scaled; min and max run over all factors and cells.
    """
    delta = np.abs(factors - reference)
    low, high = delta.min(), delta.max()
    if high == 0:
        return np.ones(len(factors))
    return np.asarray(((low + rho * high) / (delta + rho * high)).mean(axis=(1, 2)))


def ranks(degree: FloatArray) -> np.ndarray[tuple[int, ...], np.dtype[np.intp]]:
    """Return 1 for the largest degree, ties in their order."""
    order = np.argsort(-degree, kind="stable")
    rank = np.empty(len(degree), dtype=np.intp)
    rank[order] = np.arange(1, len(degree) + 1)
    return rank
