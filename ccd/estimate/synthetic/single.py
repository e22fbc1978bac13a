"""One treated region: its placebos, intervals by year and checks."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ccd.arrays import IntArray
from ccd.estimate.synthetic import notes
from ccd.estimate.synthetic.checks import moved_back, without_each
from ccd.estimate.synthetic.conformal import ByYear, by_year, joint_p, reachable
from ccd.estimate.synthetic.design import BEFORE, Design
from ccd.estimate.synthetic.fitted import Fitted, Paths
from ccd.estimate.synthetic.parts import (
    by_rank,
    donors_value,
    effective,
    paths_value,
    placebo_paths,
    placebo_units,
    time_weights_value,
)
from ccd.estimate.synthetic.placebos import Placebos, enumerated, ranked, ratio_test
from ccd.estimate.synthetic.plan import Plan
from ccd.estimate.synthetic.ttest import t_test
from ccd.results import Part, Starts
from ccd.streams import Stream
from ccd.words import Text, text


class Found(NamedTuple):
    """What is told of the effect: its fit and inference, p-values by the way they were made, parts and notes.

    ``level`` is that of the interval.
    """

    estimate: float
    std_error: float
    p_value: float
    conf_low: float
    conf_high: float
    headline_p: str
    p_values: dict[str, float]
    details: dict[str, object]
    parts: tuple[Part[Any], ...]
    notes: tuple[Text, ...]
    level: float = 0.95


def single(plan: Plan, design: Design, stream: Stream, starts: Starts | None) -> Found:
    """Return the effect on the one treated region, by full enumeration of placebos."""
    group = design.groups[0]
    paths = group.paths(design.donors)
    fit = plan.method(paths)
    placebos = enumerated(plan.method, paths, _chosen(plan, design, stream))
    found = ranked(fit.estimate, placebos.estimate)
    ratio = ratio_test(fit, placebos, paths.s0)
    years, band, level, said = _by_year(plan, paths, fit, placebos)
    p_values = {"rank": found.p_value, "ratio": ratio.p_value, "normal": found.p_normal}
    details: dict[str, object] = {
        "date": group.date,
        "years_before": paths.before,
        "years_after": paths.after,
        "donors": len(design.names),
        "placebos": len(placebos.donor),
        "effective_donors": effective(fit.weights),
        "pre_rmspe": fit.pre_rmspe,
        "post_rmspe": fit.post_rmspe,
        "interval_level": found.level,
        "p_ratio_within": {str(times): p for times, _, p in ratio.within},
    }
    if plan.weighting is not None:
        p_values["conformal"] = joint_p(plan.weighting, paths)
        tested = t_test(plan.weighting, paths)
        p_values["ttest"] = tested.p_value
        details["ttest"] = tested._asdict()
    parts = [
        Part(paths_value(design, group, paths, fit, years, band, level), "paths"),
        Part(donors_value(design.names, fit.weights, design.left), "donors"),
    ]
    if fit.time_weights is not None:
        details["effective_years"] = effective(fit.time_weights)
        parts.append(Part(time_weights_value(design, group, fit.time_weights), "time_weights"))
    parts.append(Part(placebo_units(design, fit, placebos, found, ratio), "placebo_units"))
    parts.append(Part(placebo_paths(design, fit, placebos), "placebo_paths"))
    checks, failed = _checks(plan, design, paths, fit)
    known = {key: value for key, value in p_values.items() if np.isfinite(value)}
    return Found(
        fit.estimate,
        found.std_error,
        found.p_value,
        found.conf_low,
        found.conf_high,
        "rank",
        known,
        details,
        (*parts, *checks, *(() if starts is None else (Part(starts, "starts"),))),
        (
            *notes.made(plan, found, ratio, len(placebos.donor)),
            *notes.warnings(plan, design, paths, fit, placebos),
            *said,
            *failed,
        ),
        found.level,
    )


def _chosen(plan: Plan, design: Design, stream: Stream) -> IntArray | None:
    """Return the donors that play the treated, where the study asks for a sample of them."""
    n = len(design.names)
    if plan.placebos is None or plan.placebos >= n:
        return None
    return np.sort(stream("placebos").permutation(n)[: plan.placebos]).astype(np.intp)


def _by_year(
    plan: Plan, paths: Paths, fit: Fitted, placebos: Placebos
) -> tuple[ByYear, str, float, tuple[Text, ...]]:
    """Return p and interval by year, how they are made, their level, and what is missing."""
    level = plan.year_level
    if plan.weighting is None:
        years, reached = by_rank(fit, placebos, level)
        return years, "rank", reached, ()
    said: tuple[Text, ...] = ()
    if not reachable(paths.before, level):
        if plan.level is not None:
            most = paths.before / (paths.before + 1)
            raise plan.asked.fail(
                text(
                    "{before} {before:year|years} before the date allow no conformal interval at level {level:g}",
                    before=paths.before,
                    level=level,
                ),
                text("take level = {most:g} or less, or leave it out", most=np.floor(100 * most) / 100),
            )
        said = (notes.no_conformal(level, paths.before),)
    return by_year(plan.weighting, paths, fit, level), "conformal", level, said


def _checks(plan: Plan, design: Design, paths: Paths, fit: Fitted) -> tuple[list[Part[Any]], list[Text]]:
    """Return the checks that were asked for, and what could not be asked."""
    parts: list[Part[Any]] = []
    failed: list[Text] = []
    if plan.leave_out and len(design.names) > BEFORE:
        dense = plan.estimator in ("sdid", "ascm")
        parts.append(Part(without_each(plan.method, paths, fit, design.names, dense=dense), "leave_out"))
    moves = _moves(plan, paths)
    able = [k for k in moves if paths.before - k >= BEFORE]
    if able:
        group = design.groups[0]
        value = moved_back(paths, design.years[group.rows], group.date, able, plan.method)
        parts.append(Part(value, "in_time"))
    for k in moves:
        if k not in able:
            failed.append(
                text(
                    "No placebo in time {k} {k:year|years} back: too few years would lie before",
                    k=k,
                )
            )
    return parts, failed


def _moves(plan: Plan, paths: Paths) -> list[int]:
    if plan.in_time is not None:
        return list(plan.in_time)
    return [max(paths.before // 3, 1)]
