"""A policy as the regime-dependent column: what must hold of q, and two other roads to effects by regime.

Staggered dates and trends that differ with q mimic a threshold, so the slopes never stand alone: beside them are
imputation effects by regime and two-way fixed effects with regime x year effects, at the same thresholds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ccd.arrays import FloatArray, IntArray
from ccd.estimate.linear.counterfactual import impute
from ccd.estimate.linear.inference import inference
from ccd.estimate.linear.ols import demean, least_squares, unidentified
from ccd.estimate.linear.vcov import cluster, parameters
from ccd.estimate.rows.influence import entity_clusters, influence_vcov
from ccd.estimate.rows.sample import Sample
from ccd.estimate.threshold.terms import Slopes, regime_of, regime_text, valued_text
from ccd.panel import Panel
from ccd.results import Part, loose
from ccd.words import Name, Text, text

if TYPE_CHECKING:
    from ccd.estimate.threshold.sample import ThresholdSample
    from ccd.estimate.threshold.spec import Threshold

MEASURES = ("estimate", "std_error", "p_value", "conf_low", "conf_high")


def measured_after(model: Threshold, panel: Panel, sample: Sample) -> list[Text]:
    """Return a warning where q is measured after treatment; raises EstimationError unless the study allows it.

    A value that a region already had before treatment, or that is another column's of some years earlier,
    is taken as measured before.
    """
    if model.threshold_lag or model.threshold_base is not None:
        return []
    q = sample.panel.column(model.threshold)
    if not _varies_after(q, sample) or _is_lag(panel, model.threshold):
        return []
    if not model.allow_post_treatment:
        raise model.fail(
            f"'{model.threshold}' changes within regions after '{model.policy}' begins: it may itself be an "
            "effect of the policy",
            fix='set threshold_base = "before" (or a year), threshold_lag = 1, or allow_post_treatment = true',
        )
    return [
        text(
            "{column} is measured after {policy} began and may itself be an effect of it",
            column=Name(model.threshold),
            policy=Name(str(model.policy)),
        )
    ]


def _varies_after(q: FloatArray, sample: Sample) -> bool:
    """Tell whether some entity's treated rows hold a value of q that no untreated row of it has.

    A value held from before treatment is known from a row before; an entity without any value before passes
    when its treated rows agree.
    """
    entity, size = sample.entity, len(sample.panel.entities)
    known = np.isfinite(q)
    treated, before = sample.treated & known, ~sample.treated & known
    value = np.full(size, np.nan)
    value[entity[treated]] = q[treated]
    if np.any(q[treated] != value[entity[treated]]):
        return True
    seen = np.bincount(entity[before], minlength=size) > 0
    same = np.bincount(entity[before], q[before] == value[entity[before]], minlength=size) > 0
    return bool(np.any(np.isfinite(value) & seen & ~same))


def _is_lag(panel: Panel, column: str) -> bool:
    """Tell whether a column holds, in every row that can be checked, another one's value of k years before."""
    q = panel.column(column)
    span = int(panel.years.max()) + 1
    keys = panel.entity_codes * span + panel.years
    for years in range(1, len(panel.times)):
        at = np.minimum(np.searchsorted(keys, keys - years), len(keys) - 1)
        rows = np.flatnonzero((keys[at] == keys - years) & np.isfinite(q))
        for name in panel.frame.columns.drop(column):
            values = panel.column(str(name))
            if all(_agree(q[some], values[at[some]]) for some in (rows[:256], rows)):
                return True
    return False


def _agree(one: FloatArray, two: FloatArray) -> bool:
    known = np.isfinite(two)
    return bool(known.any() and np.array_equal(one[known], two[known]))


