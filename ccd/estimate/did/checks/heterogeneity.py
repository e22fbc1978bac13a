"""Heterogeneity: the effect in each group of regions, and the test that all are equal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ccd.arrays import FloatArray
from ccd.estimate.contrasts.groups import estimable, separately
from ccd.estimate.did.effects import Finding, Refit
from ccd.estimate.linear.inference import infer
from ccd.estimate.linear.resample import p_value
from ccd.estimate.linear.studentised import LEAST, followed, ratios, walds
from ccd.estimate.linear.vcov import p_values_f
from ccd.estimate.rows.deals import dealt, ways
from ccd.estimate.rows.groups import region_groups
from ccd.estimate.rows.sample import Sample
from ccd.results import Comparison, Equality, Part
from ccd.streams import Stream
from ccd.words import Figure, Name, P, text

#: With fewer ways to deal a group's cohorts to its regions no p-value can reach 5 %.
FEWEST = 20


def equality(beta: FloatArray, matrix: FloatArray, df: float) -> Equality:
    """Return the test of equal effects ``beta`` (k,): a Wald statistic over q = k - 1, and its p-value.

    F(q, df), or chi2(q)/q when ``df`` is infinite.
    """
    q = len(beta) - 1
    contrast = np.column_stack([np.ones(q), -np.eye(q)])
    gap = contrast @ beta
    wald = float(gap @ np.linalg.solve(contrast @ matrix @ contrast.T, gap)) / q
    return Equality(wald, q, df, p_values_f(wald * q if np.isinf(df) else wald, q, df))


def heterogeneity(model: Refit, sample: Sample, column: str, deals: int, stream: Stream) -> Finding:
    """Return the part ``heterogeneity``: effects per group of ``column`` and the test that they are equal.

    A model that can puts all groups in one regression (``by_group``); another is fitted on each group
    alone, treated and controls, whose estimates are independent. Groups without an effect become notes. With
    ``deals`` the p-values and intervals are those of cohorts permuted within the groups.
    """
    group, labels, notes = region_groups(sample, column, text("model '{name}'", name=model.name))
    kept, dropped = estimable(sample, group, labels)
    notes += dropped
    found = model.by_group(sample, group, kept) if len(kept) > 1 else None
    together = found is not None
    if found is None:
        kept, found, lost = separately(model, sample, group, kept, labels, stream)
        notes += lost
        notes.append(text("Effects by group: the model fitted on the regions of each group alone"))
    else:
        notes.append(text("Effects by group: one regression, with common year effects and controls"))
    if not kept:
        return Finding(notes=tuple(notes), failed=tuple(notes))
    test = equality(*found) if len(kept) > 1 else None
    drawn = None
    if deals >= LEAST:
        strata = np.unique(_of_regions(sample, group), return_inverse=True)[1]
        cohorts = dealt(sample, deals, stream, strata)
        drawn = _redrawn(model, sample, group, kept, cohorts, together, stream)
        if test is not None:
            test = _tested(test, *drawn)
        notes.append(
            text(
                "p-values and intervals: studentised permutation of the cohorts within the groups ({draws} draws, p in "
                "steps of 1/{steps})",
                draws=deals,
                steps=deals + 1,
            )
        )
    if test is not None:
        notes.append(
            text(
                "Test that the effects are equal: F = {f}, p {p}", f=Figure(test.statistic), p=P(test.p_value)
            )
        )
    each = infer(found.estimate, np.sqrt(np.diag(found.matrix)), found.df)
    rows = [group == key for key in kept]
    value = Comparison(
        label=tuple(labels[key] for key in kept),
        estimate=each.estimate,
        std_error=each.std_error,
        p_value=each.p_value,
        conf_low=each.conf_low,
        conf_high=each.conf_high,
        nobs=np.array([int(inside.sum()) for inside in rows]),
        entities=np.array([len(np.unique(sample.entity[inside])) for inside in rows]),
        treated_entities=np.array(
            [len(np.unique(sample.entity[inside & sample.treated])) for inside in rows]
        ),
        group=tuple(kept),
        title=text("Effect by {column}", column=Name(column)),
        equality=test,
        about={"column": column, "testable": test is not None},
    )
    if drawn is not None:
        t, own = ratios(*drawn), _of_regions(sample, group)
        few = [ways(sample.entity_cohort[own == key]) < FEWEST for key in kept]
        t[:, few] = np.nan
        value, known = followed(value, t)
        coarse = tuple(labels[key] for key, one in zip(kept, few, strict=True) if one)
        unknown = tuple(labels[key] for key, one in zip(kept, known | few, strict=True) if not one)
        if coarse:
            notes.append(
                text(
                    "Analytic, since their regions can be dealt in fewer than 20 ways: {groups}",
                    groups=coarse,
                )
            )
        if unknown:
            notes.append(text("Analytic, since too few permutations identify them: {rows}", rows=unknown))
    details = {key: item for key, item in value.scalars().items() if key != "title"}
    tested = {} if test is None else {"heterogeneity": test.p_value}
    return Finding((Part(value, "heterogeneity", tuple(notes)),), {"heterogeneity": details}, tested)


def _redrawn(
    model: Refit,
    sample: Sample,
    group: NDArray[np.object_],
    kept: Sequence[str],
    cohorts: FloatArray,
    together: bool,
    stream: Stream,
) -> tuple[FloatArray, FloatArray]:
    """Return effects (R, k) and covariances (R, k, k) under ``cohorts`` (R, N) dealt within the groups.

    ``together`` in one regression, else of models on each group alone, whose effects are independent.
    """
    if together:
        return model.groups_reassigned(sample, group, kept, cohorts, stream)
    own = _of_regions(sample, group)
    beta = np.full((len(cohorts), len(kept)), np.nan)
    matrix = np.zeros((len(cohorts), len(kept), len(kept)))
    for j, key in enumerate(kept):
        beta[:, j], error = model.reassigned(sample.rows(group == key), cohorts[:, own == key], stream)
        matrix[:, j, j] = error**2
    return beta, matrix


def _of_regions(sample: Sample, group: NDArray[np.object_]) -> NDArray[np.object_]:
    """Return the group of each region (N,), which is the same in all its rows."""
    first = np.unique(sample.entity, return_index=True)[1]
    return group[first]


def _tested(test: Equality, beta: FloatArray, matrix: FloatArray) -> Equality:
    """Return the test of equal effects with the p-value of the Wald statistics of the draws."""
    q = beta.shape[1] - 1
    contrast = np.column_stack([np.ones(q), -np.eye(q)])
    drawn = walds(beta @ contrast.T, contrast @ matrix @ contrast.T)
    kept = drawn[np.isfinite(drawn)]
    if len(kept) < LEAST:
        return test
    return replace(test, p_value=p_value(test.statistic, kept), p_analytic=test.p_value, draws=len(kept))
