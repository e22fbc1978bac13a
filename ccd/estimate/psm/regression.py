"""The second stage: two-way difference-in-differences under the matching weights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ccd.arrays import FloatArray
from ccd.errors import EstimationError, Words
from ccd.estimate.linear.ols import Fit, demean, least_squares, unidentified
from ccd.estimate.linear.vcov import Vcov, cluster, parameters
from ccd.estimate.rows.sample import Sample
from ccd.words import text


@dataclass(frozen=True)
class Regression:
    """A two-way regression: ``beta`` (k,) with the policy first, its covariance, within R2, and what it stands on."""

    beta: FloatArray
    vcov: Vcov
    r2: float
    sample: Sample


def weighted_did(sample: Sample, weight: FloatArray | None, names: Sequence[str], where: Words) -> Regression:
    """Return y on D and the controls under analytic row weights (n,), rows of weight 0 left out of n and G.

    ``names`` (k) are the policy and the controls. Errors are clustered as the sample says. Raises
    EstimationError when the effect is not identified under the weights.
    """
    if weight is not None:
        keep = weight != 0
        sample, weight = sample.rows(keep), weight[keep]
    if min(int(group.max()) + 1 for group in sample.clusters) < 2:
        raise EstimationError(text("one cluster is left"), where=where, fix=text("match less narrowly"))
    raw = np.column_stack([sample.treated.astype(float), sample.x])
    effects = [sample.entity, sample.time]
    x = demean(raw, effects, weight)
    size = None if weight is None else np.abs(weight)
    for found in unidentified(x, raw, size):
        if found:
            raise EstimationError(
                text(
                    "{found}: no variation is left after region and year effects",
                    found=tuple(names[j] for j in found),
                ),
                where=where,
                fix=text("leave it out, or match less narrowly"),
            )
    fit = _solve(demean(sample.y[:, None], effects, weight)[:, 0], x, weight, where)
    vcov = cluster(fit, sample.clusters, parameters(x.shape[1], effects, sample.clusters))
    return Regression(fit.beta, vcov, fit.r2, sample)


def _solve(y: FloatArray, x: FloatArray, weight: FloatArray | None, where: Words) -> Fit:
    """Return the fit; weights of both signs (local linear matching) go through the normal equations."""
    if weight is None or (weight >= 0).all():
        return least_squares(y, x, weight)
    gram = (x * weight[:, None]).T @ x
    if np.linalg.eigvalsh(gram).min() <= 1e-12 * np.abs(gram).max():
        raise EstimationError(
            text("negative weights outweigh the positive ones"),
            where=where,
            fix=text('take a wider bandwidth, or matcher = "kernel"'),
        )
    inverse = np.asarray(np.linalg.inv(gram), dtype=np.float64)
    beta = inverse @ (x.T @ (weight * y))
    resid = y - x @ beta
    total = float(weight @ y**2)
    r2 = 1 - float(weight @ resid**2) / total if total > 0 else float("nan")
    return Fit(beta, resid, inverse, x, weight, r2)
