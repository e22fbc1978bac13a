"""Estimators of one effect side by side: their estimates, and their event studies below each other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ccd.arrays import FloatArray
from ccd.results import Comparison, Estimate, EventStudies, EventStudy, Part, Spread
from ccd.words import Name, Text, text


def side_by_side(name: str, estimates: Sequence[Estimate]) -> tuple[Part[Any], ...]:
    """Return the parts ``NAME-estimators`` (comparison) and ``NAME-event-studies`` of did estimates.

    p-values and intervals are the headline ones of each. Nothing is returned for fewer than two estimates.
    """
    if len(estimates) < 2:
        return ()
    labels = tuple(one.label or text("{name}", name=one.estimator) for one in estimates)
    rows = [one.leading for one in estimates]
    estimate, low, high = (
        np.array(values)
        for values in zip(*((r.estimate, r.conf_low, r.conf_high) for r in rows), strict=True)
    )
    outcome, term = estimates[0].outcome, estimates[0].headline
    value = Comparison(
        label=labels,
        estimate=estimate,
        std_error=np.array([row.std_error for row in rows]),
        p_value=np.array([row.p_value for row in rows]),
        conf_low=low,
        conf_high=high,
        nobs=np.array([one.nobs for one in estimates]),
        title=text("The effect by estimator"),
        level=min(one.terms.level for one in estimates),
        term=term.words,
        spread=spread_of(labels, estimate, low, high),
        about={"outcome": outcome, "term": term.name},
    )
    parts: list[Part[Any]] = [Part(value, f"{name}-estimators")]
    studies = [
        (label, study)
        for label, one in zip(labels, estimates, strict=True)
        if (study := one.value(EventStudy)) is not None
    ]
    if len(studies) > 1:
        parts.append(Part(below_each_other(studies, outcome, term.name), f"{name}-event-studies"))
    return tuple(parts)


def below_each_other(studies: Sequence[tuple[Text, EventStudy]], outcome: str, term: str) -> EventStudies:
    """Return labelled event studies as one."""
    return EventStudies(
        label=tuple(label for label, study in studies for _ in study.event_time),
        event_time=np.concatenate([study.event_time for _, study in studies]),
        estimate=np.concatenate([study.estimate for _, study in studies]),
        std_error=np.concatenate([study.std_error for _, study in studies]),
        conf_low=np.concatenate([study.conf_low for _, study in studies]),
        conf_high=np.concatenate([study.conf_high for _, study in studies]),
        outcome=outcome,
        term=term,
    )


def spread_of(
    label: Sequence[Text | Name | str], estimate: FloatArray, conf_low: FloatArray, conf_high: FloatArray
) -> Spread | None:
    """Return how far the known of the estimates (k,) lie apart, and how many leave out zero; None: none is known."""
    known = np.flatnonzero(~np.isnan(estimate))
    if not len(known):
        return None
    low, high = known[estimate[known].argmin()], known[estimate[known].argmax()]
    return Spread(
        count=len(known),
        lowest=float(estimate[low]),
        lowest_label=label[low],
        highest=float(estimate[high]),
        highest_label=label[high],
        away_from_zero=int(((conf_low[known] > 0) | (conf_high[known] < 0)).sum()),
    )
