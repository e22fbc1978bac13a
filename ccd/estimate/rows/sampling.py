"""Which region-years a model sees, and in what state: named units, years, groups, lags, winsorising, spillover."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np
import pandas as pd
from pydantic import Field, field_validator

from ccd.arrays import BoolArray
from ccd.errors import DataError, suggest
from ccd.estimate.model import ModelSpec
from ccd.estimate.rows.condition import columns_of, condition
from ccd.estimate.rows.sample import complete
from ccd.estimate.rows.where import truth
from ccd.panel import Panel
from ccd.spec import Spec
from ccd.words import Name, Text, names, text


class Spillover(Spec):
    """Untreated region-years whose neighbour is treated."""

    policy: str
    """Policy whose cohort is the first year a neighbour is treated."""
    how: Literal["drop", "flag"] = "drop"
    """Leave these region-years out, or give them a term of their own (twfe)."""


class Sampling(ModelSpec):
    """The keys that choose and prepare the region-years of a model."""

    drop: tuple[str, ...] = ()
    """Entities left out of this model (the index keeps them)."""
    years: tuple[int, int] | None = None
    """First and last year of this model."""
    subset: Mapping[str, tuple[str | int | float, ...]] = Field(default_factory=dict)
    """Rows kept: column = [values]."""
    where: str = ""
    """Rows kept, as a condition: "region3 == 'East' and year >= 2012"; ==, !=, <, <=, >, >=, in, and, or, not."""
    complete_in: tuple[str, ...] = ()
    """Columns that every row must have beside the model's own, so that models share their rows (``stepwise``)."""
    winsorise: float = Field(default=0.0, ge=0, lt=0.5)
    """Share of each tail of the outcome and the regressors set to its quantile: 0.01 or 0.05."""
    lag: int = Field(default=0, ge=0)
    """Years by which the regressors (not the policy) are lagged."""
    log: bool = False
    """Whether the outcome enters as its natural logarithm."""
    spillover: Spillover | None = None
    """What is done about untreated neighbours: { policy = NAME, how = "drop" | "flag" }."""

    @field_validator("where")
    @classmethod
    def _where_is_a_condition(cls, written: str) -> str:
        if written.strip():
            condition(written)  # raises with the place of what it cannot read
        return written.strip()

    def group_columns(self) -> tuple[str, ...]:
        """Return the columns of ``subset`` and those that ``where`` names."""
        named = [column.name for column, _ in columns_of(condition(self.where))] if self.where else []
        return tuple(dict.fromkeys((*self.subset, *named)))

    def row_columns(self) -> tuple[str, ...]:
        """Return the columns of numbers in ``where``, and those of ``complete_in``."""
        named = columns_of(condition(self.where)) if self.where else ()
        return (*(column.name for column, textual in named if not textual), *self.complete_in)

    def prepare(self, panel: Panel, regressors: Sequence[str]) -> Panel:
        """Return the panel of this model with notes on what was changed. Raises DataError on unknown names."""
        if self.lag and (regressors or self.complete_in):
            note = text("Regressors lagged by {lag} {lag:year|years}", lag=self.lag)
            moved = (*regressors, *self.complete_in)
            panel = panel.with_columns(panel.lagged(moved, self.lag)).noted([note] if regressors else [])
        panel = self.chosen_rows(panel)
        if self.complete_in:
            panel, notes = complete(panel, self.complete_in)
            panel = panel.noted(notes)
        if self.log:
            panel = logged(panel, self.outcome)
        if self.winsorise:
            panel = winsorised(panel, (self.outcome, *regressors), self.winsorise)
        if self.spillover is not None and self.spillover.how == "drop":
            panel = self._without_neighbours(panel, self.spillover.policy)
        return panel

    def chosen_rows(self, panel: Panel) -> Panel:
        """Return the rows that ``drop``, ``subset`` and ``years`` leave. Raises DataError on unknown names."""
        if not (self.drop or self.subset or self.years) and not panel.frame.empty:
            return panel
        where = f"model '{self.name}'"
        keep = np.ones(len(panel.frame), dtype=bool)
        entities = panel.frame.index.get_level_values(0)
        for entity in self.drop:
            if entity not in panel.entities:
                hint = suggest(entity, panel.entities)
                raise DataError(
                    f"there is no region '{entity}' to drop", where=where, fix=f"{hint}see ccd check"
                )
        keep &= ~entities.isin(list(self.drop))
        for column, values in self.subset.items():
            group = panel.group(column)
            known = {str(value) for value in group.unique()}
            for value in values:
                if _plain(value) not in {_plain(item) for item in group.unique()}:
                    raise DataError(
                        f"column '{column}' has no value '{value}'",
                        where=f"{where}, subset",
                        fix=f"{suggest(str(value), known)}values are: {', '.join(sorted(known)[:20])}",
                    )
            keep &= group.map(_plain).isin([_plain(value) for value in values]).to_numpy()
        if self.years is not None:
            keep &= (panel.years >= self.years[0]) & (panel.years <= self.years[1])
        notes = [text("Left out of this model: {entities}", entities=names(self.drop))] if self.drop else []
        if self.where:
            holds, more = self._where(panel, keep)
            keep &= holds
            notes += more
        if not keep.any():
            raise DataError(
                "no region-year is left",
                where=where,
                fix="look at the drop, years, subset and where of this model",
            )
        return panel.rows(keep).noted(notes) if not keep.all() else panel

    def _where(self, panel: Panel, keep: BoolArray) -> tuple[BoolArray, list[Text]]:
        """Return the rows (n,) at which ``where`` holds, and what to say of it and of the rows it leaves open."""
        found = truth(condition(self.where), panel, f"model '{self.name}'")
        notes = [text("Rows where {condition}", condition=self.where)]
        lost = int((found.unknown & keep).sum())
        if lost:
            notes.append(
                text(
                    "{count} {count:row|rows} left out: a missing cell leaves open whether {condition}",
                    count=lost,
                    condition=self.where,
                )
            )
        return found.holds, notes

    def _without_neighbours(self, panel: Panel, policy: str) -> Panel:
        own = self.policies_read()[0]
        treated = panel.years >= _by_row(panel, own)
        gone = ~treated & (panel.years >= _by_row(panel, policy))
        note = text(
            "{count} untreated {count:region-year|region-years} with a treated neighbour ({policy}) left out",
            count=int(gone.sum()),
            policy=Name(policy),
        )
        return panel.rows(~gone).noted([note])


