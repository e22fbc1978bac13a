"""How alike the industry structures of regions are; arrays in, one number out."""

from __future__ import annotations

import numpy as np

from ccd.arrays import FloatArray


def structures(x: FloatArray) -> FloatArray:
    """Return each region's shares of its sectors x (n, k), rows summing to 1."""
    return np.asarray(x / x.sum(axis=1, keepdims=True))


def krugman(v: FloatArray) -> float:
    """Return the mean over pairs of sum_k |v_ak - v_bk| of structures v (n, k): 0 alike, 2 apart (Krugman 1991)."""
    first, second = np.triu_indices(len(v), 1)
    return float(np.abs(v[first] - v[second]).sum(axis=1).mean())


def cosine(v: FloatArray) -> float:
    """Return the mean over pairs of the cosine of structures v (n, k): 1 alike."""
    first, second = np.triu_indices(len(v), 1)
    unit = v / np.sqrt((v**2).sum(axis=1, keepdims=True))
    return float((unit[first] * unit[second]).sum(axis=1).mean())
