"""PSM-DID under permuted cohorts: score, matching and every column made anew in each deal of the cohorts."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

import numpy as np
from pydantic import Field

from ccd.arrays import FloatArray
from ccd.errors import EstimationError
from ccd.estimate.linear.resample import critical_value, p_value
from ccd.estimate.linear.studentised import LEAST, LEVEL, studentised
from ccd.estimate.matching import match
from ccd.estimate.psm.columns import COLUMNS, Column, Setting
from ccd.estimate.psm.design import MatchingDesign, Question
from ccd.estimate.psm.designs import DESIGNS
from ccd.estimate.psm.designs.base import base_design
from ccd.estimate.psm.inference import Errors
from ccd.estimate.psm.notes import refuse_unmatched
from ccd.estimate.psm.pipeline import Pipeline
from ccd.estimate.psm.regression import Regression, weighted_did
from ccd.estimate.rows.deals import PermutationSpec, dealt, few_treated, leading_note
from ccd.estimate.rows.sample import Sample
from ccd.panel import Panel
from ccd.progress import told
from ccd.results import Named, Part, Permutation
from ccd.streams import Stream
from ccd.words import Name, Text, text

#: Deals of the columns beside the matched one, which cost three times as much.
BESIDE = 199


class MatchingPermutation(PermutationSpec):
    """``permutation = { draws = 999 }``."""

    draws: int = Field(default=999, ge=0)
    """Number of permutations, each matched anew; 0 turns the test off."""


class AllMatched(NamedTuple):
    """Effect and standard error ``found`` (R, 2) of every deal, nan where it cannot be matched, and the matches.

    ``settings`` are the matches of the first BESIDE deals and ``weights`` their row weights (n,), None where there
    are none.
    """

    found: FloatArray
    settings: tuple[Setting | None, ...]
    weights: tuple[FloatArray | None, ...]


@dataclass(frozen=True)
class Redraw:
    """What is drawn again: the question on ``sample``, matched by ``pipeline``, under ``cohorts`` (R, N)."""

    panel: Panel
    sample: Sample
    question: Question
    pipeline: Pipeline
    cohorts: FloatArray

    @cached_property
    def all_matched(self) -> AllMatched:
        """Return every deal, matched and regressed."""
        found = np.full((len(self.cohorts), 2), np.nan)
        settings: list[Setting | None] = []
        weights: list[FloatArray | None] = []
        for r, cohort in enumerate(told(self.cohorts, "draws", len(self.cohorts))):
            setting, weight = None, None
            with suppress(EstimationError):
                setting, weight, regression = self.matched(cohort)
                found[r] = regression.beta[0], regression.vcov.std_error[0]
            if r < BESIDE:
                settings.append(setting)
                weights.append(weight)
        return AllMatched(found, tuple(settings), tuple(weights))

    def under(self, cohort: FloatArray) -> Sample:
        """Return the sample under the cohorts (N,) of a deal."""
        return replace(self.sample, cohort=cohort[self.sample.entity])

    def matched(self, cohort: FloatArray) -> tuple[Setting, FloatArray, Regression]:
        """Return who is matched under the cohorts (N,) of one deal, the row weights (n,), and the regression.

        Raises EstimationError.
        """
        question, sample = self.question, self.under(cohort)
        design = self.redesigned(sample, cohort)
        _, units, settings = replace(self.pipeline, design=design).scored(None)
        matched = match(units, settings)
        refuse_unmatched(units, matched, settings, question.where)
        weight = design.row_weights(matched.weight, sample)
        regression = weighted_did(sample, weight, question.keys, question.where)
        base = (
            design if question.design == "base" else base_design(self.panel, sample, unstratified(question))
        )
        return Setting(question, sample, design, matched, units, base), weight, regression

    def redesigned(self, sample: Sample, cohort: FloatArray) -> MatchingDesign:
        """Return the units of a deal; those of the base design keep their values, whoever is treated."""
        if self.question.design == "base":
            return replace(self.pipeline.design, when=cohort, treated=np.isfinite(cohort))
        return DESIGNS[self.question.design].units(self.panel, sample, self.question)


def unstratified(question: Question) -> Question:
    """Return the question as the doubly robust columns take it: no exact strata, means before treatment."""
    return replace(question, exact="", year=None)


def redraw(
    panel: Panel, sample: Sample, question: Question, pipeline: Pipeline, draws: int, stream: Stream
) -> Redraw | None:
    """Return the deals that lead the p-values; None where few are drawn or the analytic ones lead."""
    if draws < LEAST or not few_treated(sample):
        return None
    return Redraw(panel, sample, question, pipeline, dealt(sample, draws, stream))


def led_errors(
    redraw: Redraw, regression: Regression, errors: Errors
) -> tuple[Errors, Part[Permutation] | None]:
    """Return the errors whose policy has p and interval of the permutation, and the part ``permutation``.

    t is by the errors that take the weights as fixed, in the data as in the draws. Where too few deals identify the
    effect, there is no such part, and a note says so.
    """
    found = redraw.all_matched.found
    with np.errstate(divide="ignore", invalid="ignore"):
        drawn = np.where(found[:, 1] > 0, found[:, 0] / found[:, 1], np.nan)
    kept = drawn[np.isfinite(drawn)]
    if len(kept) < LEAST:
        rows = (Name(redraw.question.policy),)
        note = text("Analytic, since too few permutations identify them: {rows}", rows=rows)
        return replace(errors, notes=(*errors.notes, note)), None
    estimate, error = float(regression.beta[0]), float(regression.vcov.std_error[0])
    critical = critical_value(kept, LEVEL)
    value = Permutation(
        draw=np.arange(1, len(drawn) + 1),
        estimate=found[:, 0],
        std_error=found[:, 1],
        drawn=drawn,
        observed=estimate / error,
        p_value=p_value(estimate / error, kept),
        draws=len(kept),
        critical=critical,
        conf_low=estimate - critical * error,
        conf_high=estimate + critical * error,
    )
    terms = errors.terms
    p, low, high = terms.p_value.copy(), terms.conf_low.copy(), terms.conf_high.copy()
    p[0], low[0], high[0] = value.p_value, value.conf_low, value.conf_high
    note = leading_note(
        Named(redraw.question.policy).words, len(kept), redraw.sample, float(terms.p_value[0])
    )
    led = replace(
        errors,
        terms=replace(terms, p_value=p, conf_low=low, conf_high=high, p_analytic=terms.p_value),
        p_values={**errors.p_values, "permutation": value.p_value},
        notes=(*errors.notes, note),
        details={**errors.details, "permutation": value.scalars()},
    )
    return led, Part(value)


def columns_drawn(redraw: Redraw, names: Sequence[str]) -> FloatArray:
    """Return t (R, k) of the columns ``names`` in the first BESIDE deals, each estimated anew; nan: it cannot be."""
    settings = redraw.all_matched.settings
    drawn = np.full((len(settings), len(names)), np.nan)
    for r, one in enumerate(settings):
        if one is None:
            continue
        for j, name in enumerate(names):
            with suppress(EstimationError), np.errstate(divide="ignore", invalid="ignore"):
                effect = COLUMNS[name](one).effect
                drawn[r, j] = effect.estimate / effect.std_error if effect.std_error > 0 else np.nan
    return drawn


def led_columns(
    found: dict[str, Column], drawn: FloatArray, names: Sequence[str]
) -> tuple[dict[str, Column], list[str]]:
    """Return the columns with those of ``names`` led by their t* ``drawn`` (R, k), and which of them are not."""
    effects = [found[name].effect for name in names]
    estimate = np.array([effect.estimate for effect in effects])
    one = studentised(estimate, np.array([effect.std_error for effect in effects]), drawn)
    led = dict(found)
    for j, name in enumerate(names):
        if one.known[j]:
            p, low, high = float(one.p_value[j]), float(one.conf_low[j]), float(one.conf_high[j])
            moved = effects[j]._replace(p_value=p, conf_low=low, conf_high=high)
            led[name] = Column(moved, found[name].nobs)
    return led, [name for name, known in zip(names, one.known, strict=True) if not known]


def columns_note(draws: int) -> Text:
    """Return the note of the comparison, ``draws`` being those of the matched column."""
    return text(
        "p-values and intervals: studentised permutation of the cohorts ({draws} draws, p in steps of 1/{steps}; of "
        "the columns beside {beside}, in steps of 1/{coarse}), every column matched and estimated anew in each",
        draws=draws,
        steps=draws + 1,
        beside=min(BESIDE, draws),
        coarse=min(BESIDE, draws) + 1,
    )
