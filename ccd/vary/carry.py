"""Carried error: regions drawn anew, the effect with D held and with bounds, weights and D made anew on the draw."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from ccd.arrays import FloatArray, IntArray
from ccd.errors import DataError, EstimationError, StudyError
from ccd.estimate.did.estimator import Estimator
from ccd.estimate.model import ModelSpec
from ccd.estimate.rows.sample import Sample
from ccd.panel import Panel
from ccd.streams import Stream
from ccd.study import Study, StudyFile
from ccd.vary.degrees import couple_arrays, in_order, made_on
from ccd.vary.scatter import scattered
from ccd.words import text

#: Draws of one unit of work: it decides no number, only how evenly processes share them.
BLOCK = 25


@dataclass(frozen=True)
class Redraw:
    """What every draw stands on: the study and its joined ``panel``, the model, and ``places`` (B, N).

    A row of ``places`` holds the codes of the regions of one draw; ``names`` (N,) are what the copies are called.
    """

    study: Study
    base: Path
    panel: Panel
    model: Estimator
    places: IntArray
    names: tuple[str, ...]

    def copies(self, draw: int) -> Panel:
        """Return the panel whose regions are those of one draw, each copy a region of its own."""
        panel, own = self.panel, self.places[draw]
        starts = np.searchsorted(panel.entity_codes, np.arange(len(panel.entities) + 1))
        sizes = np.diff(starts)[own]
        shift = np.repeat(starts[own] - np.concatenate([[0], np.cumsum(sizes)[:-1]]), sizes)
        rows = np.arange(sizes.sum()) + shift
        index = pd.MultiIndex.from_arrays(
            [np.repeat(np.array(self.names, dtype=object), sizes), panel.years[rows]],
            names=[panel.entity_name, panel.time_name],
        )
        groups = panel.groups.take(rows).set_axis(index)
        groups[panel.entity_name] = np.array(panel.entities, dtype=object)[panel.entity_codes[rows]]
        cohorts = {
            name: pd.Series(panel.cohort(name).to_numpy()[own], index=list(self.names))
            for name in panel.cohorts
        }
        return replace(
            panel,
            frame=panel.frame.take(rows).set_axis(index),
            groups=groups,
            cohorts=cohorts,
            weights={},
            notes=(),
        )

    def effects(self, draw: int) -> tuple[float, float]:
        """Return the effect of one draw with D held and with D made anew; nan where one cannot be estimated."""
        panel, left = self.copies(draw), {*self.model.drop}
        drop = [
            name
            for name, code in zip(self.names, self.places[draw], strict=True)
            if self.panel.entities[code] in left
        ]
        model = self.model.model_copy(update={"drop": tuple(drop), "cluster": ()})
        stream = Stream(self.study.seed, model.name)
        try:
            sample = model.sample(panel)
            held = model.effect(sample, stream).estimate
            sample = self._remade(model, panel, sample)
            return held, model.effect(sample, stream).estimate
        except (DataError, EstimationError):
            return np.nan, np.nan

    def _remade(self, model: Estimator, panel: Panel, sample: Sample) -> Sample:
        """Return the sample of a draw with bounds, weights and D made on its copies."""
        subsystems = [*self.study.subsystems]
        found = couple_arrays(made_on(panel, self.study, self.base), subsystems, self.study.coupling)
        made = found.frame(panel, subsystems)
        if model.winsorise or model.log or {*made} & {*model.adjusts(), *model.row_columns()}:
            return model.sample(panel.with_columns(made))
        at = panel.frame.index.get_indexer(sample.panel.frame.index)  # the same rows, whatever D is
        return replace(sample, y=made[model.outcome].to_numpy()[at])


def carries(model: ModelSpec) -> bool:
    """Tell whether a model asks for its carried error."""
    return isinstance(model, Estimator) and model.carry is not None


def carried_effects(
    file: StudyFile, panel: Panel, model: Estimator, workers: int = 1, scheduler: str = ""
) -> FloatArray:
    """Return effects (B, 2) with D held and with D made anew, on regions drawn with replacement.

    Treated regions, untreated ones, and those that the model leaves out (treated throughout: they set bounds alone)
    are drawn apart, each as many as there are (Efron & Tibshirani 1993, ch. 9, by regions). ``panel`` has every
    column of the study. Raises DataError, EstimationError where the model itself does.
    """
    held = redraw(file, panel, model)
    blocks = [(at, min(at + BLOCK, len(held.places))) for at in range(0, len(held.places), BLOCK)]
    found = np.empty((len(held.places), 2))
    for place, made in scattered(carry_out, held, blocks, workers, scheduler, "draws of regions"):
        found[slice(*blocks[place])] = np.frombuffer(made).reshape(-1, 2)
    return found


def carry_out(held: Redraw, block: tuple[int, int]) -> bytes:
    """Return the effects of the draws in ``block`` as float64."""
    from threadpoolctl import threadpool_limits  # one thread: the same bytes however many there are

    with threadpool_limits(1):
        return np.array([held.effects(draw) for draw in range(*block)]).tobytes()


def redraw(file: StudyFile, panel: Panel, model: Estimator) -> Redraw:
    """Return the draws that ``carry`` asks for, the panel with no more columns than index and model read."""
    study, draws = file.study, 0 if model.carry is None else model.carry.draws
    sample = model.sample(panel)
    cohort = dict(zip(sample.panel.entities, np.isfinite(sample.entity_cohort).tolist(), strict=True))
    strata: Mapping[bool | None, list[str]] = {True: [], False: [], None: []}
    for region in in_order(panel.column(model.outcome), panel, panel.entities):
        strata[cohort.get(region)].append(region)
    code = {region: k for k, region in enumerate(panel.entities)}
    rng = Stream(study.seed, model.name)("carry")
    drawn = []
    for regions in strata.values():
        own = np.array([code[region] for region in regions], dtype=np.intp)
        drawn.append(
            own[rng.integers(len(own), size=(draws, len(own)))] if len(own) else own[None].repeat(draws, 0)
        )
    places = np.hstack(drawn)
    read = _columns(study, model, panel)
    slim = replace(panel, frame=panel.frame[read], groups=panel.groups[_groups(model, panel)])
    width = len(str(places.shape[1]))
    return Redraw(
        study, file.base, slim, model, places, tuple(f"{k:0{width}d}" for k in range(places.shape[1]))
    )


def _columns(study: Study, model: ModelSpec, panel: Panel) -> list[str]:
    indicators = [name for inside in study.subsystems.values() for name in inside]
    read = dict.fromkeys((*indicators, *model.columns(), *model.row_columns(), *model.group_columns()))
    return [name for name in read if name in panel.frame.columns]


def _groups(model: ModelSpec, panel: Panel) -> list[str]:
    return [name for name in dict.fromkeys(model.group_columns()) if name in panel.groups.columns]


def check_carried(file: StudyFile, panel: Panel, models: Collection[ModelSpec]) -> None:
    """Raise StudyError where weights from before the treatment make D a fixed function of the data."""
    years = file.study.index.fit_years
    for model in models:
        if years is None or not isinstance(model, Estimator) or model.carry is None:
            continue
        first = float(panel.cohort(model.policy).min())
        if years[1] < first:
            raise StudyError(
                text(
                    "bounds and weights come from before {year}: D is a fixed function of the data",
                    year=int(first),
                ),
                where=f"{file.path.name}, models.{model.name}.carry",
                fix=text("leave carry out: there is no error of making D to carry"),
            )
