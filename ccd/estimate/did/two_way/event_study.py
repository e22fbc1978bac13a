"""The event study of the two-way regression: a dummy for every event time but the base."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ccd.arrays import FloatArray
from ccd.errors import EstimationError
from ccd.estimate.did.effects import Finding
from ccd.estimate.linear.design import AbsorbingDesign
from ccd.estimate.linear.vcov import Vcov
from ccd.estimate.rows.event_study import Dated, event_study
from ccd.estimate.rows.events import event_effects
from ccd.estimate.rows.nuisance import Nuisance
from ccd.estimate.rows.sample import Sample
from ccd.words import text


def base_times(sample: Dated, seen: Sequence[int], last: int, *, trends: bool) -> set[int]:
    """Return the event times that are left out, of those ``seen`` (sorted).

    The base is ``last`` (-1 without anticipation), or the last before treatment that is seen; the smallest event
    time leaves too when there is no never treated region, and one more with entity trends (both make a straight
    line of e a combination of the other regressors).
    """
    base = {last} if last in seen else {max((e for e in seen if e < 0), default=seen[0])}
    straight = int(np.isfinite(sample.entity_cohort).all()) + int(trends)
    return base | set([e for e in seen if e not in base][:straight])


def shown_times(sample: Dated, event: FloatArray, last: int, *, trends: bool = False) -> list[int]:
    """Return every ``event`` time (n,) that has a dummy, sorted: all but the base."""
    seen = sorted(int(e) for e in np.unique(event[np.isfinite(event)]))
    base = base_times(sample, seen, last, trends=trends)
    return [e for e in seen if e not in base]


def event_finding(
    sample: Sample,
    design: AbsorbingDesign,
    nuisance: Nuisance,
    event: FloatArray,
    last: int,
    window: tuple[int, int] | None,
) -> Finding:
    """Return the coefficients on every ``event`` time (n,) but the base, or a note where they are not identified.

    ``last`` is the last event time before treatment (or its anticipation); both parts are limited to ``window``.
    """
    seen = sorted(int(e) for e in np.unique(event[np.isfinite(event)]))
    base = base_times(sample, seen, last, trends=design.trend is not None)
    shown = [e for e in seen if e not in base]
    k, many = len(shown), len(shown) + nuisance.x.shape[1]
    quick = None
    if design.plain and design.vcov == "cluster" and sample.dose is None:
        quick = event_effects(sample, event, shown, nuisance.x, design.parameters(many))
    try:
        beta, vcov = quick or by_rows(sample, design, nuisance, event, shown)
    except EstimationError as error:
        return Finding(notes=(text("No event study: {why}", why=error.said[0]),))
    return Finding(event_study(shown, beta[:k], vcov.matrix[:k, :k], vcov.df, base=base, window=window))


def by_rows(
    sample: Sample, design: AbsorbingDesign, nuisance: Nuisance, event: FloatArray, shown: Sequence[int]
) -> tuple[FloatArray, Vcov]:
    """Return coefficients and covariance of the regression on event-time dummies, times the dose if there is one."""
    size = 1.0 if sample.dose is None else sample.dose
    dummies = [(event == e) * size for e in shown]
    fit, vcov = design.regress(
        sample.y,
        np.column_stack([*dummies, nuisance.x]).astype(float),
        [*(f"event time {e}" for e in shown), *nuisance.labels],
    )
    return fit.beta, vcov
