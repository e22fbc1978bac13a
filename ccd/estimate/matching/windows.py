"""Sums of a piecewise polynomial over windows of sorted scores, from sums that restart in every cell."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import comb

import numpy as np

from ccd.arrays import BoolArray, FloatArray, IntArray

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
#: Queries worked on at a time, so that what is made on the way stays near the processor.
BLOCK = 8192


@dataclass(frozen=True)
class Windows:
    """Windows of half width ``reach`` around sorted ``query`` scores (n,) on sorted ``source`` scores (m,).

    ``low`` and ``high`` (n,) bound what is within reach. A window reaches from the middle of one cell of
    width ``reach`` over the whole of the next into a third, so each part of it is a sum from the start or
    to the end of a cell: sums over different cells are never subtracted, which is what keeps 1e-12 where
    one running sum over all scores loses up to 1e-3. Scores are centred on their cell. Memory and time are
    linear in n + m.
    """

    query: FloatArray
    source: FloatArray
    reach: float
    within: tuple[IntArray, IntArray] | None = None
    """``low`` and ``high`` where they are known already."""

    @property
    def turned(self) -> Windows:
        """Return the windows of the sources on the queries: the same pairs, seen from the other side."""
        size = len(self.source) + 1
        first, last = (
            np.cumsum(np.bincount(edge, minlength=size))[:-1].astype(np.intp)
            for edge in (self.high, self.low)
        )
        return Windows(self.source, self.query, self.reach, (first, last))

    @cached_property
    def cell(self) -> FloatArray:
        """Return the cell of each source, (m,)."""
        return np.floor(self.source / self.reach)

    @cached_property
    def centred(self) -> FloatArray:
        """Return each source less the middle of its cell, in units of the reach, (m,)."""
        return self.source / self.reach - (self.cell + 0.5)

    @cached_property
    def starts(self) -> tuple[IntArray, IntArray]:
        """Return where the cells start, from the left and counted from the right."""
        ends = np.flatnonzero(np.diff(self.cell)) + 1
        zero = np.zeros(1, dtype=np.intp)
        return np.concatenate([zero, ends]), np.concatenate([zero, (len(self.source) - ends)[::-1]])

    @cached_property
    def home(self) -> FloatArray:
        """Return the cell of each query, (n,)."""
        return np.floor(self.query / self.reach)

    @cached_property
    def bounds(self) -> tuple[IntArray, ...]:
        """Return where the cell before each query's, its own and the next one start, and where that ends."""
        change = np.concatenate([[True], self.home[1:] != self.home[:-1]])
        distinct, inverse = self.home[change], np.cumsum(change) - 1
        edges = (np.searchsorted(self.cell, distinct + step, "left")[inverse] for step in (-1, 0, 1, 2))
        return tuple(np.asarray(edge, dtype=np.intp) for edge in edges)

    @cached_property
    def low(self) -> IntArray:
        """Return the first place within reach of each query, (n,)."""
        before, first, _, _ = self.bounds
        known = (
            self.within[0] if self.within else np.searchsorted(self.source, self.query - self.reach, "left")
        )
        return np.clip(known, before, first)

    @cached_property
    def high(self) -> IntArray:
        """Return the place after the last within reach of each query, (n,)."""
        _, _, last, after = self.bounds
        known = (
            self.within[1] if self.within else np.searchsorted(self.source, self.query + self.reach, "right")
        )
        return np.clip(known, last, after)

    def sums(self, values: FloatArray, kernel: tuple[float, ...], power: int = 0) -> FloatArray:
        """Return sum_j K(|d_ij|) d_ij^power v_j over |d_ij| <= 1, d_ij = (source_j - query_i)/reach, (n, k).

        ``values`` is (m, k); ``kernel`` holds the coefficients of K in |d|.
        """
        moments = _moments(self.centred, values.T, len(kernel) + power)
        forth, back = self.starts
        suffix = _running(moments[..., ::-1], back, np.empty_like(moments))[..., ::-1]
        prefix = _running(moments, forth, moments)  # in place: memory is what costs most here
        left, right = ([0.0] * power + [c * side**r for r, c in enumerate(kernel)] for side in (-1.0, 1.0))
        found = np.empty((len(self.query), values.shape[1]))
        for start in range(0, len(self.query), BLOCK):
            rows = slice(start, start + BLOCK)
            found[rows] = self._block(rows, prefix, suffix, left, right).T
        return found

    def _block(
        self, rows: slice, prefix: FloatArray, suffix: FloatArray, left: list[float], right: list[float]
    ) -> FloatArray:
        """Return the sums (k, r) of some queries; ``left`` and ``right`` are the polynomials in d < 0 and d > 0."""
        a = self.query[rows] / self.reach - (self.home[rows] + 0.5)
        _, first, last, _ = (edge[rows] for edge in self.bounds)
        low, high = self.low[rows], self.high[rows]
        total = _piece(left, a + 1, suffix, low, low < first)
        total += _piece(right, a - 1, prefix, high - 1, high > last)
        if left == right:
            return total + _piece(left, a, prefix, last - 1, last > first)
        middle = np.clip(np.searchsorted(self.source, self.query[rows], "left"), first, last)
        total += _piece(left, a, prefix, middle - 1, middle > first)
        return total + _piece(right, a, suffix, middle, middle < last)


