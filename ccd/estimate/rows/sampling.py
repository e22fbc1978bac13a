"""Which region-years a model sees, and in what state: named units, years, groups, lags, winsorising, spillover."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Literal, Self

import numpy as np
import pandas as pd
from pydantic import Field, field_validator, model_validator

from ccd.arrays import BoolArray
from ccd.errors import DataError, SpecError, Words, suggest
from ccd.estimate.model import ModelSpec
from ccd.estimate.rows.condition import columns_of, condition
from ccd.estimate.rows.sample import complete
from ccd.estimate.rows.space import weights_of
from ccd.estimate.rows.where import truth
from ccd.panel import Panel
from ccd.space.distance import distances, needed, places_of
from ccd.spec import Spec
from ccd.words import Name, Text, names, text


class Spillover(Spec):
    """Untreated region-years whose neighbour is treated."""

    policy: str | None = None
    """Policy whose cohort is the first year a neighbour is treated."""
    weights: str | None = None
    """Or: weights whose neighbours count, by their name under [weights]."""
    within: float | None = Field(default=None, gt=0)
    """Or: km within which a treated region counts as a neighbour."""
    lon: str | None = None
    """within: column of longitude in degrees; none: the capitals of provinces."""
    lat: str | None = None
    """within: column of latitude in degrees."""
    how: Literal["drop", "flag"] = "drop"
    """Leave these region-years out, or give them a term of their own (twfe)."""

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        named = [key for key in ("policy", "weights", "within") if getattr(self, key) is not None]
        if len(named) != 1:
            raise SpecError(text("spillover names one of policy, weights and within"))
        if (self.lon is None) != (self.lat is None):
            raise SpecError(text("lon and lat go together"))
        return self

    def columns(self) -> tuple[str, ...]:
        """Return the columns of the places."""
        return tuple(name for name in (self.lon, self.lat) if name is not None)

    def policies(self) -> tuple[str, ...]:
        """Return the policy of the neighbours, where one is named."""
        return () if self.policy is None else (self.policy,)

    def neighbours(self, own: str) -> str:
        """Return the policy whose cohorts are the first years a neighbour is treated by the policy ``own``."""
        return self.policy or f"{own}_neighbours"

    def dated(self, panel: Panel, own: str, where: Words) -> Panel:
        """Return the panel with the cohorts of ``neighbours``, made where weights or a distance say who they are."""
        if self.policy is not None:
            return panel
        start = panel.cohort(own).to_numpy(dtype=np.float64)
        if self.weights is not None:
            near = weights_of(panel, self.weights, (), where=where, alone=True).raw.toarray() > 0
        else:
            near = distances(*needed(places_of(panel, self.lon, self.lat, where=where), where)) <= (
                self.within or 0
            )
            np.fill_diagonal(near, False)
        first = np.where(near, np.where(np.isnan(start), np.inf, start), np.inf).min(axis=1)
        dated = pd.Series(np.where(np.isinf(first), np.nan, first), index=list(panel.entities))
        return replace(panel, cohorts={**panel.cohorts, self.neighbours(own): dated})


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
    """Untreated neighbours: { policy = NAME, how = "drop" | "flag" }, or weights = NAME, or within = KM."""

    @property
    def own_policy(self) -> str:
        """Return the policy whose neighbours are meant."""
        if not self.policies_read():
            raise self.fail(
                text("spillover by weights or distance needs a policy"),
                text("name spillover = {{ policy = .. }}"),
            )
        return self.policies_read()[0]

    def weights_read(self) -> tuple[str, ...]:
        """Return the weights that say who a neighbour is."""
        return () if self.spillover is None or self.spillover.weights is None else (self.spillover.weights,)

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
        if self.spillover is not None:
            panel = self.spillover.dated(panel, self.own_policy, text("model '{name}'", name=self.name))
        panel = self.chosen_rows(panel)
        if self.complete_in:
            panel, notes = complete(panel, self.complete_in)
            panel = panel.noted(notes)
        if self.log:
            panel = logged(panel, self.outcome)
        if self.winsorise:
            panel = winsorised(panel, (self.outcome, *regressors), self.winsorise)
        if self.spillover is not None and self.spillover.how == "drop":
            panel = self._without_neighbours(panel, self.spillover.neighbours(self.own_policy))
        return panel

    def chosen_rows(self, panel: Panel) -> Panel:
        """Return the rows that ``drop``, ``subset`` and ``years`` leave. Raises DataError on unknown names."""
        if not (self.drop or self.subset or self.where or self.years) and not panel.frame.empty:
            return panel
        where = text("model '{name}'", name=self.name)
        keep = np.ones(len(panel.frame), dtype=bool)
        entities = panel.frame.index.get_level_values(0)
        for entity in self.drop:
            if entity not in panel.entities:
                hint = suggest(entity, panel.entities)
                raise DataError(
                    text("there is no region '{entity}' to drop", entity=entity),
                    where=where,
                    fix=text("{near}see ccd check", near=hint),
                )
        keep &= ~entities.isin(list(self.drop))
        for column, values in self.subset.items():
            group = panel.group(column)
            known = {str(value) for value in group.unique()}
            for value in values:
                if _plain(value) not in {_plain(item) for item in group.unique()}:
                    raise DataError(
                        text("column '{column}' has no value '{value}'", column=column, value=value),
                        where=text("{where}, {key}", where=where, key="subset"),
                        fix=text(
                            "{near}values are: {known}",
                            near=suggest(str(value), known),
                            known=tuple(sorted(known)[:20]),
                        ),
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
                text("no region-year is left"),
                where=where,
                fix=text("look at the drop, years, subset and where of this model"),
            )
        return panel.rows(keep).noted(notes) if not keep.all() else panel

    def _where(self, panel: Panel, keep: BoolArray) -> tuple[BoolArray, list[Text]]:
        """Return the rows (n,) at which ``where`` holds, and what to say of it and of the rows it leaves open."""
        found = truth(condition(self.where), panel, text("model '{name}'", name=self.name))
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
        own = self.own_policy
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
    return f"{value:.15g}" if isinstance(value, int | float) else str(value)


def note_list(before: Panel, after: Panel) -> tuple[Text, ...]:
    """Return the notes that ``after`` has beyond those of ``before``."""
    return after.notes[len(before.notes) :]
