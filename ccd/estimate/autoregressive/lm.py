"""Lagrange multiplier tests of a spatial lag and a spatial error on least-squares residuals of a panel."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ccd.arrays import FloatArray
from ccd.estimate.autoregressive.sweep import Effects, flat, lag

if TYPE_CHECKING:
    from scipy import sparse


class Multipliers(NamedTuple):
    """chi2(1) statistics of a lag and of an error, each alone and robust to the other."""

    lag: float
    error: float
    robust_lag: float
    robust_error: float


def multipliers(
    y: FloatArray, x: FloatArray, matrix: sparse.csr_array, effects: Effects, *, classic: bool = False
) -> Multipliers:
    """Return the tests for ``y`` (N, T) on ``x`` (N, T, k) (Anselin, Bera, Florax & Yoon 1996).

    Scores and information are those of the transformed data, tr JW with year effects; ``classic`` counts N and T
    whole and takes no trace, as other software does.
    """
    n, t = y.shape if classic else effects.size(*y.shape)
    z, y0 = flat(effects.sweep(x)), flat(effects.sweep(y))
    q, r = np.linalg.qr(z)
    e = y0 - q @ (q.T @ y0)
    beta = np.linalg.solve(r, q.T @ y0)
    s2 = float(e @ e) / (n * t)
    wide = e.reshape(y.shape)
    we, wy = flat(lag(matrix, wide)), flat(lag(matrix, y))
    w = matrix.toarray() if effects.time and not classic else matrix
    trace = 0.0
    if effects.time and not classic:
        w = w - w.mean(axis=0)  # J W
        trace = float(np.trace(w))
        w = w - w.mean(axis=1, keepdims=True)  # J W J
        square = float(np.sum(w * w.T) + np.sum(w * w))
    else:
        square = float((matrix.multiply(matrix.T)).sum() + (matrix.multiply(matrix)).sum())
    moved = flat(effects.sweep(lag(matrix, x @ beta)))
    moved = moved - q @ (q.T @ moved)
    j_e = t * (square - 2 * trace**2 / n)
    j_l = j_e + float(moved @ moved) / s2
    s_l, s_e = (float(e @ one) / s2 - t * trace for one in (wy, we))
    return Multipliers(
        s_l**2 / j_l,
        s_e**2 / j_e,
        (s_l - s_e) ** 2 / (j_l - j_e),
        (s_e - s_l * j_e / j_l) ** 2 / (j_e * (1 - j_e / j_l)),
    )
