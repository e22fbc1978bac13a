"""What moved D: its changes split exactly into C and T, by region, by period, treated against control."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd

from ccd.arrays import BoolArray, FloatArray, IntArray
from ccd.coupling.diagnose import Split, split
from ccd.panel import Panel
from ccd.results import Part, loose
from ccd.words import Text, text

#: The rows of a split by policy.
TREATED, CONTROL, DIFFERENCE = text("treated"), text("control"), text("treated less control")
MEASURES = ("log_D", "log_C", "log_T", "level_D", "level_C", "level_T")
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
        """Return the split of each pair of rows, (pairs, 6) in the order of MEASURES."""
        found: Split = split((self.c[before], self.c[after]), (self.t[before], self.t[after]))
        return np.column_stack(
            [found.log_d, found.log_c, found.log_t, found.level_d, found.level_c, found.level_t]
        )


def changes(panel: Panel, frame: pd.DataFrame) -> tuple[list[Part], list[Text]]:
    """Return the splits of the changes of D (shape ``changes``) and a note on region-years left out.

    By region: its first to its last year. By period: each year to the next, and the whole span, means over
    the regions seen at both ends. By policy: the whole span, means of treated and control regions, and
    their difference. Region-years with D = 0 have no logarithm and leave, counted.
    """
    d = frame["D"].to_numpy()
    rows = Degrees(panel.entity_codes, panel.years, frame["C"].to_numpy(), frame["T"].to_numpy(), d > 0)
    count = int((~rows.usable).sum())
    notes = [text("{count} region-years with D = 0 left out of what moved D", count=count)] if count else []
    found = [by_region(panel, rows), by_period(panel, rows), by_policy(panel, rows)]
    return [part for part in found if len(part.frame)], notes


def by_region(panel: Panel, rows: Degrees) -> Part:
    """Return the split from each entity's first usable year to its last."""
    kept = np.flatnonzero(rows.usable)
    entity = rows.entity[kept]
    starts = np.flatnonzero(np.r_[True, entity[1:] != entity[:-1]]) if len(kept) else kept
    ends = np.r_[starts[1:], len(kept)] - 1 if len(kept) else kept
    before, after = kept[starts], kept[ends]
    moved = before != after
    before, after = before[moved], after[moved]
    labels = np.array(panel.entities, dtype=object)[rows.entity[before]]
    ones = np.ones(len(before), dtype=int)
    frame = table(labels, rows.year[before], rows.year[after], ones, rows.split(before, after))
    return loose("changes", frame, "changes_regions", facts={"by": "region"})


def by_period(panel: Panel, rows: Degrees) -> Part:
    """Return the mean split of each year to the next, and of the whole span in the last row."""
    years = panel.times
    periods = [*pairwise(years), *([(years[0], years[-1])] if len(years) > 2 else [])]
    found = [(first, last, *rows.pairs(first, last)) for first, last in periods]
    found = [row for row in found if len(row[2])]
    means = np.array([rows.split(before, after).mean(axis=0) for _, _, before, after in found])
    frame = table(
        np.array([f"{first}-{last}" for first, last, _, _ in found], dtype=object),
        np.array([row[0] for row in found], dtype=int),
        np.array([row[1] for row in found], dtype=int),
        np.array([len(row[2]) for row in found], dtype=int),
        means.reshape(len(found), len(MEASURES)),
    )
    return loose("changes", frame, "changes_periods", facts={"by": "period"})


def by_policy(panel: Panel, rows: Degrees) -> Part:
    """Return for each policy the mean split of treated and of control entities, and their difference."""
    first, last = panel.times[0], panel.times[-1]
    before, after = rows.pairs(first, last)
    moved = rows.split(before, after)
    tables = []
    for policy in panel.cohorts:
        treated = (panel.cohort(policy) <= last).to_numpy()[rows.entity[before]]
        if not treated.any() or treated.all():
            continue
        means = np.array([moved[treated].mean(axis=0), moved[~treated].mean(axis=0)])
        own = table(
            np.array([str(TREATED), str(CONTROL), str(DIFFERENCE)], dtype=object),
            np.full(3, first),
            np.full(3, last),
            np.array([treated.sum(), (~treated).sum(), len(treated)]),
            np.vstack([means, means[0] - means[1]]),
        )
        tables.append(own.assign(policy=policy))
    empty = table(*(np.array([], dtype=int),) * 4, np.empty((0, len(MEASURES))))
    frame = pd.concat(tables, ignore_index=True) if tables else empty
    return loose("changes", frame, "changes_policies", facts={"by": "policy"})


def table(label: object, first: IntArray, last: IntArray, nobs: IntArray, moved: FloatArray) -> pd.DataFrame:
    """Return the shape ``changes``; ``share_T`` is T's part of d ln D, missing where D stood still."""
    still = np.abs(moved[:, 0]) < STILL
    share = np.divide(moved[:, 2], moved[:, 0], out=np.full(len(moved), np.nan), where=~still)
    columns: dict[str, object] = {"label": label, "first": first, "last": last, "nobs": nobs}
    columns |= {name: moved[:, k] for k, name in enumerate(MEASURES)}
    return pd.DataFrame(columns | {"share_T": share})
