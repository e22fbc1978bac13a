"""The partially linear model: cross-fitted residuals, the effect between them, and its clustered error."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from ccd.arrays import FloatArray, IntArray
from ccd.estimate.dml.forms import Rows
from ccd.estimate.dml.learners import Fitted

#: Learns a target (n,) from features (n, p) of regions (n,).
Learn = Callable[[FloatArray, FloatArray, IntArray], Fitted]


class Effect(NamedTuple):
    """The effect of one split, its error, and the out-of-fold fit: R2 and root mean squared error of y and d."""

    estimate: float
    std_error: float
    r2: tuple[float, float]
    rmse: tuple[float, float]


def cross_fitted(
    features: FloatArray, target: FloatArray, region: IntArray, fold: IntArray, learn: Learn
) -> FloatArray:
    """Return predictions (n,) of ``target``, each by what was learnt without its fold; ``fold`` (N,) is by region."""
    of_row = fold[region]
    predicted = np.empty(len(target))
    for k in np.unique(of_row):
        out = of_row == k
        predicted[out] = learn(features[~out], target[~out], region[~out])(features[out])
    return predicted


def partialling_out(rows: Rows, fold: IntArray, learn: Learn) -> Effect:
    """Return theta = sum(v u) / sum(v^2) over all rows, u = y - l^(x), v = d - m^(x).

    Chernozhukov et al. (2018), section 4.1; psi = (u - theta v) v. A mean of thetas by fold is not taken: with few
    regions it is another, noisier number.
    """
    u = rows.y - cross_fitted(rows.features, rows.y, rows.region, fold, learn)
    v = treatment_residual(rows, fold, learn)
    theta = float(v @ u / (v @ v))
    return Effect(theta, clustered(v * (u - theta * v), float(v @ v), rows.region), *out_of_fold(rows, u, v))


def iv_type(rows: Rows, fold: IntArray, learn: Learn) -> Effect:
    """Return theta = sum v (y - g^) / sum(v d), with g^ learnt from y - theta_0 d, theta_0 by partialling out.

    Chernozhukov et al. (2018), equation (4.3); psi = (y - g^ - theta d) v.
    """
    u = rows.y - cross_fitted(rows.features, rows.y, rows.region, fold, learn)
    v = treatment_residual(rows, fold, learn)
    first = float(v @ u / (v @ v))
    rest = rows.y - cross_fitted(rows.features, rows.y - first * rows.d, rows.region, fold, learn)
    theta = float(v @ rest / (v @ rows.d))
    return Effect(
        theta,
        clustered(v * (rest - theta * rows.d), float(v @ rows.d), rows.region),
        *out_of_fold(rows, u, v),
    )


SCORES: dict[str, Callable[[Rows, IntArray, Learn], Effect]] = {
    "partialling-out": partialling_out,
    "iv-type": iv_type,
}


def treatment_residual(rows: Rows, fold: IntArray, learn: Learn) -> FloatArray:
    """Return v (n,) = d - m^(x); under correlated random effects with m^ + (mean of d - mean of m^) by region.

    Clarke and Polselli (2025): the region effect of d that x-bar does not explain is put back.
    """
    fitted = cross_fitted(rows.features, rows.d, rows.region, fold, learn)
    if rows.correct:
        size = np.bincount(rows.region)
        fitted = fitted + (np.bincount(rows.region, rows.d - fitted) / size)[rows.region]
    return rows.d - fitted


def clustered(score: FloatArray, slope: float, region: IntArray) -> float:
    """Return sqrt(sum_i (sum_t psi_it)^2) / |sum v^2|: clustered by region, no small-sample factor."""
    return float(np.sqrt(np.sum(np.bincount(region, score) ** 2)) / abs(slope))


def out_of_fold(rows: Rows, u: FloatArray, v: FloatArray) -> tuple[tuple[float, float], tuple[float, float]]:
    """Return R2 and root mean squared error, of y and of d, out of fold."""
    pairs = ((rows.y, u), (rows.d, v))
    r2 = tuple(float(1 - error @ error / np.sum((target - target.mean()) ** 2)) for target, error in pairs)
    rmse = tuple(float(np.sqrt(np.mean(error**2))) for _, error in pairs)
    return (r2[0], r2[1]), (rmse[0], rmse[1])
