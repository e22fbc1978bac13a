"""Unit roots: the t of a region's own regression, and Pesaran's CIPS where regions move together; simulated nulls."""

from __future__ import annotations

from functools import cache
from typing import Literal

import numpy as np

from ccd.arrays import FloatArray

Terms = Literal["none", "drift", "trend"]
TERMS: tuple[Terms, ...] = ("none", "drift", "trend")

#: What a region's t is cut to, below and above, by the terms of its regression (Pesaran 2007, section 3).
CUT = {"none": (-6.12, 4.16), "drift": (-6.19, 2.61), "trend": (-6.42, 1.70)}
#: Fewest rows less columns of a region's regression.
LEAST = 4
#: Walks behind the null of a region's own t, and the seed of them: one null for every study of that many years.
WALKS, SEED = 20_000, 2003
#: Cells of the simulated panels that are held at once.
CELLS = 3_000_000


def left_over(years: int, lags: int = 1, terms: Terms = "drift", *, together: bool = True) -> int:
    """Return rows less columns of a region's regression over so many years; a test needs LEAST.

    ``together`` counts the columns of CIPS, else those of the region's own regression.
    """
    columns = 3 + 2 * lags if together else 1 + lags
    return years - 1 - lags - (columns + TERMS.index(terms))


def own_t(y: FloatArray, lags: int = 1, terms: Terms = "drift") -> FloatArray:
    """Return the t of y_t-1 of each region (..., N), its errors with the correction for degrees of freedom.

    The change of y (..., N, T) stands on y_t-1, on ``lags`` earlier changes, and on a constant (drift) and a trend
    (Dickey & Fuller 1979). Raises ValueError with too few years.
    """
    y = np.asarray(y, dtype=np.float64)
    if left_over(y.shape[-1], lags, terms, together=False) < LEAST:
        raise ValueError("too few years for these lags and terms")
    change = np.diff(y, axis=-1)
    rows = y.shape[-1] - 1 - lags
    columns = [_ago(change, back, rows) for back in range(1, lags + 1)]
    return _last_t(_ago(change, 0, rows), [*columns, *_fixed(y, rows, terms), _ago(y, 1, rows)])


@cache
def null_t(years: int, lags: int, terms: Terms) -> FloatArray:
    """Return ``own_t`` of WALKS random walks of so many years, sorted: what a region's t is under the null."""
    walks = np.random.default_rng(SEED).standard_normal((WALKS, years)).cumsum(axis=-1)
    found = np.sort(own_t(walks, lags, terms))
    found.setflags(write=False)
    return found


def cips(y: FloatArray, lags: int = 1, terms: Terms = "drift") -> FloatArray:
    """Return CIPS of panels y (..., N, T) without gaps, shape (...): the mean of the regions' truncated t.

    A region's t is that of y_t-1 in its change on y_t-1, on the mean of all regions a year before and its change, and
    on ``lags`` earlier changes of both. Pesaran (2007, Journal of Applied Econometrics 22, eq. 6 and section 3).
    """
    return np.asarray(region_t(y, lags, terms).clip(*CUT[terms]).mean(axis=-1))


def region_t(y: FloatArray, lags: int = 1, terms: Terms = "drift") -> FloatArray:
    """Return the t of y_t-1 of each region (..., N), not truncated."""
    y = np.asarray(y, dtype=np.float64)
    years = y.shape[-1]
    if left_over(years, lags, terms) < LEAST:
        raise ValueError("too few years for these lags and terms")
    mean = np.broadcast_to(y.mean(axis=-2, keepdims=True), y.shape)
    change, moved = np.diff(y, axis=-1), np.diff(mean, axis=-1)
    rows = years - 1 - lags  # of t = lags + 1 .. T - 1, counted from 0
    columns = [_ago(mean, 1, rows), _ago(moved, 0, rows)]
    for back in range(1, lags + 1):
        columns += [_ago(change, back, rows), _ago(moved, back, rows)]
    return _last_t(_ago(change, 0, rows), [*columns, *_fixed(y, rows, terms), _ago(y, 1, rows)])


def _ago(values: FloatArray, back: int, rows: int) -> FloatArray:
    """Return the last ``rows`` of values (..., T) before the last ``back``."""
    return values[..., values.shape[-1] - back - rows : values.shape[-1] - back]


def _fixed(y: FloatArray, rows: int, terms: Terms) -> list[FloatArray]:
    """Return constant and trend (..., rows), as ``terms`` ask."""
    shape = (*y.shape[:-1], rows)
    both = [np.ones(shape), np.broadcast_to(np.arange(rows, dtype=np.float64), shape)]
    return both[: TERMS.index(terms)]


def _last_t(left: FloatArray, columns: list[FloatArray]) -> FloatArray:
    """Return the t (...) of the last of ``columns`` (..., rows) in a regression of ``left`` (..., rows)."""
    # that one comes last: its coefficient over its error is then one entry of the triangle
    table = np.stack(columns, axis=-1)
    q, r = np.linalg.qr(table)
    along = np.einsum("...tk,...t->...k", q, left)
    rest = np.einsum("...t,...t->...", left, left) - np.einsum("...k,...k->...", along, along)
    error = np.sqrt(np.maximum(rest, 0) / (table.shape[-2] - table.shape[-1]))
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.sign(r[..., -1, -1]) * along[..., -1] / error)


def simulated(
    regions: int, years: int, lags: int, terms: Terms, draws: int, rng: np.random.Generator
) -> FloatArray:
    """Return CIPS (draws,) of panels of that size of independent random walks: what it is under the null."""
    step = max(1, CELLS // (regions * years * (4 + 2 * lags)))
    found = []
    for start in range(0, draws, step):
        shape = (min(step, draws - start), regions, years)
        found.append(cips(rng.standard_normal(shape).cumsum(axis=-1), lags, terms))
    return np.concatenate(found)


def p_value(statistic: float, null: FloatArray) -> float:
    """Return the share of ``null`` (draws,) that is as far below as ``statistic``, itself counted."""
    return float((1 + (null <= statistic).sum()) / (len(null) + 1))
