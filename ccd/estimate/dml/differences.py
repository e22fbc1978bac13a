"""Long differences: one row a region, the mean outcome after a policy less that before."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ccd.arrays import BoolArray, FloatArray
from ccd.estimate.dml.forms import expanded
from ccd.estimate.dml.plan import Plan
from ccd.estimate.rows.sample import Sample
from ccd.words import text

#: The interactive model needs as many treated regions, and in each fold.
TREATED, IN_A_FOLD = 20, 2


class LongDifferences(NamedTuple):
    """Units (N,): change ``y`` of the outcome, treated or not ``d``, controls ``x`` (N, p): means before treatment."""

    y: FloatArray
    d: FloatArray
    x: FloatArray


def long_differences(plan: Plan, sample: Sample) -> LongDifferences:
    """Return one row a region. Raises EstimationError with several cohorts, or too few treated regions to cross-fit."""
    cohorts = np.unique(sample.entity_cohort[np.isfinite(sample.entity_cohort)])
    if len(cohorts) > 1:
        shown = ", ".join(f"{g:.0f}" for g in cohorts)
        raise plan.fail(
            text(
                "the interactive model compares long differences of one cohort, and there are {count}: {shown}",
                count=len(cohorts),
                shown=shown,
            ),
            text('choose one with where, or take model = "plr"'),
        )
    treated = int(np.isfinite(sample.entity_cohort).sum())
    if treated < max(TREATED, IN_A_FOLD * plan.folds):
        raise plan.fail(
            text(
                "{treated} treated regions are too few to learn what their outcome is made of",
                treated=treated,
            ),
            text('{most} are needed; model = "plr" needs fewer', most=max(TREATED, IN_A_FOLD * plan.folds)),
        )
    after = sample.years >= cohorts[0]
    means = [_by_region(sample, values, after) for values in (sample.y, *sample.x.T)]
    y = means[0][1] - means[0][0]
    x = np.column_stack([before for before, _ in means[1:]])
    if not np.isfinite(np.column_stack([y, x])).all():
        raise plan.fail(
            text("a region is not seen both before and after the policy"),
            text("leave it out with drop, or its years"),
        )
    return LongDifferences(y, np.isfinite(sample.entity_cohort).astype(float), expanded(x, plan.expand))


def _by_region(sample: Sample, values: FloatArray, after: BoolArray) -> tuple[FloatArray, FloatArray]:
    size = len(sample.panel.entities)
    with np.errstate(invalid="ignore"):
        before, later = (
            np.bincount(sample.entity[rows], values[rows], size)
            / np.bincount(sample.entity[rows], minlength=size)
            for rows in (~after, after)
        )
    return before, later
