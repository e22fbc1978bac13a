"""A policy as the regime-dependent column: its effect by regime, estimated in two more ways.

Staggered dates and trends that differ with q mimic a threshold, so the slopes never stand alone: beside them are
imputation effects by regime and two-way fixed effects with regime x year effects, at the same thresholds.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ccd.arrays import FloatArray
from ccd.estimate.linear.counterfactual import impute
from ccd.estimate.linear.inference import Inference, infer
from ccd.estimate.linear.ols import demean, least_squares, unidentified
from ccd.estimate.linear.studentised import followed
from ccd.estimate.linear.vcov import cluster, parameters
from ccd.estimate.rows.influence import entity_clusters, influence_vcov
from ccd.estimate.threshold.permuted import FITTED, Redraw
from ccd.estimate.threshold.sample import ThresholdSample
from ccd.estimate.threshold.settings import Settings
from ccd.estimate.threshold.slopes import Slopes
from ccd.results import Comparison, Part
from ccd.words import Name, Text, text


@dataclass(frozen=True)
class ByRegime:
    """The effect of the policy in each regime (m + 1,) by one estimator, on ``nobs`` rows.

    ``drawn`` (R, m + 1) are its t under permuted cohorts, where they lead.
    """

    estimator: Text
    effects: Inference
    nobs: int
    notes: tuple[Text, ...] = ()
    drawn: FloatArray | None = None


def policy_effects(
    model: Settings, data: ThresholdSample, fitted: Slopes, deals: Redraw | None
) -> Part[Comparison]:
    """Return the part ``policy_regimes``: the policy's effect by regime by three estimators (METHODS 6).

    Where permutations lead (``deals``), every p-value and interval is theirs; the thresholds are taken as known.
    """
    found = (
        _slopes(model, data, fitted, deals),
        _imputed(model, data, fitted, deals),
        _with_regime_years(model, data, fitted, deals),
    )
    split = fitted.split
    regimes = range(len(split.thresholds) + 1)
    listed = [(r, one) for r in regimes for one in found]
    value = Comparison(
        label=tuple(
            text("{regime}: {estimator}", regime=split.rounded(r), estimator=one.estimator)
            for r, one in listed
        ),
        estimate=np.array([one.effects.estimate[r] for r, one in listed]),
        std_error=np.array([one.effects.std_error[r] for r, one in listed]),
        p_value=np.array([one.effects.p_value[r] for r, one in listed]),
        conf_low=np.array([one.effects.conf_low[r] for r, one in listed]),
        conf_high=np.array([one.effects.conf_high[r] for r, one in listed]),
        nobs=np.array([one.nobs for _, one in listed]),
        title=text("Effect of {policy} by regime, three estimators", policy=Name(str(model.policy))),
    )
    notes = [note for one in found for note in one.notes]
    if deals is not None:
        drawn = np.column_stack([one.drawn[:, r] for r, one in listed if one.drawn is not None])
        value, known = followed(value, drawn)
        notes.append(
            text(
                "p-values and intervals: studentised permutation of the cohorts ({draws} draws, of imputation "
                "{fitted})",
                draws=len(drawn),
                fitted=min(FITTED, len(drawn)),
            )
        )
        lost = tuple(
            label
            for label, one, estimate in zip(value.label, known, value.estimate, strict=True)
            if np.isfinite(estimate) and not one
        )
        if lost:
            notes.append(text("Analytic, since too few permutations identify them: {rows}", rows=lost))
    return Part(value, "policy_regimes", tuple(notes))


def _slopes(model: Settings, data: ThresholdSample, fitted: Slopes, deals: Redraw | None) -> ByRegime:
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
    drawn = None if deals is None else deals.slopes()
    return ByRegime(text("threshold slopes"), effects, len(data.q), drawn=drawn)


def _imputed(model: Settings, data: ThresholdSample, fitted: Slopes, deals: Redraw | None) -> ByRegime:
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
    drawn = None if deals is None else deals.imputed()
    return ByRegime(text("imputation"), effects, len(data.q), tuple(notes), drawn)


def _with_regime_years(
    model: Settings, data: ThresholdSample, fitted: Slopes, deals: Redraw | None
) -> ByRegime:
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
    drawn = None
    if deals is not None:
        beside = x[:, [j for j in kept if j < len(nuisance)]]
        drawn = deals.with_regime_years(sample, beside, regime)
    return ByRegime(text("regime x year effects"), found, len(sample.y), tuple(notes), drawn)
