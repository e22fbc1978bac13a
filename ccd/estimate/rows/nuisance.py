"""Regressors beside the policy: controls, other policies, neighbours, pre-period controls by year."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from ccd.arrays import FloatArray
from ccd.errors import EstimationError, Words
from ccd.estimate.linear.ols import stack_columns
from ccd.estimate.rows.sample import Sample
from ccd.words import text


class Nuisance(NamedTuple):
    """Regressors ``x`` (n, k); ``names`` of the first ones, which terms show, and ``labels`` of all (k)."""

    x: FloatArray
    names: tuple[str, ...]
    labels: tuple[str, ...]


def gather(
    sample: Sample,
    controls: Sequence[str],
    other_policies: Sequence[str],
    neighbours: str | None,
    controls_by_year: Sequence[str],
    where: Words,
) -> Nuisance:
    """Return the regressors of a sample whose ``controls`` hold every column that is named.

    A policy enters by its own dummy 1(t >= g); ``neighbours`` is a policy whose dummy counts in untreated
    region-years only (spillover). Raises EstimationError when a region has no year before the earliest
    treatment to take ``controls_by_year`` from.
    """
    same = tuple(controls) == sample.controls
    found = [sample.x if same else sample.x[:, [sample.controls.index(name) for name in controls]]]
    found += [dummy(sample, policy)[:, None] for policy in other_policies]
    shown = [*controls, *other_policies]
    if neighbours is not None:
        found.append((dummy(sample, neighbours) * ~sample.treated)[:, None])
        shown.append(neighbours)
    labels = list(shown)
    for name in controls_by_year:
        found.append(by_year(sample, sample.x[:, sample.controls.index(name)], f"{where}, controls_by_year"))
        labels += [f"{name} x {year}" for year in sample.panel.times[1:]]
    return Nuisance(stack_columns(*found) if found[1:] else found[0], tuple(shown), tuple(labels))


def dummy(sample: Sample, policy: str) -> FloatArray:
    """Return 1(t >= g) of another policy, (n,)."""
    start = sample.panel.cohort(policy).to_numpy(dtype=np.float64)[sample.entity]
    return np.asarray(sample.years >= start, dtype=np.float64)


def by_year(sample: Sample, values: FloatArray, where: Words) -> FloatArray:
    """Return the entity means of ``values`` (n,) before the earliest treatment times year dummies, (n, T - 1)."""
    mean = before_treatment(sample, values, where)
    later = np.arange(1, int(sample.time.max()) + 1)
    return np.asarray(mean[sample.entity, None] * (sample.time[:, None] == later))


def before_treatment(sample: Sample, values: FloatArray, where: Words) -> FloatArray:
    """Return the entity means (N,) of ``values`` (n,) before the earliest treatment. Raises EstimationError."""
    before = sample.years < np.nanmin(sample.cohort)
    size = len(sample.panel.entities)
    count = np.bincount(sample.entity[before], minlength=size)
    if not count.all():
        absent = [sample.panel.entities[j] for j in np.flatnonzero(count == 0)]
        raise EstimationError(
            text("no year before the earliest treatment is seen in {absent}", absent=tuple(absent[:5])),
            where=where,
            fix=text("drop these regions, or leave out what is interacted with years"),
        )
    return np.asarray(np.bincount(sample.entity[before], values[before], size) / count)
