"""Design ``cohort``: each cohort in its last year before treatment, among regions not treated by then."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from ccd.arrays import BoolArray, FloatArray, IntArray
from ccd.errors import EstimationError
from ccd.estimate.matching.pool import strata_of
from ccd.estimate.psm.design import MatchingDesign, Question
from ccd.estimate.psm.designs.labels import entity_labels, some
from ccd.estimate.rows.sample import Sample
from ccd.panel import Panel
from ccd.words import Text, text


def everyone(panel: Panel, sample: Sample, question: Question) -> tuple[Sample, tuple[Text, ...]]:
    """Return the sample: regions leave the comparisons that they cannot enter, cohort by cohort."""
    return sample, ()


def cohort_design(panel: Panel, sample: Sample, question: Question) -> MatchingDesign:
    """Return a unit for each region of a cohort and each region not yet treated, in the cohort's last year before.

    Raises EstimationError when no cohort has a region to be compared with.
    """
    groups = entity_labels(panel, sample, question)
    notes: list[Text] = [
        text("Each cohort is matched in its last year before treatment, among regions not treated by then")
    ]
    cohorts = np.unique(sample.entity_cohort[np.isfinite(sample.entity_cohort)])
    found = [_risk_set(panel, sample, question.match_on, float(g), notes) for g in cohorts]
    both = [unit for unit in found if 0 < unit[1].sum() < len(unit[1])]
    if not both:
        raise EstimationError(
            text("no cohort has regions to be compared with in its last year before treatment"),
            where=question.where,
            fix=text('take design = "base", or a panel that begins earlier'),
        )
    entity, treated, x, when = (np.concatenate(columns) for columns in zip(*both, strict=True))
    return MatchingDesign(
        entity=entity,
        when=when,
        treated=treated,
        x=x,
        periods=strata_of(when),
        exact=tuple(groups[i] for i in entity) if groups else (),
        notes=tuple(notes),
    )


def _risk_set(
    panel: Panel, sample: Sample, columns: Sequence[str], g: float, notes: list[Text]
) -> tuple[IntArray, BoolArray, FloatArray, FloatArray]:
    """Return entity, treated, x and cohort of those who are compared with cohort ``g``; adds to ``notes``."""
    cohort, entities = sample.entity_cohort, np.array(sample.panel.entities)
    pool = np.flatnonzero((cohort == g) | ~(cohort <= g))
    index = pd.MultiIndex.from_arrays([entities[pool], np.full(len(pool), int(g) - 1)])
    x = panel.frame[list(columns)].reindex(index).to_numpy(dtype=np.float64)
    known = np.isfinite(x).all(axis=1)
    if not known.all():
        notes.append(
            text(
                "Left out of the comparison with cohort {cohort}, a matching column is missing in {year}: {entities}",
                cohort=int(g),
                year=int(g) - 1,
                entities=some(entities[pool[~known]]),
            )
        )
    pool, x = pool[known], x[known]
    treated = cohort[pool] == g
    if treated.all() or not treated.any():
        notes.append(
            text("Cohort {cohort} has no region to be compared with and is not matched", cohort=int(g))
        )
    return pool, np.asarray(treated), x, np.full(len(pool), g)
