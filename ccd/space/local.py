"""Where is a variable alike among neighbours? Local Moran's I and Gi*, with conditional permutations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ccd.arrays import FloatArray, IntArray
from ccd.space.autocorrelation import TIE, two_sided

if TYPE_CHECKING:
    from scipy import sparse


@dataclass(frozen=True)
class Local:
    """Of each region and year, (T, n): the lag of x, local I, its permutation p and q by year, Gi* and its q."""

    lag: FloatArray
    statistic: FloatArray
    p_value: FloatArray
    q_value: FloatArray
    gi: FloatArray
    q_gi: FloatArray


def local(x: FloatArray, matrix: sparse.csr_array, orders: IntArray) -> Local:
    """Return local statistics of ``x`` (T, n) under W (n, n).

    ``orders`` (B, n - 1) are permutations of the other regions: in draw b the neighbours of i get the values at
    the first places of row b, those from i on moved by one, while x_i stays (Anselin 1995).
    """
    from scipy.special import ndtr

    z = x - x.mean(axis=1, keepdims=True)
    variance = np.mean(z**2, axis=1, keepdims=True)
    lag_z = (matrix @ z.T).T
    statistic = z * lag_z / variance
    p_value = conditional(z / np.sqrt(variance), matrix, statistic, orders)
    gi = hot_spots(x, matrix)
    p_gi = 2 * ndtr(-np.abs(gi))
    q_value, q_gi = (np.stack([false_discovery(row) for row in p]) for p in (p_value, p_gi))
    return Local((matrix @ x.T).T, statistic, p_value, q_value, gi, q_gi)


def conditional(
    z: FloatArray, matrix: sparse.csr_array, statistic: FloatArray, orders: IntArray
) -> FloatArray:
    """Return the conditional permutation p of each local I, (T, n); ``z`` (T, n) is standardised."""
    times, n = z.shape
    values = np.ascontiguousarray(z.T)
    found = np.ones((times, n))
    for i in range(n):
        cells = slice(matrix.indptr[i], matrix.indptr[i + 1])
        weights = matrix.data[cells]
        drawn = np.zeros((len(orders), times))
        for k, weight in enumerate(weights):
            at = orders[:, k]
            drawn += weight * values[at + (at >= i)]
        drawn *= values[i]
        slack = TIE * np.abs(statistic[:, i])
        above = np.sum(drawn >= statistic[:, i] - slack, axis=0)
        below = np.sum(drawn <= statistic[:, i] + slack, axis=0)
        found[:, i] = two_sided(above, below, len(orders))
    return found


def hot_spots(x: FloatArray, matrix: sparse.csr_array) -> FloatArray:
    """Return Gi* (Ord & Getis 1995, eq. 14) of ``x`` (T, n) as a z-value, W binary and with the region itself."""
    from scipy import sparse

    n = x.shape[1]
    ones = sparse.csr_array((np.ones(matrix.nnz), matrix.indices, matrix.indptr), shape=matrix.shape)
    count = np.diff(matrix.indptr) + 1.0
    mean = x.mean(axis=1, keepdims=True)
    spread = np.sqrt(np.mean(x**2, axis=1, keepdims=True) - mean**2)
    total = (ones @ x.T).T + x
    below = spread * np.sqrt((n * count - count**2) / (n - 1))
    return np.asarray(np.divide(total - count * mean, below, out=np.zeros_like(x), where=below > 0))


def false_discovery(p: FloatArray) -> FloatArray:
    """Return the q-values of Benjamini & Hochberg (1995) of ``p`` (n,)."""
    n = len(p)
    order = np.argsort(p, kind="stable")[::-1]
    ranked = p[order] * n / np.arange(n, 0, -1)
    found = np.empty(n)
    found[order] = np.minimum(1.0, np.minimum.accumulate(ranked))
    return found
