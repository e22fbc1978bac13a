"""Draws of the cells: within what their digits leave open, or with errors of measurement."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ccd.arrays import BoolArray, FloatArray, IntArray

#: Cells that cross zero are drawn again so many times at most; by then all but none are on their side.
AGAIN = 200

#: (generator) -> cells (m, q).
Draw = Callable[[np.random.Generator], FloatArray]


@dataclass
class Sides:
    """Keeps drawn cells on the side of zero where ``values`` (m, q) are, and counts those drawn again."""

    values: FloatArray
    again: int = 0

    def crossed(self, drawn: FloatArray) -> BoolArray:
        """Return which cells left their side; of columns without negative cells, zero is no less than zero."""
        with np.errstate(invalid="ignore"):
            over = (drawn * self.values < 0) | ((drawn == 0) & (self.values != 0))
            floor = (self.values == 0) & (drawn < 0) & (np.nanmin(self.values, axis=0) >= 0)
        return np.asarray(over | floor)

    def kept(self, rng: np.random.Generator, drawn: FloatArray, anew: Draw) -> FloatArray:
        """Return the draw with its crossing cells drawn again."""
        out = drawn
        for _ in range(AGAIN):
            bad = self.crossed(out)
            count = int(bad.sum())
            if not count:
                return out
            self.again += count
            out = np.where(bad, anew(rng), out)
        return np.where(self.crossed(out), self.values, out)


def rounded(values: FloatArray, half: FloatArray) -> Draw:
    """Return what draws every cell uniformly within half a unit of its last digit, (m, q)."""
    return lambda rng: values + half * rng.uniform(-1.0, 1.0, values.shape)


def measured(
    values: FloatArray, cv: FloatArray, persistence: float, entity: IntArray, year: IntArray
) -> tuple[Draw, Draw]:
    """Return what draws x (1 + cv e), e normal with correlation ``persistence`` a year within a region, and the
    same with independent e, for cells drawn again. cv (q,); rows sorted by region and year.
    """
    first = np.r_[True, entity[1:] != entity[:-1]]
    place = np.arange(len(entity)) - np.maximum.accumulate(np.where(first, np.arange(len(entity)), 0))
    gap = np.where(first, 1, np.r_[1, np.diff(year)])
    rho = np.where(first, 0.0, persistence ** gap.astype(np.float64))
    fresh = np.sqrt(1 - rho**2)
    steps = [np.flatnonzero(place == k) for k in range(1, int(place.max()) + 1)]

    def alone(rng: np.random.Generator) -> FloatArray:
        return np.asarray(values * (1 + cv * rng.standard_normal(values.shape)))

    def draw(rng: np.random.Generator) -> FloatArray:
        e = rng.standard_normal(values.shape)
        if persistence:
            for rows in steps:
                e[rows] = rho[rows, None] * e[rows - 1] + fresh[rows, None] * e[rows]
        return np.asarray(values * (1 + cv * e))

    return draw, alone
