"""The q statistic of the geographical detector."""

from __future__ import annotations

import numpy as np

from ccd.arrays import FloatArray, IntArray


def q_statistic(y: FloatArray, strata: IntArray) -> FloatArray:
    """Return q = 1 - SSW/SST (...) of y (..., n) over strata (n,) (Wang et al. 2010); 0 where y does not vary."""
    centred = y - y.mean(axis=-1, keepdims=True)
    total = (centred**2).sum(axis=-1)
    size = np.bincount(strata)
    member = np.zeros((len(strata), len(size)))
    member[np.arange(len(strata)), strata] = 1
    between = ((centred @ member) ** 2 / np.maximum(size, 1)).sum(axis=-1)
    return np.asarray(np.divide(between, total, out=np.zeros_like(total), where=total > 0))


def adjusted(q: float, n: int, strata: int) -> float:
    """Return 1 - (SSW/(n-L))/(SST/(n-1)): what is left of q when more strata cost degrees of freedom."""
    return 1 - (1 - q) * (n - 1) / (n - strata) if n > strata else float("nan")


def predicted_q(y: FloatArray, out: FloatArray, whole: FloatArray) -> float:
    """Return q with each region held against the others: 1 - sum (y - out)^2 / sum (y - whole)^2.

    out (n,) is the mean of the region's stratum without it, whole (n,) the mean of all without it.
    """
    total = float(((y - whole) ** 2).sum())
    return 1 - float(((y - out) ** 2).sum()) / total if total > 0 else float("nan")


def crossed(first: IntArray, second: IntArray) -> IntArray:
    """Return the strata (n,) of two stratifications laid on each other, numbered 0..L-1."""
    return np.asarray(np.unique(first * (second.max() + 1) + second, return_inverse=True)[1], dtype=np.intp)


#: Two factors that together explain what they explain apart.
SAME = 1e-9


def interaction(one: float, two: float, both: float) -> str:
    """Return which of the five classes of Wang et al. (2010, table 1) the q of the crossing falls in."""
    if abs(both - (one + two)) <= SAME:
        return "independent"
    if both > one + two:
        return "nonlinear enhancement"
    if both > max(one, two):
        return "bivariate enhancement"
    return "univariate weakening" if both >= min(one, two) else "nonlinear weakening"
