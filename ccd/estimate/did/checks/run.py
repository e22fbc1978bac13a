"""What is asked of an estimate after the fit: pre-trends, sensitivity, placebo, permutation, leaving out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import ClassVar, Protocol

import numpy as np

from ccd.arrays import FloatArray
from ccd.estimate.contrasts.compare import CompareSpec, compare
from ccd.estimate.did.checks.heterogeneity import heterogeneity
from ccd.estimate.did.checks.lags import lags
from ccd.estimate.did.checks.leave_out import leave_out
from ccd.estimate.did.checks.permutation import permutation
from ccd.estimate.did.checks.permuted_study import Redealt, follow
from ccd.estimate.did.checks.placebo import PlaceboSpec, placebo
from ccd.estimate.did.checks.sensitivity import SensitivitySpec, sensitivity
from ccd.estimate.did.effects import Check, Finding, Refit, added, answered, effect_of
from ccd.estimate.linear.inference import LEVEL
from ccd.estimate.linear.pretrend import pretrend
from ccd.estimate.linear.resample import critical_value, p_value
from ccd.estimate.rows.deals import PermutationSpec, few_treated, leading_note
from ccd.estimate.rows.event_study import behind
from ccd.estimate.rows.sample import Sample
from ccd.results import Estimate, EventCovariance, EventStudy, Part, Permutation
from ccd.streams import Stream
from ccd.words import P, Text, text

#: Deals for each effect with one left out, of estimators that fit every deal anew; and for each moved date, whose
#: cells change with the deal, so that every deal is a fit for all estimators.
LEFT_OUT, DATED = 199, 499


class Asked(Refit, Redealt, Protocol):
    """A model that can fit its effect again, and which checks a study asks of it."""

    batches: ClassVar[bool]
    always_permuted: ClassVar[bool]
    why_permuted: ClassVar[Text]
    one_base: ClassVar[bool]

    @property
    def ends(self) -> tuple[int, int] | None:
        """Return the event times into which those beyond are pooled; None: none are."""

    @property
    def last_lead(self) -> int:
        """Return the last event time that is tested as a lead."""

    def of_trend(self, sample: Sample, stream: Stream) -> Mapping[int, float]:
        """Return what the event study shows of a difference in trends of 1 a year."""

    @property
    def placebo(self) -> PlaceboSpec | None:
        """Return the placebo test asked for."""

    @property
    def permutation(self) -> PermutationSpec | None:
        """Return the permutation asked for; few treated regions ask for it by themselves."""

    @property
    def sensitivity(self) -> SensitivitySpec | None:
        """Return the violations of parallel trends asked for."""

    @property
    def heterogeneity(self) -> str:
        """Return the column of groups; empty: none."""

    @property
    def compare(self) -> CompareSpec | None:
        """Return the groups to compare in pairs; None: none."""

    @property
    def lags(self) -> tuple[int, ...]:
        """Return the years by which the policy is moved."""

    @property
    def leave_out(self) -> str:
        """Return what is left out one by one; empty: nothing."""

    def own_checks(self, sample: Sample, deals: int, stream: Stream) -> tuple[Check, ...]:
        """Return what this estimator alone can be asked; ``deals`` permutations lead where there are some."""


def checked(model: Asked, sample: Sample, estimate: Estimate, stream: Stream) -> Estimate:
    """Return the estimate with every check the study asks for, and the headline p that METHODS 3 names.

    A check without an answer becomes a note, which ``Estimate.failed`` lists; the others go on.
    """
    tested, estimate = with_pretrend(model, sample, estimate, stream)
    found = [tested, *map(answered, checks(model, sample, estimate, stream))]
    estimate = added(replace(estimate, headline_p="analytic"), found)
    permuted = estimate.value(Permutation)
    if permuted is None:
        return estimate
    if not permuted_leads(model, sample):
        return beside(estimate, permuted)
    estimate = led_by(estimate, permuted, model.acting(sample), model.why_permuted)
    return follow(model, sample, estimate, len(permuted.draw), stream)


def led(model: Asked, sample: Sample, estimate: Estimate, stream: Stream) -> Estimate:
    """Return the estimate with the headline p and interval that METHODS 3 names, having run no other check."""
    deals = leading(model, sample)
    if not deals:
        return estimate
    found = permutation(model, sample, deals, effect_of(estimate), stream)
    permuted = next((part.value for part in found.parts if isinstance(part.value, Permutation)), None)
    return (
        estimate if permuted is None else led_by(estimate, permuted, model.acting(sample), model.why_permuted)
    )


def leading(model: Asked, sample: Sample) -> int:
    """Return how many permutations lead the p-values; 0 where the analytic ones do."""
    asked = model.permutation or PermutationSpec(draws=model.own_deals(sample))
    return asked.draws if permuted_leads(model, sample) else 0


def permuted_leads(model: Asked, sample: Sample) -> bool:
    """Tell whether the permutation carries p and interval: few treated regions, or analytic errors that fail."""
    return model.always_permuted or few_treated(model.acting(sample))


def checks(model: Asked, sample: Sample, estimate: Estimate, stream: Stream) -> Iterator[Check]:
    """Yield the checks that a study asks for, in the order of the page."""
    effect, deals = effect_of(estimate), leading(model, sample)
    at_once = model.batches or model.deals_outcomes(sample)
    many = deals if at_once else min(deals, model.study_deals)
    left, dated = deals if at_once else min(deals, LEFT_OUT), min(deals, DATED)
    if (bounds := model.sensitivity) is not None:
        yield Check(text("Sensitivity"), lambda: _sensitivity(bounds, model.one_base, estimate, stream))
    if (made := model.placebo) is not None and (made.draws or made.by == "time"):
        yield Check(text("Placebo"), lambda: placebo(model, sample, made, effect, dated, stream))
    asked = model.permutation or (
        PermutationSpec(draws=model.own_deals(sample)) if permuted_leads(model, sample) else None
    )
    if asked is not None and asked.draws:
        draws = asked.draws
        yield Check(text("Permutation"), lambda: permutation(model, sample, draws, effect, stream))
    if column := model.heterogeneity:
        yield Check(text("Heterogeneity"), lambda: heterogeneity(model, sample, column, many, stream))
    if (pairs := model.compare) is not None:
        yield Check(text("Differences between groups"), lambda: compare(model, sample, pairs, stream))
    if years := model.lags:
        yield Check(text("Lags of the policy"), lambda: lags(model, sample, years, deals, stream))
    yield from model.own_checks(sample, deals, stream)
    if by := model.leave_out:
        yield Check(
            text("Leaving out one by one"), lambda: leave_out(model, sample, by, effect, left, stream)
        )


def with_pretrend(
    model: Asked, sample: Sample, estimate: Estimate, stream: Stream
) -> tuple[Finding, Estimate]:
    """Return the joint test of the leads, and the estimate whose event study carries it."""
    study = studied(estimate)
    if study is None:
        return Finding(), estimate
    times, beta, matrix = study
    moved = model.of_trend(sample, stream) if (times <= model.last_lead).any() else {}
    shift = np.array([moved.get(int(e), np.nan) for e in times])
    test = pretrend(times, beta, matrix, effect_of(estimate).df, model.last_lead, shift)
    carried = tuple(
        Part(
            replace(
                part.value,
                pretrend=test,
                behind=behind(model.acting(sample), part.value.event_time, model.ends),
            ),
            part.name,
            part.notes,
        )
        if isinstance(part.value, EventStudy)
        else part
        for part in estimate.parts
    )
    p_values = {} if test.p_value is None else {"pretrend": test.p_value}
    return Finding(details={"pretrend": test.facts()}, p_values=p_values), replace(estimate, parts=carried)


def studied(estimate: Estimate) -> tuple[FloatArray, FloatArray, FloatArray] | None:
    """Return event times, estimates (k,) and covariance (k, k) of the estimated event times that are shown."""
    study, covariance = estimate.value(EventStudy), estimate.value(EventCovariance)
    if study is None or covariance is None:
        return None
    place = np.searchsorted(study.event_time, covariance.event_time)
    return covariance.event_time.astype(np.float64), study.estimate[place], covariance.matrix


def _sensitivity(spec: SensitivitySpec, one_base: bool, estimate: Estimate, stream: Stream) -> Finding:
    """Return the sensitivity analysis, or a note where leads and effects do not share the base e = -1."""
    study, found = estimate.value(EventStudy), studied(estimate)
    if study is None or found is None:
        return Finding()
    if -1 in study.base and one_base:
        return sensitivity(*found, spec, stream)
    note = text(
        "Sensitivity not computed: it needs leads and effects that are all relative to event time -1 (as two-way fixed "
        "effects gives them, and Callaway and Sant'Anna with the universal base period)"
    )
    return Finding(notes=(note,))


def led_by(estimate: Estimate, found: Permutation, sample: Sample, why: Text) -> Estimate:
    """Return the estimate whose headline p and interval are the permutation's; ``why`` where treated are many."""
    terms, place = estimate.terms, estimate.terms.place(estimate.headline.name)
    led = {"p_value": found.p_value, "conf_low": found.conf_low, "conf_high": found.conf_high}
    changed = {column: getattr(terms, column).copy() for column in led}
    for column, value in led.items():
        changed[column][place] = value
    drawn = np.empty((0, 0)) if found.beside is None else found.beside
    for k, statistic in enumerate(drawn.T, start=(place or 0) + 1):
        kept, error = statistic[np.isfinite(statistic)], terms.std_error[k]
        half = critical_value(kept, LEVEL) * error
        changed["p_value"][k] = p_value(terms.estimate[k] / error, kept)
        changed["conf_low"][k], changed["conf_high"][k] = terms.estimate[k] - half, terms.estimate[k] + half
    terms = replace(terms, **changed, p_analytic=terms.p_value)
    if not few_treated(sample):
        said = text(
            "p-values and intervals of {policy}: studentised permutation of the cohorts over the regions ({draws} "
            "draws, p in steps of 1/{steps}), since {why}; the analytic p {analytic}",
            why=why,
            policy=estimate.headline.words,
            draws=found.draws,
            steps=found.draws + 1,
            analytic=P(estimate.leading.p_value),
        )
        return replace(estimate, terms=terms, headline_p="permutation", notes=(*estimate.notes, said))
    note = leading_note(estimate.headline.words, found.draws, sample, estimate.leading.p_value)
    return replace(estimate, terms=terms, headline_p="permutation", notes=(*estimate.notes, note))


def beside(estimate: Estimate, found: Permutation) -> Estimate:
    """Return the estimate with a note on the permutation, which does not lead."""
    note = text(
        "The p-value of {policy} is the analytic one; studentised permutation ({draws} draws, p in steps of "
        "1/{steps}) gives p {p}",
        policy=estimate.headline.words,
        draws=found.draws,
        steps=found.draws + 1,
        p=P(found.p_value),
    )
    terms = replace(estimate.terms, p_analytic=estimate.terms.p_value)
    return replace(estimate, terms=terms, notes=(*estimate.notes, note))
