"""A candidate set against the cells of one published column."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ccd.arrays import BoolArray, FloatArray
from ccd.audit.boxes import Printed
from ccd.words import Text


@dataclass(frozen=True)
class Trial:
    """A candidate for a column: which cells (m,) it reproduces, and by how much it misses the others.

    ``right`` tells whether the literature holds the candidate for right; ``known`` are the cells that are there.
    ``low`` and ``high`` are what it gives; of grades there are none.
    """

    column: str
    candidate: Text
    right: bool
    known: BoolArray
    gap: FloatArray
    low: FloatArray | None = None
    high: FloatArray | None = None

    @property
    def cells(self) -> int:
        """Return the number of cells that were looked at."""
        return int(self.known.sum())

    @property
    def failing(self) -> list[int]:
        """Return the rows that the candidate does not reproduce."""
        return [int(k) for k in np.flatnonzero(self.known & (self.gap > 0))]

    @property
    def fits(self) -> bool:
        """Tell whether every cell is reproduced."""
        return self.cells > 0 and not self.failing

    @property
    def worst(self) -> float:
        """Return the largest distance to a printed range."""
        return float(self.gap[self.known].max()) if self.cells else float("nan")


def tried(
    column: str, candidate: Text, printed: Printed, low: FloatArray, high: FloatArray, *, right: bool
) -> Trial:
    """Return the trial of a candidate that gives the ranges [low, high] (m,); cells it cannot give do not fit."""
    known: BoolArray = np.isfinite(printed.value)
    gap = np.where(np.isfinite(low), printed.gap(low, high), np.inf)
    return Trial(column, candidate, right, known, gap, low, high)


def distance(one: Trial) -> tuple[bool, float, float]:
    """Return what trials are ordered by: where half of the cells fit those that do not, else the mean miss of all."""
    few = 2 * len(one.failing) <= one.cells
    return not few, float(len(one.failing)) if few else float(one.gap[one.known].mean()), one.worst


def best(trials: Sequence[Trial]) -> Trial:
    """Return the nearest trial; the first of equals."""
    return min(trials, key=distance)
