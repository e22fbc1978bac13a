"""The cells where all policies act, by who came first and by how long all have acted."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ccd.arrays import BoolArray, FloatArray
from ccd.estimate.synergy.states import States
from ccd.words import Name, Text, names, text


@dataclass(frozen=True)
class Order:
    """How a region took its policies up: ``steps``, one for each year in which some of them began."""

    steps: tuple[tuple[str, ...], ...]

    @property
    def words(self) -> Text:
        """Return who came first, second and third."""
        steps = [names(step) for step in self.steps]
        if len(steps) == 1:
            return text("all in the same year")
        if len(steps) == 2:
            return text("{first}, then {second}", first=steps[0], second=steps[1])
        return text("{first}, then {second}, then {third}", first=steps[0], second=steps[1], third=steps[2])


def orders(states: States) -> dict[Order, BoolArray]:
    """Return, for each order in which regions took all policies up, the cells (n,) where all act."""
    full = states.state == states.full
    found: dict[Order, BoolArray] = {}
    for entity in np.unique(states.entity[full]):
        order = _order(states, states.start[entity])
        found[order] = found.get(order, np.zeros(len(full), dtype=bool)) | (full & (states.entity == entity))
    return dict(sorted(found.items(), key=lambda item: str(item[0].words)))


def _order(states: States, start: FloatArray) -> Order:
    years = np.unique(start)
    return Order(tuple(tuple(states.policies[p] for p in np.flatnonzero(start == year)) for year in years))


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


def rivals_words(states: States) -> Text:
    """Return what the difference between the two orders is called."""
    first, second = (Name(policy) for policy in states.policies)
    return text("difference: {first} first less {second} first", first=first, second=second)


def by_years_together(states: States) -> dict[int, BoolArray]:
    """Return, for each number of years since all policies act, its cells (n,)."""
    full = states.state == states.full
    return {int(k): full & (states.together == k) for k in np.unique(states.together[full])}


def shown(event_time: int, window: tuple[int, int] | None) -> bool:
    """Tell whether an event study with that window shows an event time."""
    return window is None or window[0] <= event_time <= window[1]
