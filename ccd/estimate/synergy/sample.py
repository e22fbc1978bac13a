"""The rows of a synergy model, the states they are in, and what is said of them."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np

from ccd.estimate.linear.ols import demean, unidentified
from ccd.estimate.rows.sample import Sample, draw_sample
from ccd.estimate.synergy.orders import orders
from ccd.estimate.synergy.spec import SynergySpec
from ccd.estimate.synergy.states import States, states_of, without_always_treated
from ccd.panel import Panel
from ccd.results import SampleSize
from ccd.words import Name, Text, names, text

#: Fewer regions than this behind a mean are warned of.
FEW = 3


class Drawn(NamedTuple):
    """A sample, the states of its rows, and the notes on both."""

    sample: Sample
    states: States
    notes: tuple[Text, ...]


def draw(spec: SynergySpec, panel: Panel) -> Drawn:
    """Return the rows, their states, and notes. Raises EstimationError when a state is empty."""
    prepared = spec.prepare(panel, spec.controls)
    changed = prepared.notes[len(panel.notes) :]
    panel, gone = without_always_treated(prepared, spec.policies)
    if panel.frame.empty:
        raise spec.fail(
            text("every region is under one of the policies from its first year on"),
            fix=text("a panel that begins before the policies do is needed"),
        )
    sample = draw_sample(
        panel,
        spec.outcome,
        spec.controls,
        cluster=(spec.cluster,) if spec.cluster else (),
        where=text("model '{name}'", name=spec.name),
    )
    states, late = states_of(sample, spec.policies)
    refuse_empty(spec, states)
    about = (*thin(states), came_first(states), *never_first(states))
    return Drawn(sample, states, (*changed, *gone, *sample.notes, *late, *about))


def refuse_empty(spec: SynergySpec, states: States) -> None:
    """Raise EstimationError naming the states that nobody is in."""
    empty = [s for s in (0, *states.sets) if not (states.state == s).any()]
    if empty:
        listed = tuple(_describe(states, s) for s in empty)
        raise spec.fail(
            text("no region-year is under {listed}, so synergy is not identified", listed=listed),
            fix=text("look at 'ccd policies --panel' for pairs that are, or take other years"),
        )


def _describe(states: States, state: int) -> Text:
    inside = states.acting(state)
    others = [p for p in states.policies if p not in inside]
    if not inside:
        return text("none of the policies")
    if not others:
        return text("all of {policies}", policies=names(inside))
    return text("{policies} without {others}", policies=names(inside), others=names(others))


def refuse_unidentified(spec: SynergySpec, sample: Sample, states: States) -> None:
    """Raise EstimationError naming controls that the untreated cells do not identify."""
    if not spec.controls:
        return
    none = states.state == 0
    raw = sample.x[none]
    entity, time = (np.unique(c[none], return_inverse=True)[1] for c in (sample.entity, sample.time))
    absorbed, collinear = unidentified(demean(raw, [entity, time]), raw)
    if absorbed or collinear:
        listed = tuple(spec.controls[j] for j in sorted((*absorbed, *collinear)))
        raise spec.fail(
            text("{listed}: not identified on the region-years under no policy", listed=listed),
            fix=text("leave it out: region and year effects, or other controls, already say it"),
        )


def thin(states: States) -> list[Text]:
    """Return a warning for each state that fewer than three regions identify."""
    counts = {state: states.entities(states.state == state) for state in (0, *states.sets)}
    return [
        text("The state {state} rests on few regions: {count}", count=count, state=states.words(state))
        for state, count in counts.items()
        if count < FEW
    ]


def came_first(states: States) -> Text:
    """Return the note that counts the regions by the order in which they took the policies up."""
    counts = tuple(
        text("{order}: {count}", order=order.words, count=states.entities(rows))
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


def size(drawn: Drawn) -> SampleSize:
    """Return the size of the sample; treated are the regions that take up one of the policies."""
    treated = int(np.isfinite(drawn.states.start).any(axis=1).sum())
    return replace(drawn.sample.size(), treated_entities=treated, cohorts=None)


def details(drawn: Drawn) -> dict[str, object]:
    """Return the policies, the regions that take up all of them, and the cells of each state, for summary.json."""
    states = drawn.states
    return {
        "policies": list(states.policies),
        "entities_both": int(np.isfinite(states.start).all(axis=1).sum()),
        "cells": {states.name(s): int(np.sum(states.state == s)) for s in (0, *states.sets)},
    }
