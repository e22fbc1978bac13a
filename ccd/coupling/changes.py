"""What moved D: its changes split exactly into C and T, by region, by period, treated against control."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np

from ccd.arrays import BoolArray, FloatArray, IntArray
from ccd.coupling.diagnose import Split, split
from ccd.panel import Panel
from ccd.results import Changes, Part
from ccd.words import Text, text

#: The rows of a split by policy.
TREATED, CONTROL, DIFFERENCE = text("treated"), text("control"), text("treated less control")
#: How many numbers a split has.
SPLIT = 6
#: A change of ln D smaller than this is none: no share of it can be told.
STILL = 1e-12


@dataclass(frozen=True)
class Degrees:
    """Columns of a panel, each (n,): ``c``, ``t``, and which rows have D > 0 (``usable``)."""

    entity: IntArray
    year: IntArray
    c: FloatArray
    t: FloatArray
    usable: BoolArray

    def pairs(self, first: int, last: int) -> tuple[IntArray, IntArray]:
        """Return the rows of ``first`` and of ``last`` of the entities usable in both years."""
        before = np.flatnonzero((self.year == first) & self.usable)
        after = np.flatnonzero((self.year == last) & self.usable)
        _, at_before, at_after = np.intersect1d(
            self.entity[before], self.entity[after], assume_unique=True, return_indices=True
        )
        return before[at_before], after[at_after]

    def split(self, before: IntArray, after: IntArray) -> FloatArray:
        """Return the split of each pair of rows, (pairs, 6): ln D, by C, by T, then D, by C, by T."""
        found: Split = split((self.c[before], self.c[after]), (self.t[before], self.t[after]))
        return np.column_stack(
            [found.log_d, found.log_c, found.log_t, found.level_d, found.level_c, found.level_t]
        )


def changes(
    panel: Panel, c: FloatArray, t: FloatArray, d: FloatArray
) -> tuple[list[Part[Changes]], list[Text]]:
    """Return the splits of the changes of D, from C, T and D (n,), and a note on region-years left out.

    By region: its first to its last year. By period: each year to the next, and the whole span, means over
    the regions seen at both ends. By policy: the whole span, means of treated and control regions, and
    their difference. Region-years with D = 0 have no logarithm and leave, counted.
    """
    rows = Degrees(panel.entity_codes, panel.years, c, t, np.asarray(d > 0))
    count = int((~rows.usable).sum())
    notes = (
        [text("{count} {count:region-year|region-years} with D = 0 left out of what moved D", count=count)]
        if count
        else []
    )
    named = {
        "changes_regions": by_region(panel, rows),
        "changes_periods": by_period(panel, rows),
        "changes_policies": by_policy(panel, rows),
    }
    return [Part(found, name) for name, found in named.items() if len(found.label)], notes


def by_region(panel: Panel, rows: Degrees) -> Changes:
    """Return the split from each entity's first usable year to its last."""
    kept = np.flatnonzero(rows.usable)
    entity = rows.entity[kept]
    starts = np.flatnonzero(np.r_[True, entity[1:] != entity[:-1]]) if len(kept) else kept
    ends = np.r_[starts[1:], len(kept)] - 1 if len(kept) else kept
    before, after = kept[starts], kept[ends]
    moved = before != after
    before, after = before[moved], after[moved]
    labels = [panel.entities[k] for k in rows.entity[before]]
    ones = np.ones(len(before), dtype=int)
    return made("region", labels, rows.year[before], rows.year[after], ones, rows.split(before, after))


def by_period(panel: Panel, rows: Degrees) -> Changes:
    """Return the mean split of each year to the next, and of the whole span in the last row."""
    years = panel.times
    periods = [*pairwise(years), *([(years[0], years[-1])] if len(years) > 2 else [])]
    found = [(first, last, *rows.pairs(first, last)) for first, last in periods]
    found = [row for row in found if len(row[2])]
    means = np.array([rows.split(before, after).mean(axis=0) for _, _, before, after in found])
    return made(
        "period",
        [f"{first}-{last}" for first, last, _, _ in found],
        np.array([row[0] for row in found], dtype=int),
        np.array([row[1] for row in found], dtype=int),
        np.array([len(row[2]) for row in found], dtype=int),
        means.reshape(len(found), SPLIT),
    )


def by_policy(panel: Panel, rows: Degrees) -> Changes:
    """Return for each policy the mean split of treated and of control entities, and their difference."""
    first, last = panel.times[0], panel.times[-1]
    before, after = rows.pairs(first, last)
    moved = rows.split(before, after)
    policies: list[str] = []
    counts: list[int] = []
    means: list[FloatArray] = []
    for policy in panel.cohorts:
        treated = (panel.cohort(policy) <= last).to_numpy()[rows.entity[before]]
        if not treated.any() or treated.all():
            continue
        on, off = moved[treated].mean(axis=0), moved[~treated].mean(axis=0)
        policies += [policy] * 3
        counts += [int(treated.sum()), int((~treated).sum()), len(treated)]
        means += [on, off, on - off]
    size = len(policies)
    return made(
        "policy",
        [str(TREATED), str(CONTROL), str(DIFFERENCE)] * (size // 3),
        np.full(size, first),
        np.full(size, last),
        np.array(counts, dtype=int),
        np.array(means).reshape(size, SPLIT),
        tuple(policies),
    )


def made(
    by: Literal["region", "period", "policy"],
    label: Sequence[str],
    first: IntArray,
    last: IntArray,
    nobs: IntArray,
    moved: FloatArray,
    policy: tuple[str, ...] | None = None,
) -> Changes:
    """Return the rows of a split, ``moved`` (rows, 6) as ``Degrees.split`` gives it."""
    still = np.abs(moved[:, 0]) < STILL
    share = np.divide(moved[:, 2], moved[:, 0], out=np.full(len(moved), np.nan), where=~still)
    log_d, log_c, log_t, level_d, level_c, level_t = moved.T
    return Changes(
        label=tuple(label),
        first=first,
        last=last,
        nobs=nobs,
        log_d=log_d,
        log_c=log_c,
        log_t=log_t,
        level_d=level_d,
        level_c=level_c,
        level_t=level_t,
        share_t=share,
        policy=policy,
        by=by,
    )
