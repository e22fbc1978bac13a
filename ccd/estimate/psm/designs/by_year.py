"""Designs ``year-by-year`` and ``pooled``: region-years, compared within a year or all at once."""

from __future__ import annotations

import numpy as np

from ccd.arrays import FloatArray
from ccd.errors import EstimationError
from ccd.estimate.psm.design import MatchingDesign, Question
from ccd.estimate.psm.designs.labels import row_labels
from ccd.estimate.rows.sample import Sample
from ccd.panel import Panel
from ccd.words import Text, text


def known_rows(panel: Panel, sample: Sample, question: Question) -> tuple[Sample, tuple[Text, ...]]:
    """Return the sample without the region-years that lack a matching column, which are counted."""
    known = np.asarray(np.isfinite(_values(sample, question)).all(axis=1))
    if known.all():
        return sample, ()
    note = text("{count} {count:row|rows} left out: a matching column is missing", count=int((~known).sum()))
    return sample.rows(known), (note,)


def yearly_design(panel: Panel, sample: Sample, question: Question) -> MatchingDesign:
    """Return the region-years: ever treated regions against never treated ones, each year on its own."""
    treated = np.isfinite(sample.cohort)
    if treated.all():
        raise EstimationError(
            text("no region is never treated, so a year has nobody to compare with"),
            where=question.where,
            fix=text('take design = "cohort", which compares with regions not yet treated'),
        )
    return MatchingDesign(
        entity=sample.entity,
        when=sample.years.astype(np.float64),
        treated=treated,
        x=_values(sample, question),
        periods=sample.time,
        separate=True,
        by_year=True,
        exact=row_labels(sample, question),
        rows=np.arange(len(sample.y), dtype=np.intp),
        notes=_after_treatment(sample),
    )


def pooled_design(panel: Panel, sample: Sample, question: Question) -> MatchingDesign:
    """Return the region-years as one cross-section: those under treatment against all that are not."""
    return MatchingDesign(
        entity=sample.entity,
        when=sample.years.astype(np.float64),
        treated=sample.treated,
        x=_values(sample, question),
        by_year=True,
        exact=row_labels(sample, question),
        rows=np.arange(len(sample.y), dtype=np.intp),
        notes=_after_treatment(sample),
    )


def _values(sample: Sample, question: Question) -> FloatArray:
    return np.column_stack([sample.panel.column(column) for column in question.match_on])


def _after_treatment(sample: Sample) -> tuple[Text, ...]:
    return (
        text(
            "Matching columns are measured after treatment in {count} of {total} treated region-years: the "
            "policy may have moved them (use the designs base or cohort for the main result)",
            count=int(sample.treated.sum()),
            total=int(np.isfinite(sample.cohort).sum()),
        ),
    )