def window_sums(
    query: FloatArray,
    source: FloatArray,
    values: FloatArray,
    kernel: tuple[float, ...],
    reach: float,
    power: int = 0,
) -> FloatArray:
    """Return ``Windows(query, source, reach).sums(values, kernel, power)``, (n, k)."""
    return Windows(query, source, reach).sums(values, kernel, power)


def _moments(q: FloatArray, values: FloatArray, terms: int) -> FloatArray:
    """Return q^l v for l < terms and ``values`` (k, m), shape (terms, k, m)."""
    found = np.empty((terms, *values.shape))
    found[0] = values
    for power in range(1, terms):
        np.multiply(found[power - 1], q, out=found[power])
    return found


def _running(values: FloatArray, starts: IntArray, out: FloatArray) -> FloatArray:
    """Return running sums of ``values`` (terms, k, m) along m that begin anew at each of ``starts``, in ``out``."""
    size = values.shape[-1]
    stops = np.append(starts[1:], size)
    if len(starts) <= FEW_CELLS:
        for start, stop in zip(starts, stops, strict=True):
            np.cumsum(values[..., start:stop], axis=-1, out=out[..., start:stop])
        return out
    out[...] = values
    place = np.arange(size) - np.repeat(starts, stops - starts)
    step = 1
    while step <= int(place.max()):
        inside = np.flatnonzero(place >= step)
        out[..., inside] = out[..., inside] + out[..., inside - step]
        step *= 2
    return out


def _piece(
    coefficients: list[float], a: FloatArray, sums: FloatArray, at: IntArray, present: BoolArray
) -> FloatArray:
    """Return sum_j P(q_j - a) v_j, (k, n), from the sums of q^l v that stand at ``at``, 0 where not ``present``."""
    place, minus = np.where(present, at, 0), -a
    total = np.zeros((sums.shape[1], len(a)))
    for lower in range(len(coefficients)):
        factor = _taylor(coefficients, lower, minus)
        if isinstance(factor, float) and factor == 0:
            continue
        part = sums[lower].take(place, axis=1)
        part *= factor
        total += part
    total *= present
    return total


def _taylor(coefficients: list[float], lower: int, minus: FloatArray) -> FloatArray | float:
    """Return the coefficient of q^lower in P(q + minus): a number where it does not depend on it, else (n,)."""
    own = [c * comb(r, lower) for r, c in enumerate(coefficients)][lower:]
    while len(own) > 1 and own[-1] == 0:
        own.pop()
    if len(own) == 1:
        return float(own[0])
    factor = own[-1] * minus
    for place, c in enumerate(own[-2::-1]):  # Horner
        if place:
            factor *= minus
        if c:
            factor += c
    return factor
