"""What it changes in the error of a matched mean that the score is estimated (Abadie & Imbens 2016)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ccd.arrays import BoolArray, FloatArray, IntArray
from ccd.estimate.matching.abadie_imbens import Estimand, nearest_of_group
from ccd.estimate.matching.score import Score

#: Rows that a covariance at one score is taken over, the row itself among them (their L).
NEAR = 2


class Slopes(NamedTuple):
    """A score p = F(x'b): columns ``x`` (n, k) with a constant, ``p`` and F' (n,), the covariance of b (k, k)."""

    x: FloatArray
    p: FloatArray
    density: FloatArray
    vcov: FloatArray


def slopes_of(score: Score, x: FloatArray) -> Slopes:
    """Return what the adjustment needs of a score fitted on ``x`` (n, k) and a constant."""
    p = score.probability
    normal = np.exp(-(score.index**2) / 2) / np.sqrt(2 * np.pi)
    density = p * (1 - p) if score.link == "logit" else normal
    return Slopes(np.column_stack([np.ones(len(x)), x]), p, density, score.vcov)


def adjustment(
    y: FloatArray, treated: BoolArray, score: Slopes, inside: BoolArray, estimand: Estimand, effect: float
) -> float:
    """Return what is added to the variance of a mean matched on a score, because the score is estimated.

    Abadie & Imbens (2016, Econometrica 84, theorems 1 and 2): - c'Vc for the mean of all, - c'Vc + d'Vd for those of
    the treated and of the controls; V is the covariance of the score's coefficients. c sums over ``inside`` (n,), the
    rows in the range of scores that the mean is of, how columns and outcome vary together at one score; d how the
    population of the mean moves with the coefficients. ``effect`` is the mean itself.
    """
    p, f = score.p, score.density
    among = {group: _at_score(y, treated, score, group) for group in (True, False)}
    one, none = among[True], among[False]
    if estimand == "ate":
        count, weights = inside, (1 / p, 1 / (1 - p))
    elif estimand == "att":
        count, weights = inside & treated, (np.ones_like(p), p / (1 - p))
    else:
        count, weights = inside & ~treated, ((1 - p) / p, np.ones_like(p))
    both = (one.covariance * weights[0][:, None] + none.covariance * weights[1][:, None]) * f[:, None]
    c = both[inside].sum(axis=0) / count.sum()
    change = -float(c @ score.vcov @ c)
    if estimand == "ate":
        return change
    gap = np.where(treated, y - none.mean, one.mean - y) - effect
    d = (score.x * (f * gap)[:, None])[inside].sum(axis=0) / count.sum()
    return change + float(d @ score.vcov @ d)


class _AtScore(NamedTuple):
    """At each row's score: the ``covariance`` (n, k) of columns and outcome, and the ``mean`` (n,) outcome."""

    covariance: FloatArray
    mean: FloatArray


def _at_score(y: FloatArray, treated: BoolArray, score: Slopes, group: bool) -> _AtScore:
    """Return the moments of the rows of one ``group`` at every row's score, by its nearest (ties included)."""
    covariance, mean = np.zeros_like(score.x), np.zeros(len(y))
    wanted = np.full(len(y), group)
    near: IntArray
    for i, near in nearest_of_group(treated, wanted, score.p[:, None], NEAR, itself=True):
        mean[i] = y[near].mean()
        if len(near) > 1:
            covariance[i] = (
                (y[near] - mean[i]) @ (score.x[near] - score.x[near].mean(axis=0)) / (len(near) - 1)
            )
    return _AtScore(covariance, mean)
