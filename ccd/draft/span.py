"""Years, regions and columns that make an index together: few gaps are filled, few regions are left out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from ccd.arrays import BoolArray
from ccd.cells import as_text, to_floats
from ccd.draft.guess import guesses_of
from ccd.draft.marks import FEW, RUN

#: Years that a span has at least.
LEAST = 5
#: Most of the regions of a span that may be left out, as a share of all.
MOST = 0.25


@dataclass(frozen=True)
class Span:
    """First and last year, and region -> the columns in which it cannot be filled; the others can in all columns."""

    years: tuple[int, int]
    out: Mapping[str, tuple[str, ...]]

    def rows(self, regions: pd.Series[Any], years: Any) -> BoolArray:
        """Return which rows (n,) are of the span."""
        inside = (years >= self.years[0]) & (years <= self.years[1])
        return np.asarray(inside & ~regions.map(as_text).isin(list(self.out)).to_numpy())


def span_of(
    table: pd.DataFrame, regions: pd.Series[Any], years: Any, labels: Mapping[str, str] | None = None
) -> Span | None:
    """Return the span in which columns for two subsystems can be filled in most regions; None: there is none.

    A region can be filled in a column where its first and its last row of the span have a number and no more than
    ``RUN`` years in a row between them have none; in a column, at most the share ``FEW`` of cells is filled. Columns
    that ask for the fewest regions to be left out come first, and at most ``MOST`` of the regions go. Of all spans
    the one that is worth the most (``_worth``); the earliest of equals.
    """
    known = {g.column: g.subsystem for g in guesses_of(list(map(str, table.columns)), labels)}
    numbers = {c: to_floats(table[c]) for c in known}
    columns = [c for c, v in numbers.items() if (table[c].isna().to_numpy() | np.isfinite(v)).all()]
    if len({known[c] for c in columns}) < 2:
        return None
    place, names = pd.factorize(regions.map(as_text))
    listed = np.unique(years.astype(int))
    when = np.searchsorted(listed, years.astype(int))
    there = np.zeros((len(names), len(listed)), dtype=bool)
    there[place, when] = True
    held = np.zeros((len(columns), *there.shape), dtype=bool)
    for j, column in enumerate(columns):
        held[j, place, when] = np.isfinite(numbers[column])
    subsystems = np.unique([known[c] for c in columns], return_inverse=True)[1]
    found, best = None, 0.0
    for first in range(len(listed)):
        for last in range(first + LEAST - 1, len(listed)):
            bad, filled, alive = _faults(there[:, first : last + 1], held[:, :, first : last + 1])
            cells = there[:, first : last + 1].sum(axis=1)
            chosen, out = _chosen(bad, filled, alive, cells, subsystems)
            score = _worth(cells, alive, out, len(chosen))
            if score > best:
                best = score
                span = (int(listed[first]), int(listed[last]))
                lost = {
                    str(names[int(r)]): tuple(columns[j] for j in chosen if bad[j, r])
                    for r in np.flatnonzero(out)
                }
                found = Span(span, lost)
    return found


def _faults(there: BoolArray, held: BoolArray) -> tuple[BoolArray, Any, BoolArray]:
    """Return where a region cannot be filled (C, R), the cells to fill where it can (C, R), and who is there (R,)."""
    alive = np.asarray(there.any(axis=1))
    every = np.arange(len(there))
    first = there.argmax(axis=1)
    last = there.shape[1] - 1 - there[:, ::-1].argmax(axis=1)
    bad = ~(held[:, every, first] & held[:, every, last])
    missing = there & ~held
    run = np.zeros(bad.shape, dtype=np.intp)
    for year in range(there.shape[1]):
        run = np.where(missing[:, :, year], run + 1, np.where(there[:, year], 0, run))
        bad |= run > RUN
    return np.asarray(bad & alive), missing.sum(axis=2), np.asarray(alive)


def _chosen(
    bad: BoolArray, filled: Any, alive: BoolArray, cells: Any, subsystems: Any
) -> tuple[list[int], BoolArray]:
    """Return the columns of a span and the regions (R,) to be left out for them; no columns where two are too many."""
    limit = MOST * alive.sum()
    share = np.where(bad, 0, filled).sum(axis=1) / np.maximum(np.where(bad, 0, cells).sum(axis=1), 1)
    able = [int(j) for j in np.argsort(bad.sum(axis=1), kind="stable") if share[j] <= FEW]
    nobody = np.zeros(len(alive), dtype=bool)
    chosen: tuple[list[int], BoolArray] = ([], nobody)
    out, best = nobody, 0.0
    taken: list[int] = []
    for j in able:
        more = out | bad[j]
        if more.sum() > limit:
            continue
        out, taken = more, [*taken, j]
        score = _worth(cells, alive, out, len(taken))
        if score > best and len({int(subsystems[k]) for k in taken}) > 1:
            best, chosen = score, (taken, out)
    return chosen


def _worth(cells: Any, alive: BoolArray, out: BoolArray, columns: int) -> float:
    """Return region-years x columns beyond the first x the share of regions kept.

    So a long span of two columns does not win over indicators, nor one column over a region.
    """
    kept = alive & ~out
    return float(cells[kept].sum()) * (columns - 1) * float(kept.sum()) / float(alive.sum())
