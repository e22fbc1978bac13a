"""Sums of a piecewise polynomial over windows of sorted scores, from sums that restart in every cell."""

from __future__ import annotations

from math import comb

import numpy as np

from ccd.arrays import FloatArray, IntArray

#: A kernel as a polynomial in |u|, u in [-1, 1]: coefficients of 1, |u|, |u|^2, ...
KERNELS: dict[str, tuple[float, ...]] = {
    "epanechnikov": (1, 0, -1),
    "uniform": (1,),
    "biweight": (1, 0, -2, 0, 1),
    "triangular": (1, -1),
    "tricube": (1, 0, 0, -3, 0, 0, 3, 0, 0, -1),
}

#: Fewer cells than this are summed one after the other, more by doubling steps over all at once.
FEW_CELLS = 2000


def window_sums(
    query: FloatArray,
    source: FloatArray,
    values: FloatArray,
    kernel: tuple[float, ...],
    reach: float,
    power: int = 0,
) -> FloatArray:
    """Return sum_j K(|d_ij|) d_ij^power v_j over |d_ij| <= 1, d_ij = (source_j - query_i)/reach, (n, k).

    ``query`` (n,) and ``source`` (m,) are sorted, ``values`` is (m, k), ``kernel`` holds the coefficients
    of K in |d|. Memory and time are linear in n + m. A window reaches from the middle of one cell of
    width ``reach`` over the whole next one into a third, so each part of it is a sum from the start or
    to the end of a cell: sums of different cells are never subtracted, which is what keeps 1e-12 where
    one running sum over all scores loses up to 1e-3. Scores are centred on their cell.
    """
    cell = np.floor(source / reach)
    moments = _moments(source / reach - (cell + 0.5), values, len(kernel) + power)
    ends = np.flatnonzero(np.diff(cell)) + 1
    starts = np.concatenate([[0], ends]).astype(np.intp)
    prefix = _running(moments, starts)
    suffix = _running(moments[:, ::-1], np.concatenate([[0], (len(source) - ends)[::-1]]).astype(np.intp))
    suffix = suffix[:, ::-1]

    home = np.floor(query / reach)
    a = query / reach - (home + 0.5)
    before, first, last, after = _bounds(home, cell)
    low = np.clip(np.searchsorted(source, query - reach, "left"), before, first)
    middle = np.clip(np.searchsorted(source, query, "left"), first, last)
    high = np.clip(np.searchsorted(source, query + reach, "right"), last, after)
    left, right = ([0.0] * power + [c * side**r for r, c in enumerate(kernel)] for side in (-1.0, 1.0))
    total = _piece(left, a + 1, suffix, low, low < first)
    total += _piece(left, a, prefix, middle - 1, middle > first)
    total += _piece(right, a, suffix, middle, middle < last)
    total += _piece(right, a - 1, prefix, high - 1, high > last)
    return total


def _moments(q: FloatArray, values: FloatArray, terms: int) -> FloatArray:
    """Return q^l v for l < terms, shape (terms, m, k)."""
    found = np.empty((terms, *values.shape))
    found[0] = values
    for power in range(1, terms):
        np.multiply(found[power - 1], q[:, None], out=found[power])
    return found


def _running(values: FloatArray, starts: IntArray) -> FloatArray:
    """Return the running sums of ``values`` (terms, m, k) along m that begin anew at each of ``starts``."""
    stops = np.append(starts[1:], values.shape[1])
    if len(starts) <= FEW_CELLS:
        found = np.empty_like(values)
        for start, stop in zip(starts, stops, strict=True):
            np.cumsum(values[:, start:stop], axis=1, out=found[:, start:stop])
        return found
    found = values.copy()
    place = np.arange(values.shape[1]) - np.repeat(starts, stops - starts)
    step = 1
    while step <= int(place.max()):
        inside = np.flatnonzero(place >= step)
        found[:, inside] = found[:, inside] + found[:, inside - step]
        step *= 2
    return found


def _bounds(home: FloatArray, cell: FloatArray) -> tuple[IntArray, ...]:
    """Return where the cell before each query's, its own and the next one start, and where that ends."""
    change = np.concatenate([[True], home[1:] != home[:-1]])
    distinct, inverse = home[change], np.cumsum(change) - 1
    edges = (np.searchsorted(cell, distinct + step, "left")[inverse] for step in (-1, 0, 1, 2))
    return tuple(np.asarray(edge, dtype=np.intp) for edge in edges)


def _piece(
    coefficients: list[float], a: FloatArray, sums: FloatArray, at: IntArray, present: np.ndarray
) -> FloatArray:
    """Return sum_j P(q_j - a) v_j from the sums of q^l v that stand at ``at``, 0 where not ``present``."""
    place = np.where(present, at, 0)
    total = np.zeros((len(a), sums.shape[2]))
    for lower in range(len(coefficients)):
        factor = np.zeros_like(a)
        for r in range(len(coefficients) - 1, lower - 1, -1):  # Horner in -a
            factor = factor * -a + coefficients[r] * comb(r, lower)
        if factor.any():
            total += factor[:, None] * sums[lower, place]
    total[~present] = 0.0
    return total
