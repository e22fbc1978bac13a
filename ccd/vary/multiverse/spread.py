"""What the specifications say of each region-year: spread of D, grades, ranks, agreement with the baseline."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ccd.arrays import FloatArray, IntArray
from ccd.coupling.grades import Classes

#: Cells of (specifications x region-years) that are worked on at a time.
BATCH = 2_000_000


@dataclass(frozen=True)
class Spread:
    """By region-year (m,): min, quartiles, max ``quantiles`` (5, m), grade span, share in the baseline's grade."""

    quantiles: FloatArray
    grade_span: IntArray
    same_grade: FloatArray


def spread_of(d: FloatArray, baseline: FloatArray, classes: Classes) -> Spread:
    """Return the spread of ``d`` (S, m) over the specifications, ``baseline`` (m,) being the study's."""
    size = d.shape[1]
    quantiles, span, same = np.empty((5, size)), np.empty(size, dtype=np.intp), np.empty(size)
    own = classes.codes(baseline)
    step = max(1, BATCH // len(d))
    for start in range(0, size, step):
        at = slice(start, start + step)
        block = np.asarray(d[:, at])
        quantiles[:, at] = np.quantile(block, (0, 0.25, 0.5, 0.75, 1), axis=0)
        codes = classes.codes(block.ravel()).reshape(block.shape)
        span[at] = codes.max(axis=0) - codes.min(axis=0) + 1
        same[at] = np.mean(codes == own[at], axis=0)
    return Spread(quantiles, span, same)


def ranks_of(d: FloatArray, time: IntArray) -> FloatArray:
    """Return the rank of each region within its year, 1 = highest D, ties averaged; d (S, m), time (m,)."""
    from scipy.stats import rankdata

    out = np.empty(d.shape)
    for year in np.unique(time):
        own = np.flatnonzero(time == year)
        out[:, own] = rankdata(-np.asarray(d[:, own]), axis=1)
    return out


def rank_spread(d: FloatArray, time: IntArray) -> FloatArray:
    """Return the least, median and greatest rank (3, m) over the specifications."""
    out = np.empty((3, d.shape[1]))
    for year in np.unique(time):
        own = np.flatnonzero(time == year)
        ranks = ranks_of(d[:, own], time[own])
        out[:, own] = np.quantile(ranks, (0, 0.5, 1), axis=0)
    return out


def agreement(d: FloatArray, baseline: FloatArray, time: IntArray) -> FloatArray:
    """Return Kendall's tau-b of each row of ``d`` (S, m) with the baseline: the last year and the panel, (S, 2)."""
    from scipy.stats import kendalltau

    last = time == time.max()
    out = np.full((len(d), 2), np.nan)
    for k, row in enumerate(d):
        if np.isfinite(row).all():
            out[k] = kendalltau(row[last], baseline[last])[0], kendalltau(row, baseline)[0]
    return out
