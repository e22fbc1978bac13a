"""What both synergy estimators share: their keys, their sample, and who identifies what."""

from __future__ import annotations

from typing import Literal, Self

import numpy as np
import pandas as pd
from pydantic import Field, model_validator

from ccd.arrays import BoolArray, FloatArray
from ccd.estimate.linear.inference import inference
from ccd.estimate.rows.sample import Sample, draw_sample
from ccd.estimate.rows.sampling import Sampling
from ccd.estimate.synergy.states import States, states_of, without_always_treated
from ccd.panel import Panel
from ccd.results import Part, loose
from ccd.words import Name, Text, names, text

SYNERGY = "synergy"
#: Fewer regions than this behind a mean are warned of.
FEW = 3


class SynergySpec(Sampling):
    """The keys of ``kind = "synergy"``: what two or three policies do together beyond the sum of each alone."""

    kind: Literal["synergy"]
    policies: tuple[str, ...] = Field(min_length=2, max_length=3)
    """The two or three policies; their names are the terms of each alone."""
    controls: tuple[str, ...] = ()
    """Time-varying control columns."""
    cluster: str = ""
    """Column to cluster by; none: the entity."""
    window: tuple[int, int] | None = None
    """Years since all policies act that the event study shows, [first, last]."""

    @model_validator(mode="after")
    def _policies_differ(self) -> Self:
        if len(set(self.policies)) < len(self.policies):
            raise ValueError("policies: name each policy once")
        if self.window is not None and self.window[0] > self.window[1]:
            raise ValueError("window = [first, last]: the first year comes before the last")
        if self.spillover is not None and self.spillover.how != "drop":
            raise ValueError('synergy knows spillover with how = "drop" only')
        return self

    def columns(self) -> tuple[str, ...]:
        """Return outcome and controls."""
        return (self.outcome, *self.controls)

    def group_columns(self) -> tuple[str, ...]:
        """Return the columns of the subset and of the clusters."""
        return (*super().group_columns(), *((self.cluster,) if self.cluster else ()))

    def adjusts(self) -> tuple[str, ...]:
        """Return the controls."""
        return self.controls

    def policies_read(self) -> tuple[str, ...]:
        """Return the policies that act together, and that of the neighbours."""
        return (*self.policies, *((self.spillover.policy,) if self.spillover else ()))

    def draw(self, panel: Panel) -> tuple[Sample, States, tuple[Text, ...]]:
        """Return the rows, their states, and notes. Raises EstimationError when a state is empty."""
        prepared = self.prepare(panel, self.controls)
        changed = prepared.notes[len(panel.notes) :]
        panel, gone = without_always_treated(prepared, self.policies)
        if panel.frame.empty:
            raise self.fail(
                "every region is under one of the policies from its first year on",
                fix="a panel that begins before the policies do is needed",
            )
        sample = draw_sample(
            panel,
            self.outcome,
            self.controls,
            cluster=(self.cluster,) if self.cluster else (),
            where=f"model '{self.name}'",
        )
        states, late = states_of(sample, self.policies)
        self.refuse_empty(states)
        return (
            sample,
            states,
            (
                *changed,
                *gone,
                *sample.notes,
                *late,
                *self.thin(states),
                came_first(states),
                *never_first(states),
            ),
        )

    def refuse_empty(self, states: States) -> None:
        """Raise EstimationError naming the states that nobody is in."""
        empty = [s for s in (0, *states.sets) if not (states.state == s).any()]
        if empty:
            listed = ", ".join(_describe(states, s) for s in empty)
            raise self.fail(
                f"no region-year is under {listed}, so synergy is not identified",
                fix="look at 'ccd policies --panel' for pairs that are, or take other years",
            )

    def thin(self, states: States) -> list[Text]:
        """Return a warning for each state that fewer than three regions identify."""
        found = []
        for state in (0, *states.sets):
            count = states.entities(states.state == state)
            if count < FEW:
                found.append(
                    text(
                        "The state {state} rests on few regions: {count}",
                        count=count,
                        state=state_label(states, state),
                    )
                )
        return found

    def facts(self, sample: Sample, states: States) -> dict[str, object]:
        """Return the facts of the sample and the cells of each state."""
        shared = sample.facts()
        del shared["cohorts"]
        begun = np.isfinite(states.start)
        return {
            **shared,
            "treated_entities": int(begun.any(axis=1).sum()),
            "policies": list(self.policies),
            "entities_both": int(begun.all(axis=1).sum()),
            "cells": {states.label(s): int(np.sum(states.state == s)) for s in (0, *states.sets)},
        }

    def shown(self, event_time: int) -> bool:
        """Tell whether the event study shows an event time."""
        return self.window is None or self.window[0] <= event_time <= self.window[1]


def _describe(states: States, state: int) -> str:
    inside = [states.policies[p] for p in states.members(state)]
    others = [p for p in states.policies if p not in inside]
    if not inside:
        return "none of the policies"
    return f"'{' and '.join(inside)}'" + (f" without '{' or '.join(others)}'" if others else "")


