"""Two subsystems side by side: who leads in level, and who leads in time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ccd.arrays import FloatArray, IntArray

#: Years that one may run ahead of the other.
MOST = 2
LAGS, LEVEL, LEADS = 0, 1, 2


def ratio(a: FloatArray, b: FloatArray) -> FloatArray:
    """Return a / b (N, T); infinite where b alone is zero, nan where both are."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(a / b)


def standing(ratios: FloatArray, low: float, high: float) -> IntArray:
    """Return LAGS below ``low``, LEADS above ``high``, LEVEL between, -1 for nan."""
    found = np.where(ratios < low, LAGS, np.where(ratios > high, LEADS, LEVEL))
    return np.asarray(np.where(np.isnan(ratios), -1, found), dtype=np.intp)


def motion(u: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the speed u_t - u_t-1 and the acceleration v_t - v_t-1 (N, T), nan where there is none yet."""
    speed, acceleration = np.full_like(u, np.nan), np.full_like(u, np.nan)
    speed[:, 1:] = np.diff(u, axis=1)
    acceleration[:, 2:] = np.diff(u, 2, axis=1)
    return speed, acceleration


@dataclass(frozen=True)
class Ahead:
    """Correlations (2 MOST + 1,) at k = -MOST..MOST, the k of the largest, and the p-value of that maximum.

    k > 0: the first runs k years ahead of the second.
    """

    correlation: FloatArray
    k: int
    p_value: float


def ahead(a: FloatArray, b: FloatArray, draws: int, random: np.random.Generator) -> Ahead:
    """Return by how many years the speed of a (N, T) runs ahead of that of b: argmax_k mean_i corr(v_a,t-k, v_b,t).

    Speeds lose their region and year means first; p by giving each region the b of another.
    """
    first, second = _swept(np.diff(a, axis=1)), _swept(np.diff(b, axis=1))
    found = _mean_correlations(first, second)
    best = int(np.nanargmax(found))
    high = np.empty(draws)
    for draw in range(draws):
        high[draw] = np.nanmax(_mean_correlations(first, second[random.permutation(len(second))]))
    p_value = (1 + int((high >= found[best] - 1e-12).sum())) / (draws + 1)
    return Ahead(found, best - MOST, p_value)


def _swept(v: FloatArray) -> FloatArray:
    return np.asarray(v - v.mean(axis=1, keepdims=True) - v.mean(axis=0) + v.mean())


def _mean_correlations(first: FloatArray, second: FloatArray) -> FloatArray:
    steps = first.shape[1]
    found = np.full(2 * MOST + 1, np.nan)
    for place, k in enumerate(range(-MOST, MOST + 1)):
        if steps - abs(k) < 3:
            continue
        one, other = first[:, max(0, -k) : steps - max(0, k)], second[:, max(0, k) : steps - max(0, -k)]
        one, other = one - one.mean(axis=1, keepdims=True), other - other.mean(axis=1, keepdims=True)
        size = np.sqrt((one**2).sum(axis=1) * (other**2).sum(axis=1))
        cross = (one * other).sum(axis=1)
        found[place] = np.mean(np.divide(cross, size, out=np.zeros_like(size), where=size > 0))
    return found
