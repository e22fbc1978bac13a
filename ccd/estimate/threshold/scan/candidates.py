"""Which values of the threshold variable are tried, and which may stand together (the trim)."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

import numpy as np

from ccd.arrays import BoolArray, FloatArray, IntArray


@dataclass(frozen=True)
class Candidates:
    """Candidate thresholds, ascending: every regime they make is thick enough.

    ``value`` (M,) and ``next_value`` (M,), the next larger value of q; ``order`` (r,) rows of the sample
    in the order of q up to the last candidate, ``stop`` (M,) how many of them have q <= value;
    A regime holds ``least`` of what the trim counts when candidate c stands with those numbered
    <= ``left[c]`` or >= ``right[c]`` only.
    """

    value: FloatArray
    next_value: FloatArray
    order: IntArray
    stop: IntArray
    left: IntArray
    right: IntArray
    least: int

    @property
    def size(self) -> int:
        """Return the number of candidates."""
        return len(self.value)

    def after(self, start: int) -> Candidates:
        """Return the candidates from number ``start`` on, renumbered."""
        cut = slice(start, None)
        left, right = np.maximum(self.left[cut] - start, -1), self.right[cut] - start
        return Candidates(
            self.value[cut], self.next_value[cut], self.order, self.stop[cut], left, right, self.least
        )


def by_rows(q: FloatArray, trim: float) -> Candidates:
    """Return every distinct value of ``q`` (n,) that leaves ceil(trim n) rows on both sides (METHODS 6)."""
    order, value, stop = _sorted(q, np.arange(len(q)))
    least = max(1, ceil(trim * len(q) - 1e-9))
    fit = np.flatnonzero((stop >= least) & (len(q) - stop >= least))
    below = stop[fit]
    return _candidates(
        order,
        value,
        stop,
        fit,
        np.searchsorted(below, below - least, side="right") - 1,
        np.searchsorted(below, below + least, side="left"),
        least,
    )


def by_entities(
    q: FloatArray, rows: BoolArray, entity: IntArray, least: int, *, every_row: bool
) -> Candidates:
    """Return the values of ``q`` in the treated ``rows`` that leave ``least`` treated entities in each regime.

    An entity counts for a regime when one of its treated rows lies there. ``every_row`` keeps the other
    rows in the order (a regime intercept needs them).
    """
    treated = np.flatnonzero(rows)
    _, at, ends = _sorted(q, treated)
    sorted_entity = entity[treated][np.argsort(q[treated], kind="stable")]
    reach = _reach(sorted_entity, ends, least)
    order, value, stop = _sorted(q, np.arange(len(q)) if every_row else treated)
    where = np.searchsorted(value, at)
    numbers = np.arange(len(at))
    fit = np.flatnonzero((numbers >= np.searchsorted(ends, reach[0])) & (reach[1:] <= ends[-1]))
    right = np.searchsorted(ends, reach[fit + 1]) - (fit[0] if len(fit) else 0)
    left = np.searchsorted(right, np.arange(len(fit)), side="right") - 1
    return _candidates(order, value, stop, where[fit], left, right, least)


def _reach(entity: IntArray, ends: IntArray, least: int) -> IntArray:
    """Return, for each window start (0 and after each value), the first end with ``least`` entities, or n + 1."""
    starts = np.concatenate([[0], ends])
    seen = np.zeros(int(entity.max()) + 1, dtype=np.intp)
    reach = np.full(len(starts), len(entity) + 1)
    stop = distinct = 0
    for number, start in enumerate(starts):
        for row in range(starts[number - 1] if number else 0, start):
            seen[entity[row]] -= 1
            distinct -= seen[entity[row]] == 0
        while distinct < least and stop < len(entity):
            distinct += seen[entity[stop]] == 0
            seen[entity[stop]] += 1
            stop += 1
        if distinct >= least:
            reach[number] = stop
    return reach


def _sorted(q: FloatArray, rows: IntArray) -> tuple[IntArray, FloatArray, IntArray]:
    order = rows[np.argsort(q[rows], kind="stable")]
    ordered = q[order]
    stop = np.append(np.flatnonzero(ordered[1:] > ordered[:-1]) + 1, len(ordered))
    return order, ordered[stop - 1], stop


def _candidates(
    order: IntArray,
    value: FloatArray,
    stop: IntArray,
    fit: IntArray,
    left: IntArray,
    right: IntArray,
    least: int,
) -> Candidates:
    end = int(stop[fit[-1]]) if len(fit) else 0
    following = np.append(value[1:], np.nan)[fit]
    return Candidates(value[fit], following, order[:end], stop[fit], left, right, least)
