"""The least transport that carries one set of shares to another."""

from __future__ import annotations

from functools import cache

import numpy as np

from ccd.arrays import FloatArray


def least_transport(s: FloatArray, q: FloatArray, km: FloatArray) -> tuple[float, FloatArray]:
    """Return the least sum of f_ij km_ij and f (n, n), with rows summing to s (n,) and columns to q (n,).

    Hitchcock (1941) by HiGHS; in km of the mean unit, since shares sum to 1. What stays at home costs nothing, so
    that only surpluses move: s - q where above 0 to q - s where above 0.
    """
    from scipy.optimize import linprog

    gap = s - q
    give, take = np.flatnonzero(gap > 0), np.flatnonzero(gap < 0)
    flow = np.diag(np.minimum(s, q))
    if not len(give) or not len(take):
        return 0.0, flow
    supply, need = gap[give], -gap[take]
    need = need * supply.sum() / need.sum()  # rounding apart they are equal
    rows, right = _sums(len(give), len(take)), np.r_[supply, need]
    # one of the sums follows from the others
    found = linprog(km[np.ix_(give, take)].ravel(), A_eq=rows[:-1], b_eq=right[:-1], method="highs-ds")
    if not found.success:
        return float("nan"), np.full_like(flow, np.nan)
    flow[np.ix_(give, take)] = found.x.reshape(len(give), len(take))
    return float(found.fun), flow


@cache
def _sums(m: int, n: int) -> FloatArray:
    return np.vstack([np.kron(np.eye(m), np.ones(n)), np.kron(np.ones(m), np.eye(n))])
