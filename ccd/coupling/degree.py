"""Coupling degree C, comprehensive index T and coupling coordination degree D: three formulas."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Literal

import numpy as np

from ccd.arrays import FloatArray

FormulaName = Literal["standard", "wang2021", "fan2024"]


def standard(u: FloatArray) -> FloatArray:
    """Return C = n (prod U_s)^(1/n) / sum U_s of u (m, n) in [0, 1]; shape (m,), nan where all U are zero."""
    n = u.shape[1]
    with np.errstate(divide="ignore", invalid="ignore"):
        # a root of each factor first: the product of many small indices would underflow
        return np.asarray(np.minimum(n * np.prod(u ** (1 / n), axis=1) / u.sum(axis=1), 1.0))


def wang2021(u: FloatArray) -> FloatArray:
    """Return C = sqrt([1 - mean |U_i - U_j|] (prod U_s/max U but the largest)^(1/(n-1))), shape (m,).

    Wang, Kong, Ren, Zhi & Dai 2021, Journal of Natural Resources 36(3): 793-810. nan where all U are zero.
    """
    n = u.shape[1]
    ordered = np.sort(u, axis=1)
    # sum over pairs |U_i - U_j| = sum_k (2k - n + 1) U_(k), k = 0..n-1
    apart = ordered @ (2 * np.arange(n) - n + 1) / (n * (n - 1) / 2)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratios = ordered[:, :-1] / ordered[:, -1:]
        level = np.prod(ratios ** (1 / (n - 1)), axis=1)
    return np.asarray(np.sqrt(np.clip(1 - apart, 0, None) * level))


def fan2024(u: FloatArray) -> FloatArray:
    """Return C = 1 - 2 sd(U), sd with 1/n, shape (m,); nan where all U are zero.

    Fan, Ke & Cao 2024, Statistics & Decision 40(22): 41-46.
    """
    degree = 1 - 2 * u.std(axis=1)
    return np.where(u.any(axis=1), np.maximum(degree, 0.0), np.nan)


#: The names of ``[coupling] formula``: u (m, n) in [0, 1] -> C (m,).
FORMULAS: Mapping[str, Callable[[FloatArray], FloatArray]] = {
    "standard": standard,
    "wang2021": wang2021,
    "fan2024": fan2024,
}


def comprehensive(u: FloatArray, contribution: FloatArray) -> FloatArray:
    """Return T = sum_s a_s U_s, shape (m,); term by term, so that rows do not touch each other's last digit."""
    total = np.zeros(len(u))
    for s, share in enumerate(contribution):
        total += share * u[:, s]
    return total


def coordination(c: FloatArray, t: FloatArray) -> FloatArray:
    """Return D = sqrt(C T), and 0 where every U is zero (C missing); shape (m,)."""
    return np.where(np.isnan(c), 0.0, np.sqrt(c * t))
