"""The rows of PSM-DID and the units to be matched, and what is refused of them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ccd.errors import EstimationError
from ccd.estimate.psm.design import MatchingDesign, Question
from ccd.estimate.psm.designs import DESIGNS
from ccd.estimate.rows.sample import Sample, draw_sample
from ccd.panel import Panel
from ccd.words import text


def draw(panel: Panel, question: Question) -> tuple[Sample, MatchingDesign]:
    """Return the rows and the units to be matched. Raises EstimationError when they cannot be compared."""
    for column in question.match_on:
        panel.column(column)  # a wrong name is told with the right one beside it
    sample = draw_sample(
        panel, question.outcome, question.controls, question.policy, question.clusters, where=question.where
    )
    return designed(panel, sample, question)


def designed(panel: Panel, sample: Sample, question: Question) -> tuple[Sample, MatchingDesign]:
    """Return the rows of ``sample`` that can be matched, and the units. Raises EstimationError as ``draw`` does."""
    where = question.where
    _refuse_year(panel, sample, question)
    design = DESIGNS[question.design]
    sample, lost = design.known(panel, sample, question)
    cohort = sample.entity_cohort
    if np.isfinite(cohort).all() and design.never:
        raise EstimationError(
            text("every region is treated at some time, so nobody is left to be matched with"),
            where=where,
            fix=text('design = "cohort" compares with regions not treated yet'),
        )
    if np.isnan(cohort).all():
        raise EstimationError(
            text("no treated region has values of the matching columns before treatment"),
            where=where,
            fix=text("a panel that begins earlier, or other columns"),
        )
    units = design.units(panel, sample, question)
    return replace(sample, notes=(*sample.notes, *lost)), units


def _refuse_year(panel: Panel, sample: Sample, question: Question) -> None:
    """Raise EstimationError when the base year is outside the panel, or a region is treated by then."""
    year = question.year
    if year is None:
        return
    if year not in panel.times:
        raise EstimationError(
            text(
                "base_year {year} is not in the panel ({times} to {times2})",
                year=year,
                times=panel.times[0],
                times2=panel.times[-1],
            ),
            where=question.where,
            fix=text("name a year of the panel before the policy begins"),
        )
    first = int(np.nanmin(sample.cohort))
    if year >= first and not question.after_treatment:
        raise EstimationError(
            text(
                "{match_on} would be measured in {year}, but '{policy}' begins in {first}: the policy may have "
                "moved what is matched on",
                match_on=tuple(question.match_on),
                year=year,
                policy=question.policy,
                first=first,
            ),
            where=question.where,
            fix=text("base_year before {first}, or allow_post_treatment = true", first=first),
        )
