"""What is asked of an estimate after the fit: pre-trends, sensitivity, placebo, permutation, leaving out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from ccd.estimate.did.checks.heterogeneity import heterogeneity
from ccd.estimate.did.checks.lags import lags
from ccd.estimate.did.checks.leave_out import leave_out
from ccd.estimate.did.checks.permutation import FEW, SMALL, PermutationSpec, few_treated, permutation
from ccd.estimate.did.checks.placebo import placebo
from ccd.estimate.did.checks.pretrend import pretrend
from ccd.estimate.did.checks.sensitivity import sensitivity
from ccd.estimate.did.effects import Effect, Finding, effect_of
from ccd.words import Text, names, text

if TYPE_CHECKING:
    from ccd.arrays import FloatArray
    from ccd.estimate.did.checks.sensitivity import SensitivitySpec
    from ccd.estimate.did.spec import DidSpec
    from ccd.estimate.rows.sample import Sample
    from ccd.results import Estimate
    from ccd.streams import Stream


def checked(model: DidSpec, sample: Sample, estimate: Estimate, stream: Stream) -> Estimate:
    """Return the estimate with every check the study asks for, and the headline p that METHODS 3 names."""
    effect = effect_of(estimate)
    _inside(model, estimate)
    findings = [_remarks(model, sample), *_findings(model, sample, estimate, effect, stream)]
    details, p_values = dict(estimate.details), dict(estimate.p_values)
    for finding in findings:
        details.update(finding.facts)
        p_values.update(finding.p_values)
    estimate = replace(
        estimate,
        headline_p="analytic",
        details=details,
        p_values=p_values,
        parts=(*estimate.parts, *(part for finding in findings for part in finding.parts)),
        notes=(*estimate.notes, *(note for finding in findings for note in finding.notes)),
    )
    if "permutation" not in details:
        return estimate
    return _headline(estimate, sample) if few_treated(sample) else _beside(estimate)


def led(model: DidSpec, sample: Sample, estimate: Estimate, stream: Stream) -> Estimate:
    """Return the estimate with the headline p and interval that METHODS 3 names, having run no other check."""
    asked = model.permutation or PermutationSpec()
    if not asked.draws or not few_treated(sample):
        return estimate
    found = permutation(model, sample, asked.draws, effect_of(estimate), stream)
    return _headline(replace(estimate, details={**estimate.details, **found.facts}), sample)


def _findings(
    model: DidSpec, sample: Sample, estimate: Estimate, effect: Effect, stream: Stream
) -> Iterator[Finding]:
    study = _event_study(estimate)
    if study is not None:
        facts = pretrend(*study, effect.df)
        tested = {"pretrend": float(str(facts["p_value"]))} if facts["testable"] else {}
        yield Finding(facts={"pretrend": facts}, p_values=tested)
        if model.sensitivity is not None:
            yield _sensitivity(model.sensitivity, model.one_base, estimate, study, stream)
    if model.placebo is not None and (model.placebo.draws or model.placebo.by == "time"):
        yield placebo(model, sample, model.placebo, effect, stream)
    asked = model.permutation or (PermutationSpec() if few_treated(sample) else None)
    if asked is not None and asked.draws:
        yield permutation(model, sample, asked.draws, effect, stream)
    if model.heterogeneity:
        yield heterogeneity(model, sample, model.heterogeneity, stream)
    if model.lags:
        yield lags(model, sample, model.lags, stream)
    yield from model.own_findings(sample, stream)
    if model.leave_out:
        yield leave_out(model, sample, model.leave_out, effect, stream)


def _remarks(model: DidSpec, sample: Sample) -> Finding:
    """Return the warning of controls that are measured in treated region-years too."""
    controls = tuple(getattr(model, "controls", ()))
    if not controls or not sample.treated.any():
        return Finding()
    note = text(
        "Measured after treatment too, so what the policy moves in them is taken out of its effect: {controls}",
        controls=names(controls),
    )
    return Finding(notes=(note,))


def _inside(model: DidSpec, estimate: Estimate) -> None:
    """Raise EstimationError when the window shows no estimated event time."""
    shown = [part.frame for part in estimate.parts if part.name == "event_study"]
    if model.window is not None and shown and not shown[0]["std_error"].notna().any():
        first, last = model.window
        raise model.fail(
            f"no event time that is estimated lies in the window [{first}, {last}]",
            fix="widen the window: event times are years since the first treated year",
        )


def _sensitivity(
    spec: SensitivitySpec,
    one_base: bool,
    estimate: Estimate,
    study: tuple[FloatArray, FloatArray, FloatArray],
    stream: Stream,
) -> Finding:
    """Return the sensitivity analysis, or a note where leads and effects do not share the base e = -1."""
    frame = estimate.part("event_study").frame
    based = ((frame["event_time"] == -1) & frame["std_error"].isna()).any()
    if based and one_base:
        return sensitivity(*study, spec, stream)
    note = text(
        "Sensitivity not computed: it needs leads and effects that are all relative to event time -1 (as two-way fixed "
        "effects gives them, and Callaway and Sant'Anna with the universal base period)"
    )
    return Finding(notes=(note,))


def _event_study(estimate: Estimate) -> tuple[FloatArray, FloatArray, FloatArray] | None:
    """Return event times, estimates (k,) and covariance (k, k) of the estimated event times that are shown."""
    names = {part.name for part in estimate.parts}
    if not {"event_study", "event_vcov"} <= names:
        return None
    covariance = estimate.part("event_vcov").frame
    event_time = covariance["event_time"].to_numpy(dtype=np.float64)
    shown = estimate.part("event_study").frame.set_index("event_time")["estimate"]
    beta = shown.loc[event_time.astype(int)].to_numpy(dtype=np.float64)
    return event_time, beta, covariance.iloc[:, 1:].to_numpy(dtype=np.float64)


def _headline(estimate: Estimate, sample: Sample) -> Estimate:
    """Return the estimate whose headline p and interval are the permutation's."""
    found = _mapping(estimate.details["permutation"])
    terms, place = estimate.terms, estimate.terms.place(estimate.headline.name)
    changed = {column: getattr(terms, column).copy() for column in ("p_value", "conf_low", "conf_high")}
    for column, values in changed.items():
        values[place] = float(str(found[column]))
    analytic = estimate.leading.p_value
    terms = replace(terms, **changed, p_analytic=terms.p_value)
    sizes = np.unique(sample.entity_cohort[np.isfinite(sample.entity_cohort)], return_counts=True)[1]
    note = text(
        "p-value and interval of {policy}: studentised permutation of the cohorts over the regions ({draws} draws), "
        "since {treated} regions are treated and the smallest cohort has {smallest} (at most {few}, or below {small}); "
        "the analytic p-value is {analytic:.3g}",
        policy=estimate.headline.words,
        draws=found["draws"],
        treated=int(sizes.sum()),
        smallest=int(sizes.min()),
        few=FEW,
        small=SMALL,
        analytic=analytic,
    )
    return replace(estimate, terms=terms, headline_p="permutation", notes=(*estimate.notes, note))


def _beside(estimate: Estimate) -> Estimate:
    found = _mapping(estimate.details["permutation"])
    note: Text = text(
        "The p-value of {policy} is the analytic one; studentised permutation ({draws} draws) gives {p:.4f}",
        policy=estimate.headline.words,
        draws=found["draws"],
        p=found["p_value"],
    )
    terms = replace(estimate.terms, p_analytic=estimate.terms.p_value)
    return replace(estimate, terms=terms, notes=(*estimate.notes, note))


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else {}