def state_label(states: States, state: int) -> Text:
    """Return a state's name in words: none, or its policies by their labels."""
    members = states.members(state)
    if not members:
        return text("none")
    if len(members) == 1:
        return text("only {policy}", policy=Name(states.policies[members[0]]))
    if len(members) < len(states.policies):
        return text("{policies} together", policies=names(states.policies[p] for p in members))
    return text("all of {policies}", policies=names(states.policies)) if len(members) > 2 else text("both")


def state_part(states: States, effect: FloatArray, std_error: FloatArray, df: float) -> Part:
    """Return the part ``states`` from the mean effect and its error in each of ``states.sets`` (S,)."""
    shown = inference([states.label(s) for s in states.sets], effect, std_error, df)
    rows = []
    for state in (0, *states.sets):
        inside = states.state == state
        rows.append(
            {
                "state": states.label(state),
                "cells": int(inside.sum()),
                "entities": states.entities(inside),
                "first_year": int(states.years[inside].min()),
                "last_year": int(states.years[inside].max()),
                "label": state_label(states, state),
            }
        )
    counts = pd.DataFrame(rows)
    merged = counts.merge(shown, how="left", left_on="state", right_on="term")
    merged = merged.rename(columns={"estimate": "mean_effect"})
    columns = ["state", "cells", "entities", "mean_effect", "std_error", "conf_low", "conf_high"]
    return loose("states", merged[[*columns, "first_year", "last_year", "p_value", "label"]], "states")


def orders(states: States) -> dict[Text, BoolArray]:
    """Return, for each order in which regions took all policies up, the cells (n,) where all act."""
    full = states.state == states.full
    found: dict[Text, BoolArray] = {}
    for entity in np.unique(states.entity[full]):
        label = _order(states, states.start[entity])
        found[label] = found.get(label, np.zeros(len(full), dtype=bool)) | (full & (states.entity == entity))
    return dict(sorted(found.items(), key=lambda item: str(item[0])))


def rivals(states: States) -> tuple[BoolArray, BoolArray] | None:
    """Return the cells (n,) where both of two policies act and the first came first, and the second did.

    None with three policies, or where an order was taken by no region.
    """
    if len(states.policies) > 2:
        return None
    full = states.state == states.full
    start = states.start[states.entity]
    pair = full & (start[:, 0] < start[:, 1]), full & (start[:, 1] < start[:, 0])
    return pair if pair[0].any() and pair[1].any() else None


def rivals_label(states: States) -> Text:
    """Return the label of the difference between the two orders."""
    first, second = (Name(policy) for policy in states.policies)
    return text("difference: {first} first less {second} first", first=first, second=second)


def _order(states: States, start: FloatArray) -> Text:
    steps = [names(states.policies[p] for p in np.flatnonzero(start == year)) for year in np.unique(start)]
    if len(steps) == 1:
        return text("all in the same year")
    if len(steps) == 2:
        return text("{first}, then {second}", first=steps[0], second=steps[1])
    return text("{first}, then {second}, then {third}", first=steps[0], second=steps[1], third=steps[2])


def came_first(states: States) -> Text:
    """Return the note that counts the regions by the order in which they took the policies up."""
    counts = tuple(
        text("{order}: {count}", order=order, count=states.entities(rows))
        for order, rows in orders(states).items()
    )
    return text("Regions by who came first, where all policies act: {counts}", counts=counts)


def never_first(states: States) -> list[Text]:
    """Return a note for each policy that no region took up before the other: that order is not identified."""
    full = np.unique(states.entity[states.state == states.full])
    start = states.start[full]
    return [
        text("No region took up {policy} first, so that order is not identified", policy=Name(policy))
        for p, policy in enumerate(states.policies)
        if not (start[:, p, None] < np.delete(start, p, axis=1)).all(axis=1).any()
    ]


def event_groups(states: States) -> dict[int, BoolArray]:
    """Return, for each number of years since all policies act, its cells (n,)."""
    full = states.state == states.full
    return {int(k): full & (states.together == k) for k in np.unique(states.together[full])}


def without_lone_errors(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a table with ``entities`` whose rows behind a single one have no error.

    Neither clustered errors nor draws of clusters can show how much a single region differs from its like.
    """
    columns = ["std_error", "statistic", "p_value", "conf_low", "conf_high"]
    frame = frame.copy()
    frame.loc[frame["entities"] < 2, columns] = np.nan
    return frame


def rivals_row(states: States, row: pd.DataFrame, pair: tuple[BoolArray, BoolArray]) -> pd.DataFrame:
    """Return the row (TERM_COLUMNS) of the two orders' difference with its label, cells and fewest entities."""
    row = row.assign(
        cells=int(pair[0].sum() + pair[1].sum()), entities=min(states.entities(rows) for rows in pair)
    )
    row["term"] = pd.Series([rivals_label(states)], dtype=object, index=row.index)
    return without_lone_errors(row)


def lone(frame: pd.DataFrame) -> tuple[Text, ...]:
    """Return the note on rows that a single region identifies, when there are such rows."""
    if (frame["entities"] > 1).all():
        return ()
    return (text("What a single region identifies has no standard error"),)
