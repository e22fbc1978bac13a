"""Are the transitions of several samples those of one chain."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ccd.arrays import FloatArray, IntArray


@dataclass(frozen=True)
class Homogeneity:
    """Likelihood ratio and Pearson's Q with their degrees of freedom and chi-square p-values."""

    lr: float
    q: float
    df: int
    p_lr: float
    p_q: float


def likelihood_ratio(counts: IntArray) -> FloatArray:
    """Return 2 sum n ln(p_s/p) of counts (..., S, k, k) against their pooled chain."""
    n = np.asarray(counts, dtype=float)
    return np.asarray(2 * (_entropy(n).sum(axis=-1) - _entropy(n.sum(axis=-3))))


def _entropy(n: FloatArray) -> FloatArray:
    """Return sum n_ij ln n_ij - sum n_i. ln n_i. over the last two axes."""
    row = n.sum(axis=-1)
    return np.asarray(_nlogn(n).sum(axis=(-2, -1)) - _nlogn(row).sum(axis=-1))


def _nlogn(n: FloatArray) -> FloatArray:
    return np.asarray(n * np.log(np.where(n > 0, n, 1.0)))


def homogeneity(counts: IntArray) -> Homogeneity:
    """Return the tests that the S samples of counts (S, k, k) share one chain (Bickenbach and Bode 2003, 4).

    df = sum_i (a_i - 1)(b_i - 1): a_i samples that have row i, b_i cells of the pooled row that were seen.
    """
    from scipy.stats import chi2

    n = np.asarray(counts, dtype=float)
    pooled = n.sum(axis=0)
    rows, total = n.sum(axis=2), pooled.sum(axis=1)
    p = np.divide(pooled, total[:, None], out=np.zeros_like(pooled), where=total[:, None] > 0)
    expected = rows[:, :, None] * p[None]
    gap = np.divide((n - expected) ** 2, expected, out=np.zeros_like(n), where=expected > 0)
    lr, q = float(likelihood_ratio(counts)), float(gap.sum())
    samples, cells = (rows > 0).sum(axis=0), (pooled > 0).sum(axis=1)
    df = int((np.maximum(samples - 1, 0) * np.maximum(cells - 1, 0)).sum())
    if df == 0:
        return Homogeneity(lr, q, 0, float("nan"), float("nan"))
    return Homogeneity(lr, q, df, float(chi2.sf(lr, df)), float(chi2.sf(q, df)))


def halves(states: IntArray, k: int) -> IntArray:
    """Return the transitions (2, k, k) of the first floor((T-1)/2) steps and of the others."""
    from ccd.describe.transitions.chain import count

    steps = (states.shape[1] - 1) // 2
    return np.stack([count(states[:, : steps + 1], k), count(states[:, steps:], k)])
