"""Two groups of regions, each with a two-way regression of its own: what their effects share, and the draws."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ccd.arrays import BoolArray, FloatArray
from ccd.estimate.did.draws import gathers
from ccd.estimate.did.effects import Difference, Effect
from ccd.estimate.did.two_way.regression import TwoWay
from ccd.estimate.linear.ols import Fit, codes, group_sums, stack_columns
from ccd.estimate.linear.relabelled import group_slopes
from ccd.estimate.linear.vcov import crossed
from ccd.estimate.rows.sample import Sample


def apart(regression: TwoWay, sample: Sample, first: BoolArray) -> Difference:
    """Return the difference of the effects on the rows ``first`` (n,) and on the others, by two covariances.

    ``stacked``: V = V_1 + V_2 - 2 C from the scores of both regressions summed by cluster (Weesie 1999, suest), C = 0
    where no cluster stands in both; inference is normal. ``interacted``: one regression in which every term and
    effect but the region's is crossed with the group; its product with the policy is the same difference.
    Raises EstimationError.
    """
    fits = [regression.fit(sample.rows(rows)) for rows in (first, ~first)]
    effects = [Effect(float(f.fit.beta[0]), float(f.vcov.std_error[0]), f.vcov.df) for f in fits]
    difference = effects[0].estimate - effects[1].estimate
    shared = (
        _correlation(sample, first, fits[0].fit, fits[1].fit) * effects[0].std_error * effects[1].std_error
    )
    variance = effects[0].std_error ** 2 + effects[1].std_error ** 2 - 2 * shared
    stacked = Effect(difference, float(np.sqrt(variance)))
    return Difference(stacked, _interacted(regression, sample, first))


def _correlation(sample: Sample, first: BoolArray, one: Fit, other: Fit) -> float:
    """Return the correlation of the two effects through clusters that stand in both groups; 0 where none does."""
    top, between = np.zeros(2), 0.0
    ways = [(1.0, group) for group in sample.clusters]
    if len(sample.clusters) == 2:
        ways.append((-1.0, crossed(*sample.clusters)))
    for sign, group in ways:
        size = int(group.max()) + 1
        sums = [
            group_sums((fit.scores @ fit.bread[0])[:, None], group[rows], size)[:, 0]
            for fit, rows in ((one, first), (other, ~first))
        ]
        top += sign * np.array([total @ total for total in sums])
        between += sign * float(sums[0] @ sums[1])
    return float(between / np.sqrt(top.prod())) if top.min() > 0 else 0.0


def _interacted(regression: TwoWay, sample: Sample, first: BoolArray) -> Effect:
    design = regression.design(sample)
    group = first.astype(np.intp)
    entity, *others = design.effects
    effects = (entity, *(codes(crossed(effect, group)) for effect in others))
    d = sample.exposure
    blocks, labels = [], []
    for rows, word in ((first, "first"), (~first, "second")):
        nuisance = regression.nuisance(sample.rows(rows))
        block = np.zeros((len(d), len(nuisance.labels)))
        block[rows] = nuisance.x
        blocks.append(block)
        labels += [f"{label} ({word} group)" for label in nuisance.labels]
    x = stack_columns(d, d * first, *blocks)
    names = [regression.policy, f"{regression.policy} x group", *labels]
    fit, vcov = replace(design, effects=effects).regress(sample.y, x, names)
    return Effect(float(fit.beta[1]), float(vcov.std_error[1]), vcov.df)


def relabelled(regression: TwoWay, sample: Sample, inside: BoolArray) -> tuple[FloatArray, FloatArray] | None:
    """Return effects and errors (R, 2) on the regions ``inside`` (R, N) of each draw and on the others, at once.

    None where the regression is not that of a balanced panel with region and year effects, clustered by region.
    """
    design = regression.design(sample)
    own = gathers(sample, design) and np.array_equal(design.clusters[0], sample.entity)
    if not own or regression.controls_by_year:
        return None
    n, t = len(sample.panel.entities), len(sample.panel.times)
    x = stack_columns(sample.exposure, regression.nuisance(sample).x)
    wide, parameters = x.reshape(n, t, x.shape[1]), design.parameters(x.shape[1])
    found = [group_slopes(sample.y.reshape(n, t), wide, rows, parameters) for rows in (inside, ~inside)]
    return np.column_stack([slope for slope, _ in found]), np.column_stack([error for _, error in found])
