"""Local projections in short panels: the split-panel jackknife and a bootstrap over regions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ccd.arrays import FloatArray

#: Fewest years that a projection may start from.
BASE = 6


@dataclass(frozen=True)
class Projected:
    """The slope of one projection: jackknifed ``estimate``, ``plain`` by fixed effects, and ``drawn`` (draws,)."""

    estimate: float
    plain: float
    drawn: FloatArray

    @property
    def std_error(self) -> float:
        """Return the standard deviation of what was drawn."""
        return float(self.drawn.std(ddof=1))


def base_years(years: int, lags: int, horizon: int) -> int:
    """Return from how many years of a panel a projection to ``horizon`` starts."""
    return years - lags - horizon


def project(a: FloatArray, b: FloatArray, horizon: int, lags: int, counts: FloatArray) -> Projected:
    """Return the slope of b of t + ``horizon`` on a of t, given a and b of t-1 .. t-``lags``, region and year effects.

    ``a`` and ``b`` are (N, T) without gaps, ``counts`` (draws, N) how often each draw holds each region. Jackknife
    2b - (b1 + b2)/2 over the two halves of the base years, lags and leads from the whole panel (Mei, Sheng and Shi
    2023, eq. 9; Dhaene and Jochmans 2015).
    """
    rows = base_years(a.shape[1], lags, horizon)
    start = np.arange(lags, lags + rows)
    before = [values[:, start - k] for k in range(1, lags + 1) for values in (a, b)]
    table = np.stack([a[:, start], *before, b[:, start + horizon]], axis=2)
    weights = np.vstack([np.ones(len(a)), counts])
    half = rows // 2
    whole, first, second = (_slopes(block, weights) for block in (table, table[:, :half], table[:, half:]))
    jackknifed = 2 * whole - (first + second) / 2
    return Projected(float(jackknifed[0]), float(whole[0]), jackknifed[1:])


def _slopes(table: FloatArray, weights: FloatArray) -> FloatArray:
    """Return the slope of the last column of ``table`` (N, T, m) on its first, given the others, (draws,).

    Regions and years are swept out; each row of ``weights`` (draws, N) says how often a region counts.
    """
    n, years, m = table.shape
    within = table - table.mean(axis=1, keepdims=True)
    own = np.einsum("ntk,ntl->nkl", within, within).reshape(n, m * m)
    gram = (weights @ own).reshape(-1, m, m)
    sums = (weights @ within.reshape(n, years * m)).reshape(-1, years, m)
    gram -= np.einsum("dtk,dtl->dkl", sums, sums) / weights.sum(axis=1)[:, None, None]
    return np.asarray(np.linalg.solve(gram[:, :-1, :-1], gram[:, :-1, -1:])[:, 0, 0])
