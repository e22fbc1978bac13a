"""The range of a function over the boxes that rounded numbers stand for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import combinations, product

import numpy as np

from ccd.arrays import BoolArray, FloatArray

#: A function of indices: u (m, n) -> (m,).
Formula = Callable[[FloatArray], FloatArray]
#: Numbers that are worked on at a time.
BATCH = 4_000_000
#: What a range may miss a printed range by.
SLACK = 1e-9
LEVELS = (0.0, 0.5, 1.0)
#: With more coordinates than this, corners alone; the search along each coordinate finds the rest.
FULL = 5
#: Steps along each coordinate, and rounds over all, that look for ends between the points.
STEPS, ROUNDS = np.linspace(0.0, 1.0, 9), 3


@dataclass(frozen=True)
class Printed:
    """Printed numbers ``value`` and half a unit of their last digit ``half``, of one shape; nan where nothing is."""

    value: FloatArray
    half: FloatArray

    @property
    def low(self) -> FloatArray:
        """Return the least number that prints so; of one that is not negative, none below zero."""
        return np.where(self.value >= 0, np.maximum(self.value - self.half, 0.0), self.value - self.half)

    @property
    def high(self) -> FloatArray:
        """Return the greatest number that prints so."""
        return np.asarray(self.value + self.half)

    def gap(self, low: FloatArray, high: FloatArray) -> FloatArray:
        """Return how far the ranges [low, high] (m,) miss what is printed; 0 where they meet it within the slack."""
        apart = np.maximum(low - self.high, self.low - high)
        return np.where(apart <= SLACK, 0.0, apart)


def range_of(formula: Formula, low: FloatArray, high: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return least and greatest value (m,) of ``formula`` over the boxes [low, high], each (m, n).

    Corners and midpoints (3^n), the points with two or all coordinates equal inside the box (there the known degrees
    have their greatest value), and from the best of them a search along each coordinate. Undefined values are
    skipped; nan where all are.
    """
    least, greatest = np.empty(len(low)), np.empty(len(low))
    patterns = _patterns(low.shape[1])
    step = max(1, BATCH // (patterns * low.shape[1]))
    for start in range(0, len(low), step):
        at = slice(start, start + step)
        least[at], greatest[at] = _ranges(formula, low[at], high[at])
    return least, greatest


def _levels(n: int) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Return the levels of each coordinate, and of the others where two or all are equal."""
    return (LEVELS, LEVELS) if n <= FULL else (LEVELS[::2], LEVELS[1:2])


def _patterns(n: int) -> int:
    """Return the number of points of one box."""
    own, others = (len(levels) for levels in _levels(n))
    return int(own**n) + (n * (n - 1) // 2) * 3 * int(others ** (n - 2)) + 3


def _ranges(formula: Formula, low: FloatArray, high: FloatArray) -> tuple[FloatArray, FloatArray]:
    points = _points(low, high)
    m, p, n = points.shape
    with np.errstate(divide="ignore", invalid="ignore"):
        values = formula(points.reshape(-1, n)).reshape(m, p)
    ends = []
    for sign in (1.0, -1.0):
        turned = np.where(np.isfinite(values), sign * values, np.inf)
        best = turned.argmin(axis=1)
        found, rows = turned[np.arange(m), best], points[np.arange(m), best]
        if n > 2:
            found = _searched(formula, rows.copy(), found, low, high, sign)
        ends.append(sign * np.where(np.isfinite(found), found, np.nan))
    return ends[0], ends[1]


def _points(low: FloatArray, high: FloatArray) -> FloatArray:
    """Return the points of each box, (m, p, n)."""
    n = low.shape[1]
    wide = high - low
    levels, inside = _levels(n)
    grid = np.array([*product(levels, repeat=n)])
    made = [low[:, None, :] + grid * wide[:, None, :]]
    groups = [*combinations(range(n), 2), *([tuple(range(n))] if n > 2 else [])]
    for group in groups:
        own = list(group)
        bottom, top = low[:, own].max(axis=1), high[:, own].min(axis=1)
        meets: BoolArray = bottom <= top
        others = [k for k in range(n) if k not in group]
        for level in LEVELS:
            inner = np.array([*product(inside, repeat=len(others))])
            inner = inner.reshape(len(inside) ** len(others), len(others))
            points = np.repeat(((low + high) / 2)[:, None, :], len(inner), axis=1)
            points[:, :, others] = low[:, None, others] + inner * wide[:, None, others]
            same = bottom + level * (top - bottom)
            for k in own:
                points[meets, :, k] = same[meets, None]
            made.append(points)
    return np.concatenate(made, axis=1)


def _searched(
    formula: Formula, rows: FloatArray, found: FloatArray, low: FloatArray, high: FloatArray, sign: float
) -> FloatArray:
    """Return the least ``sign`` times formula that a search along each coordinate finds from ``rows`` (m, n)."""
    m, n = rows.shape
    for _ in range(ROUNDS):
        for k in range(n):
            tried = np.repeat(rows[:, None, :], len(STEPS), axis=1)
            tried[:, :, k] = low[:, None, k] + STEPS * (high - low)[:, None, k]
            with np.errstate(divide="ignore", invalid="ignore"):
                values = sign * formula(tried.reshape(-1, n)).reshape(m, -1)
            values = np.where(np.isfinite(values), values, np.inf)
            best = values.argmin(axis=1)
            better = values[np.arange(m), best] < found
            rows[better] = tried[np.arange(m), best][better]
            found = np.where(better, values[np.arange(m), best], found)
    return found
