"""Quantile regression by moments with fixed effects: location, scale, and quantiles of what is left."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from ccd.arrays import BoolArray, FloatArray, IntArray
from ccd.estimate.linear.counts import inverse
from ccd.estimate.linear.ols import demean

#: Least eigenvalue of the correlations of the regressors at which a draw still identifies them.
LEAST = 1e-10


class Rows(NamedTuple):
    """``y`` (n,), ``x`` (n, k), codes of the effects (n,) each, and how often each row counts, integers (n,)."""

    y: FloatArray
    x: FloatArray
    effects: tuple[IntArray, ...]
    times: IntArray

    def only(self, keep: BoolArray) -> Rows:
        """Return the rows that ``keep`` (n,) marks."""
        return Rows(self.y[keep], self.x[keep], tuple(e[keep] for e in self.effects), self.times[keep])


class Moments(NamedTuple):
    """Location b (k,), scale g (k,), quantiles of R/s (q,), slopes b + q g (q, k), and rows with s <= 0."""

    location: FloatArray
    scale: FloatArray
    quantile: FloatArray
    slopes: FloatArray
    negative: int


def moments(rows: Rows, levels: tuple[float, ...]) -> Moments:
    """Return the quantile regression of ``rows`` at ``levels`` (Machado & Santos Silva 2019, section 3).

    b is within, R what it leaves; |R| on x within gives g and the fitted scale s, effects and x'g; q(t) is the
    smallest R/s whose share reaches t, of the rows with s > 0; b(t) = b + q(t) g. All nan where x is not identified.
    """
    weight = rows.times.astype(float)
    swept = demean(np.column_stack([rows.y, rows.x]), rows.effects, weight)
    x = swept[:, 1:]
    location = solved(x, swept[:, 0], weight)
    left = swept[:, 0] - x @ location
    size = np.abs(left)
    within = demean(size[:, None], rows.effects, weight)[:, 0]
    scale = solved(x, within, weight)
    fitted = size - (within - x @ scale)
    positive = fitted > 0
    if not positive.any() or not np.isfinite(location).all():
        none = np.full(len(levels), np.nan)
        return Moments(location, scale, none, none[:, None] + scale, len(fitted))
    ratio = left[positive] / fitted[positive]
    quantile = inverse(ratio, rows.times[positive][None], levels)[0]
    return Moments(location, scale, quantile, location + np.outer(quantile, scale), int((~positive).sum()))


def solved(x: FloatArray, y: FloatArray, weight: FloatArray) -> FloatArray:
    """Return the weighted slopes (k,) of ``y`` (n,) on ``x`` (n, k), nan where they are not identified."""
    gram = x.T @ (x * weight[:, None])
    length = np.sqrt(np.diag(gram))
    missing = np.full(x.shape[1], np.nan)
    if not (length > 0).all():
        return missing
    correlation = gram / length / length[:, None]
    if np.linalg.eigvalsh(correlation)[0] <= LEAST:
        return missing
    return np.asarray(np.linalg.solve(correlation, x.T @ (y * weight) / length) / length)


class Corrected(NamedTuple):
    """Moments, and location, scale (k,) and slopes (q, k) with the jackknife's correction where it is asked for."""

    plain: Moments
    location: FloatArray
    scale: FloatArray
    slopes: FloatArray


def corrected(rows: Rows, levels: tuple[float, ...], time: IntArray, *, jackknife: bool) -> Corrected:
    """Return the moments, by the half-panel jackknife 2 b - mean of halves (Dhaene & Jochmans 2015) where asked.

    ``time`` (n,) are codes of years. An odd number of years is cut after the middle and before it, and the four
    pieces averaged.
    """
    plain = moments(rows, levels)
    if not jackknife:
        return Corrected(plain, plain.location, plain.scale, plain.slopes)
    found = [moments(rows.only(half), levels) for half in halves(time)]
    location = 2 * plain.location - np.mean([one.location for one in found], axis=0)
    scale = 2 * plain.scale - np.mean([one.scale for one in found], axis=0)
    slopes = 2 * plain.slopes - np.mean([one.slopes for one in found], axis=0)
    return Corrected(plain, location, scale, slopes)


def halves(time: IntArray) -> Iterator[BoolArray]:
    """Yield which rows (n,) lie in each half of the years."""
    years = int(time.max()) + 1
    for cut in sorted({years // 2, years - years // 2}):
        yield time < cut
        yield time >= cut
