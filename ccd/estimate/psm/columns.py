"""The columns that stand beside the matched effect: other weights, and doubly robust roads."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

import numpy as np

from ccd.arrays import BoolArray, FloatArray
from ccd.errors import EstimationError
from ccd.estimate.did import CallawaySantAnna, TwoByTwo, Unestimable, doubly_robust, doubly_robust_improved
from ccd.estimate.linear.inference import terms_of
from ccd.estimate.matching import Matched, Settings, Units, match
from ccd.estimate.psm.design import MatchingDesign, Question
from ccd.estimate.psm.regression import weighted_did
from ccd.estimate.rows.influence import entity_clusters, influence_vcov
from ccd.estimate.rows.sample import Sample
from ccd.estimate.rows.wide import widen
from ccd.results import Named, TermRow
from ccd.streams import Stream
from ccd.words import text

NORMAL = float("inf")


class Column(NamedTuple):
    """The policy's effect by one road, and the number of rows it stands on."""

    effect: TermRow
    nobs: int


@dataclass(frozen=True)
class Setting:
    """What the columns share: the question, the sample, who was matched, and the units of the base design."""

    question: Question
    sample: Sample
    design: MatchingDesign
    matched: Matched
    units: Units
    base: MatchingDesign


def entropy_column(s: Setting) -> Column:
    """Return the effect under entropy-balancing weights of the same design."""
    matched = match(replace(s.units, count=None), Settings("entropy-balance"))
    return _regressed(s, s.design.row_weights(matched.weight, s.sample))


def unmatched_column(s: Setting) -> Column:
    """Return the effect on the whole sample."""
    return _regressed(s, None)


def support_column(s: Setting) -> Column:
    """Return the effect on the regions (or rows) on common support, unweighted."""
    rows = s.design.row_weights(s.matched.on_support.astype(float), s.sample)
    return _regressed(s, (rows > 0).astype(float))


def traditional_column(s: Setting) -> Column:
    """Return the doubly robust DID on means before and after (Sant'Anna & Zhao 2020)."""
    return _two_by_two(s, doubly_robust)


def improved_column(s: Setting) -> Column:
    """Return its improved form."""
    return _two_by_two(s, doubly_robust_improved)


def callaway_column(s: Setting) -> Column:
    """Return Callaway & Sant'Anna's doubly robust simple mean, the matching columns at each base year."""
    return _callaway(s, "dr")


def callaway_regression_column(s: Setting) -> Column:
    """Return the same by outcome regression alone, which cohorts of one region can carry."""
    return _callaway(s, "reg")


def _callaway(s: Setting, method: Literal["dr", "reg"]) -> Column:
    never = bool(np.isnan(s.sample.entity_cohort).any())
    model = CallawaySantAnna(
        name="columns",
        kind="did",
        estimator="callaway-santanna",
        outcome=s.question.outcome,
        policy=s.question.policy,
        covariates=s.question.match_on,
        method=method,
        control_group="never" if never else "not-yet",
    )
    columns = np.column_stack([s.sample.panel.column(c) for c in s.question.match_on])
    known = np.asarray(np.isfinite(columns).all(axis=1))
    sample = s.sample if known.all() else s.sample.rows(known)
    found = model.effect(sample, Stream(0, "columns"))  # draws nothing
    return Column(_effect(s, np.array([found.estimate]), np.array([found.std_error]), NORMAL), len(sample.y))


def _regressed(s: Setting, weight: FloatArray | None) -> Column:
    fit = weighted_did(s.sample, weight, s.question.keys, s.question.where)
    return Column(_effect(s, fit.beta[:1], fit.vcov.std_error[:1], fit.vcov.df), fit.nobs)


def _two_by_two(s: Setting, method: Callable[[BoolArray, FloatArray, FloatArray], TwoByTwo]) -> Column:
    where = s.question.where
    wide = widen(s.sample)
    after = wide.years >= wide.cohorts[0]
    seen = wide.seen[:, after].any(axis=1) & wide.seen[:, ~after].any(axis=1)
    seen &= np.isfinite(s.base.x).all(axis=1)
    change = np.nanmean(wide.y[seen][:, after], axis=1) - np.nanmean(wide.y[seen][:, ~after], axis=1)
    groups = [np.unique(g[seen], return_inverse=True)[1] for g in entity_clusters(s.sample, where=where)]
    try:
        found = method(np.isfinite(wide.cohort[seen]), change[:, None], s.base.x[seen])
    except Unestimable as error:
        reason = {
            "few": text("fewer controls than matching columns"),
            "separated": text("the matching columns separate treated from controls"),
            "outside": text("no weights on the controls give the treated means"),
            "constant": text("matching columns are constant"),
            "collinear": text("matching columns are collinear"),
        }[error.reason]
        raise EstimationError(reason, where=where, fix=text("match on fewer columns")) from error
    std_error = np.sqrt(np.diag(influence_vcov(found.psi / len(change), groups)))
    return Column(_effect(s, found.att, std_error, NORMAL), len(change))


def _effect(s: Setting, estimate: FloatArray, std_error: FloatArray, df: float) -> TermRow:
    return terms_of([Named(s.question.policy)], estimate, std_error, df).row(0)


#: name -> how the column beside the matched one is estimated.
COLUMNS: dict[str, Callable[[Setting], Column]] = {
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
