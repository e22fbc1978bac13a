"""Draws of D set around D itself: intervals, grades, ranks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ccd.arrays import FloatArray, IntArray
from ccd.coupling.grades import Classes
from ccd.vary.multiverse.spread import ranks_of

LEVEL = 0.95


@dataclass(frozen=True)
class Centred:
    """Draws ``drawn`` (B, m) around D, clipped to [0, 1], and by how much they were ``shifted`` (m,) for it."""

    drawn: FloatArray
    shifted: FloatArray

    @property
    def interval(self) -> tuple[FloatArray, FloatArray]:
        """Return the 2.5th and 97.5th percentile (m,)."""
        low, high = np.quantile(self.drawn, ((1 - LEVEL) / 2, (1 + LEVEL) / 2), axis=0)
        return low, high


def centred(d: FloatArray, drawn: FloatArray) -> Centred:
    """Return D + D* - mean D* for d (m,) and draws D* (B, m)."""
    middle = drawn.mean(axis=0)
    return Centred(np.clip(d + drawn - middle, 0.0, 1.0), middle - d)


def grade_probability(drawn: FloatArray, classes: Classes) -> FloatArray:
    """Return the share of the draws (B, m) in each class, (m, classes)."""
    codes = classes.codes(drawn.ravel()).reshape(drawn.shape)
    return np.column_stack([np.mean(codes == k, axis=0) for k in range(len(classes.names))])


def rank_interval(drawn: FloatArray, time: IntArray) -> tuple[FloatArray, FloatArray]:
    """Return the 2.5th and 97.5th percentile of the rank within its year of each row of draws (B, m), outward."""
    ranks = ranks_of(drawn, time)
    low = np.quantile(ranks, (1 - LEVEL) / 2, axis=0, method="lower")
    return low, np.quantile(ranks, (1 + LEVEL) / 2, axis=0, method="higher")


def simultaneous(d: FloatArray, drawn: FloatArray) -> tuple[IntArray, IntArray]:
    """Return places (N,) that hold the ranks of all N units at once with 95 %, 1 = highest; d (N,), drawn (B, N).

    With d_ij = D_i - D_j, s its standard deviation over the draws, c the 95th percentile of max |d*_ij - mean|/s over
    all pairs: [1 + #{j: d_ji/s > c}, N - #{j: d_ij/s > c}]. Pairs that no draw moves are known.
    Mogstad, Romano, Shaikh & Wilhelm 2024, Review of Economic Studies 91(1): 476-518.
    """
    n = len(d)
    away = drawn - drawn.mean(axis=0)
    most = np.zeros(len(drawn))
    spread = np.zeros((n, n))
    for i in range(n - 1):
        apart = away[:, [i]] - away[:, i + 1 :]
        s = apart.std(axis=0, ddof=1)
        moved = s > 0
        if moved.any():
            most = np.maximum(most, np.abs(apart[:, moved] / s[moved]).max(axis=1))
        spread[i, i + 1 :] = spread[i + 1 :, i] = s
    critical = np.quantile(most, LEVEL, method="higher")
    above = (d[:, None] - d) > critical * spread  # i surely over j; ties of pairs that no draw moves are none
    return 1 + above.sum(axis=0), n - above.sum(axis=1)


def simultaneous_by_year(d: FloatArray, drawn: FloatArray, time: IntArray) -> tuple[FloatArray, FloatArray]:
    """Return the simultaneous places (m,) within each year."""
    low, high = np.empty(len(d)), np.empty(len(d))
    for year in np.unique(time):
        own = np.flatnonzero(time == year)
        low[own], high[own] = simultaneous(d[own], drawn[:, own])
    return low, high
