"""The effect of a policy by regime at given thresholds, estimated in three ways.

Staggered dates and trends that differ with q mimic a threshold, so the slopes never stand alone: beside them are
imputation effects by regime and two-way fixed effects with regime x year effects.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ccd.estimate.linear.counterfactual import impute
from ccd.estimate.linear.inference import Inference, infer
from ccd.estimate.linear.ols import demean, least_squares, unidentified
from ccd.estimate.linear.vcov import cluster, parameters
from ccd.estimate.rows.influence import entity_clusters, influence_vcov
from ccd.estimate.threshold.sample import ThresholdSample
from ccd.estimate.threshold.settings import Settings
from ccd.estimate.threshold.slopes import Slopes
from ccd.words import Name, Text, text


@dataclass(frozen=True)
class ByRegime:
    """The effect of the policy in each regime (m + 1,) by one estimator, on ``nobs`` rows."""

    estimator: Text
    effects: Inference
    nobs: int
    notes: tuple[Text, ...] = ()


def by_slopes(model: Settings, data: ThresholdSample, fitted: Slopes) -> ByRegime:
    """Return the slopes of the threshold model itself."""
    own = np.array([owner == model.policy for owner in fitted.owner])
    terms = fitted.terms
    columns = (
        terms.estimate,
        terms.std_error,
        terms.statistic,
        terms.p_value,
        terms.conf_low,
        terms.conf_high,
    )
    effects = Inference(*(column[own] for column in columns))
    return ByRegime(text("threshold slopes"), effects, len(data.q))


def by_imputation(model: Settings, data: ThresholdSample, fitted: Slopes) -> ByRegime:
    """Return the means of tau by regime after a fit on untreated cells (Borusyak, Jaravel & Spiess 2024)."""
    regime, size = fitted.inside, len(fitted.split.thresholds) + 1
    sample = data.sample
    fit = impute(sample.y, sample.x, sample.entity, sample.time, ~sample.treated)
    blamed = [sample.controls[j] for j in (*fit.absorbed, *fit.collinear)]
    used = sample.treated & fit.imputable
    seen = np.unique(regime[used])
    estimate, error = np.full(size, np.nan), np.full(size, np.nan)
    notes: list[Text] = []
    if blamed or not len(seen):
        notes.append(
            text("No imputation effects: untreated cells do not identify the effects or the controls")
        )
    else:
        key = np.where(used, np.searchsorted(seen, regime), -1)
        mean, psi = fit.influence(key, len(seen))
        groups = entity_clusters(sample, where=model.where)
        estimate[seen] = mean
        error[seen] = np.sqrt(np.diag(influence_vcov(psi, groups)))
        lost = int(np.sum(sample.treated & ~fit.imputable))
        if lost:
            notes.append(
                text(
                    "Imputation: {count} treated {count:cell has|cells have} no untreated counterpart",
                    count=lost,
                )
            )
    effects = infer(estimate, error, float("inf"))
    return ByRegime(text("imputation"), effects, len(data.q), tuple(notes))


def by_regime_years(model: Settings, data: ThresholdSample, fitted: Slopes) -> ByRegime:
    """Return the slopes by regime beside 1(q <= g_r) x year effects."""
    split, size = fitted.split, len(fitted.split.thresholds) + 1
    known = np.isfinite(data.q)
    sample = data.sample if known.all() else data.sample.rows(known)
    regime, treated = fitted.inside[known], sample.treated
    notes = []
    if not known.all():
        notes.append(
            text(
                "Regime x year effects: {count} {count:row|rows} without {column} left out",
                count=int(np.sum(~known)),
                column=Name(model.threshold),
            )
        )
    nuisance = [sample.x[:, j] for j in range(sample.x.shape[1])]
    for r in range(size - 1):
        nuisance += [((regime == r) & (sample.time == t)).astype(float) for t in np.unique(sample.time)]
    focus = [(treated & (regime == r)).astype(float) for r in range(size)]
    raw = np.column_stack([*nuisance, *focus])
    effects = [sample.entity, sample.time]
    x = demean(raw, effects)
    lost = {j for listed in unidentified(x, raw) for j in listed}
    kept = [j for j in range(x.shape[1]) if j not in lost]
    fit = least_squares(demean(sample.y[:, None], effects)[:, 0], x[:, kept])
    vcov = cluster(fit, sample.clusters, parameters(len(kept), effects, sample.clusters))
    estimate, error = np.full(size, np.nan), np.full(size, np.nan)
    for r in range(size):
        j = len(nuisance) + r
        if j in lost:
            notes.append(
                text(
                    "{regime}: regime x year effects leave nothing to compare",
                    regime=split.letters(r),
                )
            )
        else:
            estimate[r], error[r] = fit.beta[kept.index(j)], vcov.std_error[kept.index(j)]
    found = infer(estimate, error, vcov.df)
    return ByRegime(text("regime x year effects"), found, len(sample.y), tuple(notes))


#: The estimators of the effect by regime, in the order of their rows.
ESTIMATORS = (by_slopes, by_imputation, by_regime_years)
