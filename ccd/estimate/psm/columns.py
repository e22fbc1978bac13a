"""The second stage of PSM-DID, and the columns that stand beside it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import pandas as pd

from ccd.arrays import FloatArray
from ccd.errors import EstimationError
from ccd.estimate.did.callaway_santanna import CallawaySantAnna
from ccd.estimate.did.group_time.drdid import TwoByTwo, Unestimable, doubly_robust
from ccd.estimate.did.group_time.improved import doubly_robust_improved
from ccd.estimate.linear.inference import inference
from ccd.estimate.linear.ols import Fit, demean, least_squares, unidentified
from ccd.estimate.linear.vcov import Vcov, cluster, parameters
from ccd.estimate.matching import Matched, Settings, Units, match
from ccd.estimate.psm.design import Design
from ccd.estimate.rows.influence import entity_clusters, influence_vcov
from ccd.estimate.rows.sample import Sample
from ccd.estimate.rows.wide import widen
from ccd.results import Part, loose
from ccd.streams import Stream
from ccd.words import Text, text

NORMAL = float("inf")


@dataclass(frozen=True)
class Regression:
    """A two-way regression: ``beta`` (k,) with the policy first, its covariance, within R2, rows and regions."""

    beta: FloatArray
    vcov: Vcov
    r2: float
    nobs: int
    entities: int


def weighted_did(sample: Sample, weight: FloatArray | None, names: list[str], where: str) -> Regression:
    """Return y on D and the controls under analytic row weights (n,), rows of weight 0 left out of n and G.

    ``names`` (k) are the policy and the controls. Errors are clustered as the sample says. Raises
    EstimationError when the effect is not identified under the weights.
    """
    if weight is not None:
        keep = weight != 0
        sample, weight = sample.rows(keep), weight[keep]
    if min(int(group.max()) + 1 for group in sample.clusters) < 2:
        raise EstimationError("one cluster is left", where=where, fix="match less narrowly")
    raw = np.column_stack([sample.treated.astype(float), sample.x])
    effects = [sample.entity, sample.time]
    x = demean(raw, effects, weight)
    size = None if weight is None else np.abs(weight)
    for found in unidentified(x, raw, size):
        if found:
            raise EstimationError(
                f"{', '.join(names[j] for j in found)}: no variation is left after region and year effects",
                where=where,
                fix="leave it out, or match less narrowly",
            )
    fit = _solve(demean(sample.y[:, None], effects, weight)[:, 0], x, weight, where)
    vcov = cluster(fit, sample.clusters, parameters(x.shape[1], effects, sample.clusters))
    return Regression(fit.beta, vcov, fit.r2, len(sample.y), len(sample.panel.entities))


def _solve(y: FloatArray, x: FloatArray, weight: FloatArray | None, where: str) -> Fit:
    """Return the fit; weights of both signs (local linear matching) go through the normal equations."""
    if weight is None or (weight >= 0).all():
        return least_squares(y, x, weight)
    gram = (x * weight[:, None]).T @ x
    if np.linalg.eigvalsh(gram).min() <= 1e-12 * np.abs(gram).max():
        raise EstimationError(
            "negative weights outweigh the positive ones",
            where=where,
            fix='take a wider bandwidth, or matcher = "kernel"',
        )
    inverse = np.asarray(np.linalg.inv(gram), dtype=np.float64)
    beta = inverse @ (x.T @ (weight * y))
    resid = y - x @ beta
    total = float(weight @ y**2)
    r2 = 1 - float(weight @ resid**2) / total if total > 0 else float("nan")
    return Fit(beta, resid, inverse, x, weight, r2)


@dataclass(frozen=True)
class Setting:
    """What the columns share: the sample, who was matched, and the names."""

    sample: Sample
    design: Design
    matched: Matched
    units: Units
    base: Design
    names: list[str]
    match_on: tuple[str, ...]
    outcome: str
    where: str


def entropy_column(s: Setting) -> tuple[pd.DataFrame, int]:
    """Return the effect under entropy-balancing weights of the same design."""
    matched = match(replace(s.units, count=None), Settings("entropy-balance"))
    return _regressed(s, s.design.row_weights(matched.weight, s.sample))


def unmatched_column(s: Setting) -> tuple[pd.DataFrame, int]:
    """Return the effect on the whole sample."""
    return _regressed(s, None)


def support_column(s: Setting) -> tuple[pd.DataFrame, int]:
    """Return the effect on the regions (or rows) on common support, unweighted."""
    rows = s.design.row_weights(s.matched.on_support.astype(float), s.sample)
    return _regressed(s, (rows > 0).astype(float))


def traditional_column(s: Setting) -> tuple[pd.DataFrame, int]:
    """Return the doubly robust DID on means before and after (Sant'Anna & Zhao 2020)."""
    return _two_by_two(s, doubly_robust)


def improved_column(s: Setting) -> tuple[pd.DataFrame, int]:
    """Return its improved form."""
    return _two_by_two(s, doubly_robust_improved)


def callaway_column(s: Setting) -> tuple[pd.DataFrame, int]:
    """Return Callaway & Sant'Anna's doubly robust simple mean, the matching columns at each base year."""
    return _callaway(s, "dr")


def callaway_regression_column(s: Setting) -> tuple[pd.DataFrame, int]:
    """Return the same by outcome regression alone, which cohorts of one region can carry."""
    return _callaway(s, "reg")


def _callaway(s: Setting, method: Literal["dr", "reg"]) -> tuple[pd.DataFrame, int]:
    never = bool(np.isnan(s.sample.entity_cohort).any())
    model = CallawaySantAnna(
        name="columns",
        kind="did",
        estimator="callaway-santanna",
        outcome=s.outcome,
        policy=s.names[0],
        covariates=s.match_on,
        method=method,
        control_group="never" if never else "not-yet",
    )
    columns = np.column_stack([s.sample.panel.column(c) for c in s.match_on])
    sample = s.sample.rows(np.asarray(np.isfinite(columns).all(axis=1)))
    estimate = model.estimate(sample, Stream(0, "columns"))  # draws nothing
    return estimate.terms.frame(), len(sample.y)


def _regressed(s: Setting, weight: FloatArray | None) -> tuple[pd.DataFrame, int]:
    fit = weighted_did(s.sample, weight, s.names, s.where)
    return inference(s.names, fit.beta, fit.vcov.std_error, fit.vcov.df), fit.nobs


def _two_by_two(
    s: Setting, method: Callable[[np.ndarray, FloatArray, FloatArray], TwoByTwo]
) -> tuple[pd.DataFrame, int]:
    wide = widen(s.sample)
    after = wide.years >= wide.cohorts[0]
    seen = wide.seen[:, after].any(axis=1) & wide.seen[:, ~after].any(axis=1)
    seen &= np.isfinite(s.base.x).all(axis=1)
    change = np.nanmean(wide.y[seen][:, after], axis=1) - np.nanmean(wide.y[seen][:, ~after], axis=1)
    groups = [np.unique(g[seen], return_inverse=True)[1] for g in entity_clusters(s.sample, where=s.where)]
    try:
        found = method(np.isfinite(wide.cohort[seen]), change[:, None], s.base.x[seen])
    except Unestimable as error:
        reason = {
            "few": "fewer controls than matching columns",
            "separated": "the matching columns separate treated from controls",
        }.get(error.reason, f"matching columns are {error.reason}")
        raise EstimationError(reason, where=s.where, fix="match on fewer columns") from error
    std_error = np.sqrt(np.diag(influence_vcov(found.psi / len(change), groups)))
    return inference(s.names[:1], found.att, std_error, NORMAL), len(change)


#: Columns beside the matched one: how each is estimated, and whether its weights or model adjust.
COLUMNS: dict[str, Callable[[Setting], tuple[pd.DataFrame, int]]] = {
    "unmatched": unmatched_column,
    "support": support_column,
    "entropy": entropy_column,
    "dr-traditional": traditional_column,
    "dr-improved": improved_column,
    "callaway-santanna": callaway_column,
    "callaway-regression": callaway_regression_column,
}
#: Those that do not adjust for the matching columns.
UNADJUSTED = ("unmatched", "support")


def column_labels() -> dict[str, Text]:
    """Return the heading of each column, the matchers first."""
    return {
        "kernel": text("Kernel matching"),
        "nearest": text("Nearest-neighbour matching"),
        "radius": text("Radius matching"),
        "local-linear": text("Local linear matching"),
        "mahalanobis": text("Mahalanobis matching"),
        "entropy-balance": text("Entropy balancing"),
        "unmatched": text("Unmatched"),
        "support": text("On common support, unweighted"),
        "entropy": text("Entropy balancing"),
        "dr-traditional": text("Doubly robust DID, traditional"),
        "dr-improved": text("Doubly robust DID, improved"),
        "callaway-santanna": text("Callaway-Sant'Anna, doubly robust"),
        "callaway-regression": text("Callaway-Sant'Anna, outcome regression"),
    }


def comparison(s: Setting, matcher: str, terms: pd.DataFrame, nobs: int) -> Part:
    """Return the matched effect and every column beside it, and notes on those that cannot be had."""
    labels = column_labels()
    rows, notes = [_row(labels[matcher], matcher, terms, nobs)], []
    for name in _wanted(s, matcher):
        if name == "callaway-regression" and rows[-1]["column"] == "callaway-santanna":
            continue  # it stands in where the doubly robust form does not exist
        try:
            found, size = COLUMNS[name](s)
        except EstimationError as error:
            notes.append(
                text("{column} is not in the comparison: {reason}", column=labels[name], reason=error.what)
            )
            continue
        rows.append(_row(labels[name], name, found, size))
    frame = pd.DataFrame(rows)
    return loose("comparison", frame, "comparison", _agreement(frame, s.names[0]), tuple(notes))


def _wanted(s: Setting, matcher: str) -> list[str]:
    one = len(np.unique(s.sample.cohort[np.isfinite(s.sample.cohort)])) == 1
    never = bool(np.isnan(s.sample.entity_cohort).any())
    leave = {"entropy"} if matcher == "entropy-balance" else set()
    leave |= set() if one and never else {"dr-traditional", "dr-improved"}
    leave |= {"callaway-santanna", "callaway-regression"} if one and never else set()
    return [name for name in COLUMNS if name not in leave]


def _row(label: Text, column: str, terms: pd.DataFrame, nobs: int) -> dict[str, object]:
    keys = ("estimate", "std_error", "p_value", "conf_low", "conf_high")
    return {"label": label, **{key: terms[key].iloc[0] for key in keys}, "nobs": nobs, "column": column}


def _agreement(frame: pd.DataFrame, policy: str) -> dict[str, object]:
    """Return the facts behind the sentence on how far the columns agree."""
    adjusted = frame[~frame["column"].isin(UNADJUSTED)]
    lowest, highest = float(adjusted["estimate"].min()), float(adjusted["estimate"].max())
    plain = float(frame.loc[frame["column"] == "unmatched", "estimate"].iloc[0])
    common = (float(adjusted["conf_low"].max()), float(adjusted["conf_high"].min()))
    return {
        "title": text("The effect by matching, weighting and doubly robust roads"),
        "policy": policy,
        "adjusted": len(adjusted),
        "lowest": lowest,
        "highest": highest,
        "unmatched": plain,
        "same_sign": bool(lowest * highest > 0),
        "significant": int((adjusted["p_value"] < 0.05).sum()),
        "intervals_share_a_value": bool(common[0] <= common[1]),
    }
