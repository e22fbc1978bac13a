"""From a question to an estimate: match, regress, and put the tables beside it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ccd.estimate.matching import Matched, Score, Settings, Units, match
from ccd.estimate.psm.balance import balance_part
from ccd.estimate.psm.columns import Column, Setting
from ccd.estimate.psm.comparison import comparison_part
from ccd.estimate.psm.design import MatchingDesign, Question
from ccd.estimate.psm.designs.base import base_design
from ccd.estimate.psm.event_study import matched_study
from ccd.estimate.psm.inference import Errors
from ccd.estimate.psm.lagged import lagged_note
from ccd.estimate.psm.matched_effects import matched_effects
from ccd.estimate.psm.notes import refuse_unmatched, remarks
from ccd.estimate.psm.pairs import all_pairs, matches_part, weights_part
from ccd.estimate.psm.permuted import Redraw, led_errors, unstratified
from ccd.estimate.psm.pipeline import Pipeline
from ccd.estimate.psm.regression import Regression, weighted_did
from ccd.estimate.psm.scores import density_part, score_part, support_part
from ccd.estimate.psm.self_matches import self_matches
from ccd.estimate.rows.sample import Sample
from ccd.panel import Panel
from ccd.results import Estimate, Named, Part, Value


@dataclass(frozen=True)
class MatchedFit:
    """Who is matched, and the regression under those weights; ``score`` is None where each year has its own."""

    question: Question
    sample: Sample
    design: MatchingDesign
    score: Score | None
    units: Units
    settings: Settings
    matched: Matched
    regression: Regression


def match_and_regress(pipeline: Pipeline, sample: Sample, question: Question) -> MatchedFit:
    """Return the regression on what is matched. Raises EstimationError without score, match or effect."""
    design = pipeline.design
    score, units, settings = pipeline.scored(None)
    matched = match(units, settings)
    refuse_unmatched(units, matched, settings, question.where)
    weight = design.row_weights(matched.weight, sample)
    regression = weighted_did(sample, weight, question.keys, question.where)
    return MatchedFit(question, sample, design, score, units, settings, matched, regression)


def headline(kind: str, fit: MatchedFit, errors: Errors, leads: bool = False) -> Estimate:
    """Return the effect with its errors, and no table beside it; ``leads`` tells that the permutation does."""
    question, regression = fit.question, fit.regression
    return Estimate(
        kind=kind,
        estimator=fit.settings.matcher,
        outcome=question.outcome,
        headline=Named(question.policy),
        terms=errors.terms,
        covariance=errors.covariance,
        sample=regression.size(),
        vcov=errors.vcov,
        clusters=regression.vcov.clusters,
        df=errors.df,
        effects=("entity", "time"),
        controls=question.controls,
        r2_within=regression.r2,
        p_values=errors.p_values,
        headline_p="permutation" if leads else None,
        details={
            "nobs_unmatched": len(fit.sample.y),
            "entities_unmatched": len(fit.sample.panel.entities),
            **errors.details,
            "design": question.design,
        },
    )


def assemble(kind: str, fit: MatchedFit, errors: Errors, panel: Panel, redraw: Redraw | None) -> Estimate:
    """Return the estimate with its tables and notes (METHODS 4); ``redraw`` are the permutations that lead."""
    plain = errors
    permuted: list[Part[Value]] = []
    if redraw is not None:
        errors, part = led_errors(redraw, fit.regression, errors)
        redraw = redraw if part is not None else None
        permuted += [part] if part is not None else []
    question, sample, design, units, matched = fit.question, fit.sample, fit.design, fit.units, fit.matched
    alone = headline(kind, fit, errors, redraw is not None)
    labels = design.labels(sample)
    pairs = all_pairs(units, fit.settings)
    balance = balance_part(design, matched, question.match_on)
    support = support_part(units, matched, labels)
    study = matched_study(sample, design.row_weights(matched.weight, sample), question, redraw)
    effects, unmade = matched_effects(question, sample, fit.score, units, fit.settings)
    parts: list[Part[Value]] = [
        _beside(fit, errors, panel, float(plain.terms.p_value[0]), redraw),
        *study.parts,
        *effects,
        *matches_part(design, units, pairs, sample),
        balance,
        density_part(units, matched),
        support,
        weights_part(design, units, matched, pairs, sample),
        *permuted,
    ]
    if fit.score is not None:
        parts.append(score_part(fit.score, question.match_on))
    notes = (
        *sample.notes,
        *lagged_note(panel, question.outcome, question.match_on),
        *design.notes,
        *remarks(design, units, matched, fit.settings, labels),
        *self_matches(design, matched, pairs, sample),
        *unmade,
        *study.notes,
        *errors.notes,
    )
    summary = {**balance.value.summary(), "off_support": support.value.off_support}
    details = {**alone.details, **study.details, "balance_summary": summary}
    p_values = {**alone.p_values, **study.p_values}
    return replace(alone, details=details, p_values=p_values, notes=notes, parts=tuple(parts))


def _beside(
    fit: MatchedFit, errors: Errors, panel: Panel, analytic: float, redraw: Redraw | None
) -> Part[Value]:
    question, design = fit.question, fit.design
    if question.design != "base":
        design = base_design(panel, fit.sample, unstratified(question))
    setting = Setting(question, fit.sample, fit.design, fit.matched, fit.units, design)
    matched = Column(errors.terms.row(0), fit.regression.nobs)
    return comparison_part(setting, fit.settings.matcher, matched, analytic, redraw)