def beside(model: Threshold, data: ThresholdSample, fitted: Slopes, values: FloatArray) -> Part:
    """Return the part ``policy_regimes``: the policy's effect by regime by three roads (METHODS 6)."""
    count = len(values)
    regime = regime_of(data.q, values)
    roads: list[tuple[Text, pd.DataFrame, int]] = []
    own = fitted.frame[fitted.frame["column"] == model.policy].reset_index(drop=True)
    roads.append((text("threshold slopes"), own, len(data.q)))
    notes: list[Text] = []
    imputed, more = _imputed(model, data, regime, count)
    notes += more
    roads.append((text("imputation"), imputed, len(data.q)))
    trending, rows, more = _with_regime_years(model, data, regime, count)
    notes += more
    roads.append((text("regime x year effects"), trending, rows))
    frames = []
    for road, frame, nobs in roads:
        labels = [
            text("{regime}: {road}", regime=valued_text(model.threshold, r, values), road=road)
            for r in range(count + 1)
        ]
        frames.append(pd.DataFrame({"label": labels, **{m: frame[m] for m in MEASURES}, "nobs": nobs}))
    order = [frame.iloc[[r]] for r in range(count + 1) for frame in frames]
    facts = {"title": text("Effect of {policy} by regime, three roads", policy=Name(str(model.policy)))}
    return loose("comparison", pd.concat(order, ignore_index=True), "policy_regimes", facts, tuple(notes))


def _imputed(
    model: Threshold, data: ThresholdSample, regime: IntArray, count: int
) -> tuple[pd.DataFrame, list[Text]]:
    """Return the means of tau by regime after a fit on untreated cells (Borusyak, Jaravel & Spiess 2024)."""
    sample = data.sample
    fit = impute(sample.y, sample.x, sample.entity, sample.time, ~sample.treated)
    blamed = [sample.controls[j] for j in (*fit.absorbed, *fit.collinear)]
    used = sample.treated & fit.imputable
    seen = np.unique(regime[used])
    estimate, error = np.full(count + 1, np.nan), np.full(count + 1, np.nan)
    notes: list[Text] = []
    if blamed or not len(seen):
        notes.append(
            text("No imputation effects: untreated cells do not identify the effects or the controls")
        )
    else:
        key = np.where(used, np.searchsorted(seen, regime), -1)
        mean, psi = fit.influence(key, len(seen))
        groups = entity_clusters(sample, where=f"model '{model.name}'")
        estimate[seen] = mean
        error[seen] = np.sqrt(np.diag(influence_vcov(psi, groups)))
        lost = int(np.sum(sample.treated & ~fit.imputable))
        if lost:
            notes.append(text("Imputation: {count} treated cells have no untreated counterpart", count=lost))
    return inference([str(r) for r in range(count + 1)], estimate, error, float("inf")), notes


def _with_regime_years(
    model: Threshold, data: ThresholdSample, regime: IntArray, count: int
) -> tuple[pd.DataFrame, int, list[Text]]:
    """Return the slopes by regime beside 1(q <= g_r) x year effects, and the rows used."""
    known = np.isfinite(data.q)
    sample = data.sample if known.all() else data.sample.rows(known)
    regime, treated = regime[known], sample.treated
    notes = []
    if not known.all():
        notes.append(
            text(
                "Regime x year effects: {count} rows without {column} left out",
                count=int(np.sum(~known)),
                column=Name(model.threshold),
            )
        )
    nuisance = [sample.x[:, j] for j in range(sample.x.shape[1])]
    for r in range(count):
        nuisance += [((regime == r) & (sample.time == t)).astype(float) for t in np.unique(sample.time)]
    focus = [(treated & (regime == r)).astype(float) for r in range(count + 1)]
    raw = np.column_stack([*nuisance, *focus])
    effects = [sample.entity, sample.time]
    x = demean(raw, effects)
    lost = {j for listed in unidentified(x, raw) for j in listed}
    kept = [j for j in range(x.shape[1]) if j not in lost]
    fit = least_squares(demean(sample.y[:, None], effects)[:, 0], x[:, kept])
    vcov = cluster(fit, sample.clusters, parameters(len(kept), effects, sample.clusters))
    estimate, error = np.full(count + 1, np.nan), np.full(count + 1, np.nan)
    for r in range(count + 1):
        j = len(nuisance) + r
        if j in lost:
            notes.append(
                text(
                    "{regime}: regime x year effects leave nothing to compare",
                    regime=regime_text(model.threshold, r, count),
                )
            )
        else:
            estimate[r], error[r] = fit.beta[kept.index(j)], vcov.std_error[kept.index(j)]
    return inference([str(r) for r in range(count + 1)], estimate, error, vcov.df), len(sample.y), notes
