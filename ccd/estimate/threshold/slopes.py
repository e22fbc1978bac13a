"""Slopes by regime at given thresholds, with clustered errors that take the thresholds as known."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ccd.arrays import FloatArray, IntArray
from ccd.estimate.linear.inference import terms_of
from ccd.estimate.linear.ols import demean, least_squares
from ccd.estimate.linear.vcov import Vcov, cluster, parameters
from ccd.estimate.threshold.sample import INTERCEPT, ThresholdSample
from ccd.results import Named, Regime, Split, Term, Terms


@dataclass(frozen=True)
class Slopes:
    """The terms (k) of a model at the thresholds of ``split``; ``owner`` names the column of each.

    ``regime`` (k,) is 0..m, -1 for controls; ``inside`` (n,) the regime of each row; ``r2`` that within.
    """

    terms: Terms
    owner: tuple[str, ...]
    regime: IntArray
    split: Split
    inside: IntArray
    vcov: Vcov
    r2: float


def regime_of(q: FloatArray, split: Split) -> IntArray:
    """Return the regime 0..m of each row (n,): 0 where q <= g1, m where q > g_m (or q is missing)."""
    return np.asarray(np.searchsorted(np.array(split.thresholds), q, side="left"))


def slopes(data: ThresholdSample, split: Split, *, time_effects: bool) -> Slopes:
    """Return the slopes of every regime-dependent column in every regime, then the controls (METHODS 6).

    Intercepts of the lower regimes are relative to the highest. Errors are clustered and conditional on the
    thresholds.
    """
    count = len(split.thresholds)
    inside = regime_of(data.q, split)
    columns: list[FloatArray] = []
    terms: list[Term] = []
    owners, regimes = [], []
    for j, name in enumerate(data.names):
        for r in range(count + (name != INTERCEPT)):
            columns.append(np.where(inside == r, data.regime[:, j], 0.0))
            terms.append(Regime(Named(name), split, r) if count else Named(name))
            owners.append(name)
            regimes.append(r)
    sample = data.sample
    for name, column in zip(sample.controls, sample.x.T, strict=True):
        columns.append(column)
        terms.append(Named(name))
        owners.append(name)
        regimes.append(-1)
    effects = [sample.entity, sample.time] if time_effects else [sample.entity]
    left = demean(np.column_stack([sample.y, *columns]), effects)
    fit = least_squares(left[:, 0], left[:, 1:])
    vcov = cluster(fit, sample.clusters, parameters(len(columns), effects, sample.clusters))
    found = terms_of(terms, fit.beta, vcov.std_error, vcov.df)
    return Slopes(found, tuple(owners), np.array(regimes, dtype=np.intp), split, inside, vcov, fit.r2)
