"""Slopes by regime at given thresholds, with clustered errors that take the thresholds as known."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ccd.arrays import FloatArray, IntArray
from ccd.estimate.linear.inference import terms_frame
from ccd.estimate.linear.ols import demean, least_squares
from ccd.estimate.linear.vcov import Vcov, cluster, parameters
from ccd.estimate.threshold.sample import INTERCEPT, ThresholdSample
from ccd.words import Name, Text, text


@dataclass(frozen=True)
class Slopes:
    """Terms of the model at thresholds ``values`` (m,): ``frame`` has TERM_COLUMNS, ``column`` and ``regime``.

    ``regime`` is 0..m, -1 for controls. ``resid`` (n,) are the residuals.
    """

    frame: pd.DataFrame
    vcov: Vcov
    r2: float
    resid: FloatArray


def regime_of(q: FloatArray, values: FloatArray) -> IntArray:
    """Return the regime 0..m of each row (n,): 0 where q <= g1, m where q > g_m (or q is missing)."""
    return np.asarray(np.searchsorted(np.sort(values), q, side="left"))


def regime_label(column: str, regime: int, count: int) -> str:
    """Return ``q <= g1``, ``g1 < q <= g2`` or ``q > g2`` for regime 0..count of a threshold ``column``."""
    if regime == 0:
        return f"{column} <= g1"
    if regime == count:
        return f"{column} > g{count}"
    return f"g{regime} < {column} <= g{regime + 1}"


def valued_text(column: str, regime: int, values: FloatArray) -> Text:
    """Return a regime as words with the thresholds ``values`` (m,) in it, to four figures."""
    ends = [f"{value:.4g}" for value in np.sort(values)]
    if not ends:
        return text("all")
    if regime == 0:
        return text("{column} ≤ {value}", column=Name(column), value=ends[0])
    if regime == len(ends):
        return text("{column} > {value}", column=Name(column), value=ends[-1])
    low, value = ends[regime - 1], ends[regime]
    return text("{low} < {column} ≤ {value}", low=low, column=Name(column), value=value)


def regime_text(column: str, regime: int, count: int) -> Text:
    """Return ``regime_label`` as words, the column by its label; all rows where there is no threshold."""
    if not count:
        return text("all")
    if regime == 0:
        return text("{column} <= g{k}", column=Name(column), k=1)
    if regime == count:
        return text("{column} > g{k}", column=Name(column), k=count)
    return text("g{j} < {column} <= g{k}", column=Name(column), j=regime, k=regime + 1)


def slopes(data: ThresholdSample, threshold: str, values: FloatArray, *, time_effects: bool) -> Slopes:
    """Return the slopes of every regime-dependent column in every regime, then the controls (METHODS 6).

    Intercepts of the lower regimes are relative to the highest. Errors are clustered and conditional on
    the thresholds ``values`` (m,).
    """
    count = len(values)
    regime = regime_of(data.q, values)
    columns, terms, owners, regimes = [], [], [], []
    for j, name in enumerate(data.names):
        for r in range(count + (name != INTERCEPT)):
            columns.append(np.where(regime == r, data.regime[:, j], 0.0))
            terms.append(f"{name} [{regime_label(threshold, r, count)}]" if count else name)
            owners.append(name)
            regimes.append(r)
    sample = data.sample
    for name, column in zip(sample.controls, sample.x.T, strict=True):
        columns.append(column)
        terms.append(name)
        owners.append(name)
        regimes.append(-1)
    effects = [sample.entity, sample.time] if time_effects else [sample.entity]
    left = demean(np.column_stack([sample.y, *columns]), effects)
    fit = least_squares(left[:, 0], left[:, 1:])
    vcov = cluster(fit, sample.clusters, parameters(len(columns), effects, sample.clusters))
    frame = terms_frame(terms, fit.beta, vcov)
    frame["column"], frame["regime"] = owners, regimes
    return Slopes(frame, vcov, fit.r2, fit.resid)
