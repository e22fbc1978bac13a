"""What every panel regression does: draw its rows, take out its effects, put its estimate together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ccd.arrays import IntArray
from ccd.estimate.linear.design import AbsorbingDesign
from ccd.estimate.panel.spec import PanelSpec
from ccd.estimate.rows.sample import Sample, draw_sample
from ccd.panel import Panel
from ccd.results import Named, SampleSize, Term
from ccd.words import text


def draw(spec: PanelSpec, panel: Panel) -> Sample:
    """Return the complete rows. Raises EstimationError when there are none."""
    prepared = spec.prepare(panel, spec.named_columns())
    sample = draw_sample(
        prepared,
        spec.outcome,
        spec.named_columns(),
        cluster=spec.cluster_columns(),
        where=text("model '{name}'", name=spec.name),
    )
    return replace(sample, notes=(*prepared.notes[len(panel.notes) :], *sample.notes))


def design_of(spec: PanelSpec, sample: Sample, *, entity: bool) -> AbsorbingDesign:
    """Return the fixed effects of the regression; none at all is one effect with one level, the constant."""
    effects: tuple[IntArray, ...] = (sample.entity,) if entity else ()
    effects += (sample.time,) if spec.time_effects else ()
    effects = effects or (np.zeros(len(sample.y), dtype=np.intp),)
    where = text("model '{name}'", name=spec.name)
    return AbsorbingDesign(
        effects,
        sample.clusters,
        sample.time,
        vcov=spec.vcov,
        places=spec.places(sample, where),
        cutoff=spec.cutoff,
        kernel=spec.bartlett(),
        where=where,
    )


def effect_names(spec: PanelSpec, *, entity: bool) -> tuple[str, ...]:
    """Return what the regression absorbs."""
    return (*(("entity",) if entity else ()), *(("time",) if spec.time_effects else ()))


def terms_named(columns: Sequence[str]) -> tuple[Term, ...]:
    """Return the terms of columns."""
    return tuple(Named(column) for column in columns)


def size(sample: Sample) -> SampleSize:
    """Return the size of a sample that no policy treats."""
    return replace(sample.size(), treated_entities=None, cohorts=None)
