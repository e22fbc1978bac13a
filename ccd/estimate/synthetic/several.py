"""Several treated regions, of one date or more: standard errors by redrawing, p by the normal."""

from __future__ import annotations

from typing import Any

import numpy as np

from ccd.arrays import FloatArray
from ccd.estimate.linear.inference import infer
from ccd.estimate.synthetic import notes
from ccd.estimate.synthetic.cohorts import (
    Redrawn,
    bootstrap_draws,
    fit_groups,
    jackknife,
    jackknife_error,
    overall,
    placebo_draws,
    spread,
)
from ccd.estimate.synthetic.design import Design
from ccd.estimate.synthetic.fitted import Fitted
from ccd.estimate.synthetic.parts import by_normal, donors_value, paths_value, time_weights_value
from ccd.estimate.synthetic.plan import Plan
from ccd.estimate.synthetic.single import Found
from ccd.results import Aggregates, Part
from ccd.streams import Stream
from ccd.words import Text, text


def several(plan: Plan, design: Design, stream: Stream) -> Found:
    """Return the mean effect on all treated region-years, with the effect of each date beside it."""
    _refuse(plan, design)
    fits = fit_groups(plan.method, design.donors, design.groups)
    estimates = np.array([fit.estimate for fit in fits])
    whole = overall(estimates, design.groups)
    drawn, said = _redrawn(plan, design, fits, stream)
    error = jackknife_error if plan.variance == "jackknife" else spread
    errors = error(drawn.estimate)
    rows = infer(np.array([*estimates, whole]), errors, float("inf"))
    parts = _parts(plan, design, fits, [error(gap) for gap in drawn.gap])
    if len(design.groups) > 1:
        dates = tuple(str(group.date) for group in design.groups)
        columns = {name: getattr(rows, name) for name in rows._fields}
        parts.append(
            Part(
                Aggregates(
                    aggregation=(*("group" for _ in dates), "simple"), key=(*dates, "overall"), **columns
                ),
                "aggregates",
            )
        )
    details: dict[str, object] = {
        "dates": [group.date for group in design.groups],
        "donors": len(design.names),
        "variance": plan.variance,
        "draws": None if plan.variance == "jackknife" else plan.draws,
    }
    first = design.groups[0]
    warned = notes.warnings(plan, design, first.paths(design.donors), fits[0], None)
    return Found(
        whole,
        float(errors[-1]),
        float(rows.p_value[-1]),
        float(rows.conf_low[-1]),
        float(rows.conf_high[-1]),
        plan.variance,
        {plan.variance: float(rows.p_value[-1])},
        {key: value for key, value in details.items() if value is not None},
        tuple(parts),
        (*said, *warned),
    )


def _refuse(plan: Plan, design: Design) -> None:
    fail = plan.asked.fail
    if not plan.several_treated:
        raise fail(
            text(
                "{treated} regions are treated: {estimator} is for one",
                treated=design.treated,
                estimator=plan.estimator,
            ),
            text("name one under treated"),
        )
    if len(design.groups) > 1 and not plan.several_dates:
        raise fail(
            text(
                "regions are treated at {count} dates: {estimator} is for one date",
                count=len(design.groups),
                estimator=plan.estimator,
            ),
            text("name one region under treated, or take sdid, sc or did"),
        )
    if plan.variance == "placebo" and len(design.names) <= design.treated:
        raise fail(
            text(
                "{count} donors cannot play {treated} treated regions",
                count=len(design.names),
                treated=design.treated,
            ),
            text('name one under treated, or take variance = "bootstrap"'),
        )
    if plan.variance != "placebo":
        alone = [group.date for group in design.groups if group.count < 2]
        if alone:
            raise fail(
                text(
                    "one region alone is treated in {alone}: {variance} needs two a date",
                    alone=alone[0],
                    variance=plan.variance,
                ),
                text('take variance = "placebo"'),
            )
    if plan.variance == "jackknife" and not plan.jackknifed:
        raise fail(
            text(
                "the jackknife holds weights fixed, which {estimator} does not allow",
                estimator=plan.estimator,
            ),
            text('take "placebo"'),
        )


def _redrawn(plan: Plan, design: Design, fits: list[Fitted], stream: Stream) -> tuple[Redrawn, list[Text]]:
    """Return the fits that standard errors are made of, and how those are made."""
    if plan.variance == "jackknife":
        if any(np.sum(fit.weights > 1e-12) < 2 for fit in fits):
            raise plan.asked.fail(
                text("a single donor has weight, so none can be left out"), text('take variance = "placebo"')
            )
        return jackknife(design.donors, design.groups, fits), [
            text("Standard errors: jackknife over regions with weights held fixed")
        ]
    if plan.variance == "bootstrap":
        drawn = bootstrap_draws(plan.method, design.donors, design.groups, plan.draws, stream("bootstrap"))
        note = text(
            "Standard errors: {draws} bootstrap draws of regions, weights fitted again; {discarded} without a donor or "
            "a treated region drawn anew",
            draws=plan.draws,
            discarded=drawn.discarded,
        )
        return drawn, [note]
    drawn = placebo_draws(plan.method, design.donors, design.groups, plan.draws, stream("placebo"))
    note = text(
        "Standard errors: {treated} of {donors} donors drawn as if treated, {draws} times; p by the normal",
        treated=design.treated,
        donors=len(design.names),
        draws=plan.draws,
    )
    return drawn, [note]


def _parts(plan: Plan, design: Design, fits: list[Fitted], errors: list[FloatArray]) -> list[Part[Any]]:
    """Return paths, donors and time weights of each date; ``errors`` (T_g,) are those of its gaps."""
    parts: list[Part[Any]] = []
    alone = len(design.groups) == 1
    for group, fit, error in zip(design.groups, fits, errors, strict=True):
        mark = "" if alone else f"_{group.date}"
        paths = group.paths(design.donors)
        years = by_normal(fit, error, plan.year_level)
        value = paths_value(design, group, paths, fit, years, plan.variance, plan.year_level)
        parts.append(Part(value, f"paths{mark}"))
        parts.append(Part(donors_value(design.names, fit.weights, design.left), f"donors{mark}"))
        if fit.time_weights is not None:
            parts.append(Part(time_weights_value(design, group, fit.time_weights), f"time_weights{mark}"))
    return parts
