"""From fitted thresholds to the estimate: terms, parts, what summary.json says, notes and warnings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np

from ccd.estimate.threshold import warnings as warn
from ccd.estimate.threshold.fit import FittedThresholds
from ccd.estimate.threshold.parts import curve_of, regimes_of, slopes_of, tests_of, thresholds_of
from ccd.estimate.threshold.permuted import Redrawn, led_slopes, redraw
from ccd.estimate.threshold.policy_effects import policy_effects
from ccd.estimate.threshold.settings import Settings
from ccd.estimate.threshold.slopes import Slopes, slopes
from ccd.results import Estimate, Part, Value
from ccd.streams import Stream
from ccd.words import Text, text

#: What holds for every panel threshold model.
STANDING = (
    text(
        "p-values of the slopes are analytic and take the thresholds as known; those of the tests are the bootstrap's"
    ),
    text("Sets by likelihood ratio assume errors without serial correlation (Hansen 1999)"),
)


def assemble(
    model: Settings, found: FittedThresholds, made_of: Mapping[str, frozenset[str]], stream: Stream
) -> Estimate:
    """Return the estimate with its parts; ``made_of`` maps a column to those it is made of."""
    data = found.data
    fitted = slopes(data, found.split, time_effects=model.time_effects)
    p_values = {"analytic": float(fitted.terms.p_value[0])}
    deals, led_notes = redraw(model, data, fitted, stream)
    leads = None
    if deals is not None:
        terms, led_notes = led_slopes(deals)
        if led_notes:
            leads, p_values["permutation"] = "permutation", float(terms.p_value[0])
            fitted = replace(fitted, terms=terms)
    for stage in found.stages:
        p_values |= {f"F{stage.number}_{form}": stage.p(form) for form in stage.draws}
    return Estimate(
        kind="threshold",
        estimator="hansen",
        outcome=model.outcome,
        headline=fitted.terms.term[0],
        terms=fitted.terms,
        covariance=fitted.vcov.matrix,
        sample=data.sample.size(),
        vcov=fitted.vcov.kind,
        clusters=fitted.vcov.clusters,
        df=fitted.vcov.df,
        effects=("entity", "time") if model.time_effects else ("entity",),
        controls=model.controls,
        r2_within=fitted.r2,
        p_values=p_values,
        headline_p=leads,
        details=_details(model, found),
        notes=(
            *found.data_notes,
            fitted.vcov.note,
            *(STANDING if leads is None else STANDING[1:]),
            *led_notes,
            *found.notes,
            *_warnings(model, found, fitted, made_of),
        ),
        parts=tuple(_parts(model, found, fitted, deals)),
    )


def _parts(
    model: Settings, found: FittedThresholds, fitted: Slopes, deals: Redrawn | None
) -> Iterator[Part[Value]]:
    """Yield the tests, thresholds, slopes, curves and counts, and the policy's effects by other estimators."""
    data, column, chosen = found.data, model.threshold, found.chosen
    tests = tests_of(
        found.stages,
        found.df,
        level=model.level,
        chosen=chosen,
        auto=model.number == "auto",
        draws=found.plan.draws,
        threshold=column,
    )
    together = found.joint.values if found.joint else None
    yield Part(tests, "tests")
    yield Part(thresholds_of(data, found.candidates, found.curves, together, column, chosen))
    yield Part(slopes_of(data, fitted, model.controls), "slopes")
    for number, listed in found.curves.items():
        for k, curve in enumerate(listed, start=1):
            value = curve_of(curve, found.candidates, column, number, k, chosen)
            yield Part(value, f"lr_{number}_{k}")
    yield Part(regimes_of(data, fitted))
    if model.policy is not None:
        yield policy_effects(model, data, fitted, deals)


def _details(model: Settings, found: FittedThresholds) -> dict[str, object]:
    """Return what summary.json says beside: thresholds, candidates, bootstrap, joint optimum."""
    values, how = found.split.thresholds, found.plan
    details: dict[str, object] = {
        "threshold": model.threshold,
        "number": found.chosen,
        "thresholds": list(values),
        **{f"g{k}": value for k, value in enumerate(values, start=1)},
        "candidates": found.candidates.size,
        "least_in_regime": found.candidates.least,
        "bootstrap": {"draws": how.draws, "forms": list(how.forms), "signs": how.signs},
    }
    if found.joint is not None:
        details["joint"] = {"thresholds": found.joint.values.tolist(), "ssr": found.joint.ssr}
    return details


def _warnings(
    model: Settings, found: FittedThresholds, fitted: Slopes, made_of: Mapping[str, frozenset[str]]
) -> Iterator[Text]:
    """Yield what a reader must be warned of."""
    candidates, listed = found.candidates, found.chosen_curves
    yield from warn.disagreement(found.stages, model.level)
    yield from warn.search(candidates, model.threshold, model.bootstrap)
    yield from warn.positions(candidates, listed, model.threshold)
    yield from warn.sets(candidates, listed, model.threshold)
    yield from warn.regimes(found.data, fitted)
    yield from warn.outcome(found.data.sample.y, model.outcome)
    yield from warn.components(made_of, model.outcome, model.threshold)
    if found.joint is not None:
        two = next(stage for stage in found.stages if stage.number == 2)
        values = np.array([candidates.value[curve.estimate] for curve in found.curves[2]])
        yield from warn.joint(two, values, found.joint)
