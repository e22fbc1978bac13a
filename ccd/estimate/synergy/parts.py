"""The tables of both synergy estimators: states, the years together, and who came first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from ccd.arrays import BoolArray, FloatArray, IntArray
from ccd.estimate.linear.inference import Inference, infer
from ccd.estimate.synergy.states import States
from ccd.results import Comparison, EventStudy, Part, StateMeans
from ccd.words import Text, text


class Counted(NamedTuple):
    """Effects (m,) with the cells and entities behind each, (m,); those of a single entity have no error."""

    of: Inference
    cells: IntArray
    entities: IntArray

    def then(self, other: Counted) -> Counted:
        """Return these effects followed by others."""
        of = Inference(*(np.concatenate(both) for both in zip(self.of, other.of, strict=True)))
        cells, entities = (np.concatenate(both) for both in zip(self[1:], other[1:], strict=True))
        return Counted(of, cells, entities)

    @property
    def notes(self) -> tuple[Text, ...]:
        """Return the note on what a single entity identifies, when there is such."""
        if (self.entities > 1).all():
            return ()
        return (text("What a single region identifies has no standard error"),)


def counted(effects: Inference, cells: Sequence[int], entities: Sequence[int]) -> Counted:
    """Return effects (m,) with their cells and entities.

    Neither clustered errors nor draws of clusters can show how much a single region differs from its like.
    """
    count = np.array(entities, dtype=np.intp)
    known = [np.where(count < 2, np.nan, array) for array in effects[1:]]
    return Counted(Inference(effects.estimate, *known), np.array(cells, dtype=np.intp), count)


def counted_by(effects: Inference, groups: Sequence[BoolArray], states: States) -> Counted:
    """Return effects (m,), each of a group of rows (n,)."""
    return counted(effects, [int(g.sum()) for g in groups], [states.entities(g) for g in groups])


def counted_pair(effect: Inference, pair: tuple[BoolArray, BoolArray], states: States) -> Counted:
    """Return the difference (1,) of two groups of rows (n,): their cells, and the entities of the smaller."""
    cells = int(pair[0].sum() + pair[1].sum())
    return counted(effect, [cells], [min(states.entities(rows) for rows in pair)])


def state_means(states: States, effect: FloatArray, std_error: FloatArray, df: float) -> Part[StateMeans]:
    """Return every state with the mean effects and errors of ``states.sets`` (S,); none has no effect."""
    order = (0, *states.sets)
    rows = [states.state == state for state in order]
    found = Inference(*(np.concatenate([[np.nan], array]) for array in infer(effect, std_error, df)))
    return Part(
        StateMeans(
            state=tuple(states.name(state) for state in order),
            cells=np.array([inside.sum() for inside in rows], dtype=np.intp),
            entities=np.array([states.entities(inside) for inside in rows], dtype=np.intp),
            mean_effect=found.estimate,
            std_error=found.std_error,
            conf_low=found.conf_low,
            conf_high=found.conf_high,
            first_year=np.array([states.years[inside].min() for inside in rows], dtype=np.intp),
            last_year=np.array([states.years[inside].max() for inside in rows], dtype=np.intp),
            p_value=found.p_value,
            label=tuple(states.words(state) for state in order),
        )
    )


def years_together(event_time: Sequence[int], effects: Counted, df: float) -> Part[EventStudy]:
    """Return the synergy by years since all policies act (m,)."""
    return Part(
        EventStudy(
            event_time=np.array(event_time, dtype=np.intp),
            estimate=effects.of.estimate,
            std_error=effects.of.std_error,
            conf_low=effects.of.conf_low,
            conf_high=effects.of.conf_high,
            statistic=effects.of.statistic,
            p_value=effects.of.p_value,
            cells=effects.cells,
            entities=effects.entities,
            xlabel=text("Years since all policies act"),
            title=text("Synergy by years together"),
            df=df,
        ),
        notes=effects.notes,
    )


def by_order(labels: Sequence[Text], effects: Counted) -> Part[Comparison]:
    """Return the synergy by the order in which regions took the policies up (m,)."""
    return Part(
        Comparison(
            label=tuple(labels),
            estimate=effects.of.estimate,
            std_error=effects.of.std_error,
            p_value=effects.of.p_value,
            conf_low=effects.of.conf_low,
            conf_high=effects.of.conf_high,
            nobs=effects.cells,
            entities=effects.entities,
            title=text("Synergy by who came first"),
        ),
        "order",
        effects.notes,
    )
