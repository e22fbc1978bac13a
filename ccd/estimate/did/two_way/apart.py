"""Two groups of regions, each with a two-way regression of its own: what their effects share, and the draws."""

from __future__ import annotations

import numpy as np

from ccd.arrays import BoolArray, FloatArray
from ccd.estimate.contrasts.crossed import correlation, interacted, stacked
from ccd.estimate.did.draws import gathers
from ccd.estimate.did.effects import Difference, Effect
from ccd.estimate.did.two_way.regression import TwoWay
from ccd.estimate.linear.ols import stack_columns
from ccd.estimate.linear.relabelled import both_slopes
from ccd.estimate.rows.sample import Sample


def apart(regression: TwoWay, sample: Sample, first: BoolArray) -> Difference:
    """Return the difference of the effects on the rows ``first`` (n,) and on the others, by two covariances.

    ``stacked``: V = V_1 + V_2 - 2 C from the scores of both regressions summed by cluster (Weesie 1999, suest), C = 0
    where no cluster stands in both; inference is normal. ``interacted``: one regression in which every term and
    effect is the group's own. Raises EstimationError.
    """
    fits = [regression.fit(sample.rows(rows)) for rows in (first, ~first)]
    effects = [Effect(float(f.fit.beta[0]), float(f.vcov.std_error[0]), f.vcov.df) for f in fits]
    columns, names = [], []
    for rows in (first, ~first):
        own = sample.rows(rows)
        nuisance = regression.nuisance(own)
        columns.append(stack_columns(own.exposure, nuisance.x))
        names.append([regression.policy, *nuisance.labels])
    crossed, joint = interacted(regression.design(sample), sample.y, first, columns, names)
    # only clusters tell from the scores of two fits what they share; other errors are read off the one regression
    shared = (
        correlation(sample.clusters, first, fits[0].fit, fits[1].fit)
        if regression.vcov == "cluster"
        else joint
    )
    return Difference(stacked(effects, shared), crossed)


def relabelled(regression: TwoWay, sample: Sample, inside: BoolArray) -> tuple[FloatArray, FloatArray] | None:
    """Return effects and errors (R, 2) on the regions ``inside`` (R, N) of each draw and on the others, at once.

    None where the regression is not that of a balanced panel with region and year effects, clustered by region.
    """
    design = regression.design(sample)
    own = gathers(sample, design) and np.array_equal(design.clusters[0], sample.entity)
    if not own or regression.controls_by_year:
        return None
    x = stack_columns(sample.exposure, regression.nuisance(sample).x)
    return both_slopes(sample.y, x, inside, len(sample.panel.times), design.parameters(x.shape[1]))
