"""Unit roots of a panel whose regions move together: Pesaran's CIPS, its p-values from simulated panels."""

from __future__ import annotations

from typing import Literal

import numpy as np

from ccd.arrays import FloatArray

Terms = Literal["none", "drift", "trend"]

#: What a region's t is cut to, below and above, by the terms of its regression (Pesaran 2007, section 3).
CUT = {"none": (-6.12, 4.16), "drift": (-6.19, 2.61), "trend": (-6.42, 1.70)}
#: Fewest rows less columns of a region's regression.
LEAST = 4
#: Cells of the simulated panels that are held at once.
CELLS = 3_000_000


def left_over(years: int, lags: int = 1, terms: Terms = "drift") -> int:
    """Return rows less columns of a region's regression over so many years; CIPS needs LEAST."""
    return years - 1 - lags - (3 + 2 * lags + ("none", "drift", "trend").index(terms))


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

    def ago(values: FloatArray, back: int) -> FloatArray:
        return values[..., values.shape[-1] - back - rows : values.shape[-1] - back]

    columns = [ago(mean, 1), ago(moved, 0)]
    for back in range(1, lags + 1):
        columns += [ago(change, back), ago(moved, back)]
    if terms != "none":
        columns.append(np.ones_like(columns[0]))
    if terms == "trend":
        columns.append(np.broadcast_to(np.arange(rows, dtype=np.float64), columns[0].shape))
    # y_t-1 comes last: its coefficient over its error is then one entry of the triangle
    table = np.stack([*columns, ago(y, 1)], axis=-1)
    q, r = np.linalg.qr(table)
    left = ago(change, 0)
    along = np.einsum("...tk,...t->...k", q, left)
    rest = np.einsum("...t,...t->...", left, left) - np.einsum("...k,...k->...", along, along)
    error = np.sqrt(np.maximum(rest, 0) / (rows - table.shape[-1]))
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
