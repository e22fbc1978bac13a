"""The rows that a difference-in-differences model stands on."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np

from ccd.errors import EstimationError
from ccd.estimate.rows.sample import Sample, draw_sample
from ccd.estimate.rows.sampling import Sampling
from ccd.panel import Panel
from ccd.words import Name, text


class Reads(NamedTuple):
    """What an estimator asks of its rows.

    Every row must have the ``controls`` and the columns of which only years ``before`` treatment count; a row
    may lack the ``covariates``. ``weight`` is a column of analytic weights (empty: none). Untreated rows up to
    ``anticipation`` years before treatment leave.
    """

    controls: tuple[str, ...] = ()
    before: tuple[str, ...] = ()
    covariates: tuple[str, ...] = ()
    weight: str = ""
    anticipation: int = 0

    @property
    def regressors(self) -> tuple[str, ...]:
        """Return the columns that every row must have."""
        return tuple(dict.fromkeys((*self.controls, *self.before)))

    @property
    def columns(self) -> tuple[str, ...]:
        """Return the columns read as numbers, beside the outcome."""
        return (*self.regressors, *self.covariates, *((self.weight,) if self.weight else ()))


def listed(columns: str | tuple[str, ...]) -> tuple[str, ...]:
    """Return one column, or several, as a tuple."""
    return (columns,) if isinstance(columns, str) else columns


def draw(model: Sampling, panel: Panel, policy: str, cluster: str | tuple[str, ...], reads: Reads) -> Sample:
    """Return the rows a model is estimated on, with notes (METHODS 3). Raises EstimationError when there are none."""
    prepared = model.prepare(panel, (*reads.regressors, *reads.covariates))
    if reads.weight:
        refuse_unweighted(model, prepared, reads)
    sample = draw_sample(
        prepared,
        model.outcome,
        reads.regressors,
        policy,
        listed(cluster),
        reads.weight or None,
        where=text("model '{name}'", name=model.name),
    )
    if np.ptp(sample.y) == 0:
        raise model.fail(
            text(
                "the outcome '{outcome}' is {value:g} in every region-year",
                outcome=model.outcome,
                value=sample.y[0],
            ),
            text("name one that varies"),
        )
    own = [text("Weighted by {column}", column=Name(reads.weight))] if reads.weight else []
    sample = replace(sample, notes=(*prepared.notes[len(panel.notes) :], *sample.notes, *own))
    return without_anticipation(sample, reads.anticipation) if reads.anticipation else sample


def refuse_unweighted(model: Sampling, panel: Panel, reads: Reads) -> None:
    """Raise EstimationError naming the first row with an outcome and regressors that has no weight."""
    known = np.all([np.isfinite(panel.column(c)) for c in (model.outcome, *reads.regressors)], axis=0)
    lost = np.flatnonzero(known & ~np.isfinite(panel.column(reads.weight)))
    if len(lost):
        entity, year = panel.frame.index[lost[0]]
        raise EstimationError(
            text(
                "the weight '{weight}' is missing in {count} {count:region-year|region-years}",
                weight=reads.weight,
                count=len(lost),
            ),
            where=text("model '{name}', {entity} {year}", name=model.name, entity=entity, year=year),
            fix=text("fill it in, write 0 to leave a region-year out, or name another column"),
        )


def without_anticipation(sample: Sample, years: int) -> Sample:
    """Return the sample without untreated rows up to ``years`` years before treatment."""
    early = (sample.cohort - years <= sample.years) & ~sample.treated
    note = text(
        "{count} {count:region-year|region-years} up to {years} {years:year|years} before "
        "treatment left out (anticipation)",
        count=int(early.sum()),
        years=years,
    )
    kept = sample.rows(~early)
    return replace(kept, notes=(*kept.notes, note))
