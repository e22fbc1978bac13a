"""What stands beside the effect: two-way fixed effects, every learner, how well each learnt, each split, overlap."""

from __future__ import annotations

from typing import Any

import numpy as np

from ccd.density import kernel_density
from ccd.estimate.dml.fitted import Learnt
from ccd.estimate.dml.learners import LABELS
from ccd.estimate.dml.plan import Plan
from ccd.estimate.linear.inference import Inference, infer
from ccd.estimate.rows.sample import Sample
from ccd.results import Comparison, Density, Nuisance, Part, Repeats
from ccd.words import Name, Text, text

#: Fewer regions than these are few for a learner.
FEW = 50


def parts_of(
    plan: Plan, sample: Sample, found: list[Learnt], two_way: Inference, nobs: int
) -> tuple[Part[Any], ...]:
    """Return the parts ``learners``, ``nuisance``, ``repeats``, and ``overlap`` of the interactive model."""
    targets = (Name(plan.outcome), Name(plan.term))
    quality = Nuisance(
        learner=tuple(LABELS[one.learner] for one in found for _ in targets),
        target=tuple(target for _ in found for target in targets),
        r2=np.concatenate([one.r2 for one in found]),
        rmse=np.concatenate([one.rmse for one in found]),
    )
    first = found[0]
    by_split = Repeats(np.arange(1, plan.repeats + 1), first.by_repeat, first.errors)
    parts: list[Part[Any]] = [
        Part(beside(plan, sample, found, two_way, nobs), "learners"),
        Part(quality),
        Part(by_split),
    ]
    if first.propensity is not None:
        parts.append(Part(overlap(first.propensity, np.isfinite(sample.entity_cohort)), "overlap"))
    return tuple(parts)


def beside(plan: Plan, sample: Sample, found: list[Learnt], two_way: Inference, nobs: int) -> Comparison:
    """Return two-way fixed effects and each learner, one row each."""
    learnt = infer(
        np.array([one.estimate for one in found]),
        np.array([one.std_error for one in found]),
        len(sample.panel.entities) - 1,
    )
    columns = [np.concatenate(pair) for pair in zip(two_way, learnt, strict=True)]
    rows = Inference(*columns)
    return Comparison(
        label=(text("Two-way fixed effects"), *(LABELS[one.learner] for one in found)),
        estimate=rows.estimate,
        std_error=rows.std_error,
        p_value=rows.p_value,
        conf_low=rows.conf_low,
        conf_high=rows.conf_high,
        nobs=np.array([len(sample.y), *(nobs for _ in found)]),
        title=text("The effect by two-way fixed effects and by learner"),
        fits=((), *(tuple(one.r2.tolist()) for one in found)),
        fits_head=text(
            "R² out of fold of {outcome}, of {treatment}",
            outcome=Name(plan.outcome),
            treatment=Name(plan.term),
        ),
        term=Name(plan.term),
    )


def overlap(propensity: np.ndarray, treated: np.ndarray, points: int = 101) -> Density:
    """Return the densities of the propensities (N,) of treated and other regions on [0, 1]."""
    grid = np.linspace(0, 1, points)
    groups = {"treated": treated, "control": ~treated}
    return Density(
        group=tuple(name for name in groups for _ in grid),
        at=np.tile(grid, len(groups)),
        density=np.concatenate([kernel_density(propensity[rows], grid)[0] for rows in groups.values()]),
        variable=text("Propensity score"),
    )


def notes_of(plan: Plan, sample: Sample, found: list[Learnt]) -> list[Text]:
    """Return what is assumed and what was seen: splits, errors, learners that learn nothing, few regions, clipping."""
    regions = len(sample.panel.entities)
    said = [
        text(
            "{folds} folds of regions, {repeats} {repeats:split|splits}: the median, its error by region and split, "
            "t({df})",
            folds=plan.folds,
            repeats=plan.repeats,
            df=str(regions - 1),
        ),
        text(
            "It is the effect if, given the controls, nothing else that changes over time moves treatment and outcome"
        ),
    ]
    targets = (Name(plan.outcome), Name(plan.term))
    lost = tuple(
        text("{learner} of {target}", learner=LABELS[one.learner], target=target)
        for one in found
        for target, r2 in zip(targets, one.r2, strict=True)
        if r2 < 0
    )
    if lost:
        said.append(text("Learns nothing (R2 out of fold below 0): {pairs}", pairs=lost))
    if regions < FEW:
        said.append(text("{count} regions are few for a learner", count=regions))
    if plan.form == "cre" and plan.model == "plr":
        said.append(
            text(
                "Right only where region effects are a function of the regions' mean controls, biased otherwise"
            )
        )
    clipped = found[0].clipped
    if clipped:
        said.append(
            text(
                "{count} {count:propensity|propensities} set to .01 or .99 in the first split", count=clipped
            )
        )
    return said