def winsorised(panel: Panel, columns: Sequence[str], share: float) -> Panel:
    """Return the panel with ``columns`` set to their ``share`` and 1 - ``share`` quantiles beyond them."""
    new, moved = {}, 0
    for column in dict.fromkeys(columns):
        values = panel.column(column)
        low, high = np.nanquantile(values, [share, 1 - share])
        new[column] = np.clip(values, low, high)
        moved += int(np.sum((values < low) | (values > high)))
    note = text(
        "Outcome and regressors winsorised at {share:g} % in each tail: {count} {count:cell|cells} moved",
        share=100 * share,
        count=moved,
    )
    return panel.with_columns(pd.DataFrame(new, index=panel.frame.index)).noted([note])


def logged(panel: Panel, column: str) -> Panel:
    """Return the panel with the natural logarithm of ``column``; missing where it is not positive."""
    values = panel.column(column)
    known = values > 0
    logs = np.log(np.where(known, values, np.nan))
    note = text(
        "{column} enters as its natural logarithm; {count} {count:region-year|region-years} "
        "where it is not positive {count:is|are} left out",
        column=Name(column),
        count=int(np.sum(~known & np.isfinite(values))),
    )
    return panel.with_columns(pd.DataFrame({column: logs}, index=panel.frame.index)).noted([note])


def _by_row(panel: Panel, policy: str) -> np.ndarray:
    return panel.cohort(policy).to_numpy(dtype=np.float64)[panel.entity_codes]


def _plain(value: object) -> str:
    """Return 1 and 1.0 as the same string."""
    return f"{value:g}" if isinstance(value, int | float) else str(value)


def note_list(before: Panel, after: Panel) -> tuple[Text, ...]:
    """Return the notes that ``after`` has beyond those of ``before``."""
    return after.notes[len(before.notes) :]
