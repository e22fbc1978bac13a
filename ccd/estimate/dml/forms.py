"""How region and year effects leave before a learner sees anything: within, difference, correlated random effects."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from ccd.arrays import FloatArray, IntArray
from ccd.estimate.linear.absorb import residualise
from ccd.estimate.linear.ols import codes


@dataclass(frozen=True)
class Rows:
    """Outcome ``y`` (n,), treatment ``d`` (n,), ``features`` (n, p), ``region`` codes (n,); ``kept`` says which rows.

    ``dummies`` says how many of the last features are year dummies, ``correct`` whether a region's mean of d is put
    right in the prediction of d.
    """

    y: FloatArray
    d: FloatArray
    features: FloatArray
    region: IntArray
    kept: IntArray
    correct: bool = False


def expanded(x: FloatArray, order: int) -> FloatArray:
    """Return columns (n, k), and with ``order`` 2 their squares and products beside, (n, k + k (k + 1) / 2)."""
    if order == 1:
        return x
    k = x.shape[1]
    pairs = [*((j, j) for j in range(k)), *combinations(range(k), 2)]
    return np.column_stack([x, *(x[:, i] * x[:, j] for i, j in pairs)])


def within(
    y: FloatArray, d: FloatArray, x: FloatArray, region: IntArray, time: IntArray, years: bool
) -> Rows:
    """Return y, d and x less region and (``years``) year effects. x is expanded already: squares of what is demeaned
    would be other columns."""
    effects = (region, time) if years else (region,)
    swept = residualise(np.column_stack([y, d, x]), effects)
    return Rows(swept[:, 0], swept[:, 1], swept[:, 2:], region, np.arange(len(y)))


def difference(
    y: FloatArray, d: FloatArray, x: FloatArray, region: IntArray, time: IntArray, years: bool
) -> Rows:
    """Return first differences of y and d, with x of this year and the last, less year effects.

    Rows are sorted by region and year; a region-year whose last year is not there leaves. ``time`` counts calendar
    years.
    """
    now = 1 + np.flatnonzero((region[1:] == region[:-1]) & (time[1:] == time[:-1] + 1))
    columns = np.column_stack([y[now] - y[now - 1], d[now] - d[now - 1], x[now], x[now - 1]])
    if years:
        columns = residualise(columns, (codes(time[now]),))
    return Rows(columns[:, 0], columns[:, 1], columns[:, 2:], codes(region[now]), now)


def correlated(
    y: FloatArray, d: FloatArray, x: FloatArray, region: IntArray, time: IntArray, years: bool
) -> Rows:
    """Return y and d as they are, with x, its means by region, and year dummies as features (Mundlak 1978)."""
    means = x - residualise(x, (region,))
    dummies = np.eye(int(time.max()) + 1)[time][:, 1:] if years else np.empty((len(y), 0))
    return Rows(y, d, np.column_stack([x, means, dummies]), region, np.arange(len(y)), correct=True)


FORMS: dict[str, Callable[[FloatArray, FloatArray, FloatArray, IntArray, IntArray, bool], Rows]] = {
    "within": within,
    "difference": difference,
    "cre": correlated,
}
