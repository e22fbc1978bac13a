"""The event study of the second stage, under the matching weights: are the matched regions on parallel trends?"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from ccd.arrays import FloatArray, IntArray
from ccd.errors import EstimationError
from ccd.estimate.did import base_times, shown_times
from ccd.estimate.linear.pretrend import pretrend
from ccd.estimate.psm.design import Question
from ccd.estimate.psm.permuted import Redraw
from ccd.estimate.psm.regression import regressed, weighed
from ccd.estimate.rows.event_study import behind, event_study, event_times
from ccd.estimate.rows.led_study import followed_study
from ccd.estimate.rows.sample import Sample
from ccd.results import EventCovariance, EventStudy, Part
from ccd.words import Text, text

#: The last event time that is tested as a lead; the one after it is the base.
LAST, BASE = -2, -1


class Events(NamedTuple):
    """Effects ``beta`` (k,) at the event times ``shown`` (k,), their covariance (k, k), and the df of their t."""

    shown: IntArray
    beta: FloatArray
    matrix: FloatArray
    df: float


class Studied(NamedTuple):
    """What the event study adds to an estimate; no parts where it is not identified, and a note on why."""

    parts: tuple[Part[EventStudy] | Part[EventCovariance], ...] = ()
    details: Mapping[str, object] = {}
    p_values: Mapping[str, float] = {}
    notes: tuple[Text, ...] = ()


def events(sample: Sample, weight: FloatArray, question: Question) -> Events:
    """Return the regression on a dummy for every event time but the base, under row weights (n,).

    Raises EstimationError where it is not identified.
    """
    kept, weights = weighed(sample, weight)
    event = event_times(kept)
    shown = shown_times(kept, event, BASE)
    names = [*(f"event time {e}" for e in shown), *question.controls]
    found = regressed(kept, weights, event[:, None] == np.array(shown), names, question.where)
    k = len(shown)
    return Events(np.array(shown, dtype=np.intp), found.beta[:k], found.vcov.matrix[:k, :k], found.vcov.df)


def matched_study(sample: Sample, weight: FloatArray, question: Question, redraw: Redraw | None) -> Studied:
    """Return the event study on matched regions and its joint test of the leads, led by ``redraw`` where it leads."""
    try:
        found = events(sample, weight, question)
        trend = np.where(np.isfinite(sample.cohort), sample.years - sample.cohort, 0.0)
        moved = events(replace(sample, y=trend), weight, question).beta
    except EstimationError as error:
        return Studied(notes=(text("No event study: {why}", why=error.what),))
    kept, _ = weighed(sample, weight)
    seen = event_times(kept)
    base = base_times(kept, sorted({int(e) for e in seen[np.isfinite(seen)]}), BASE, trends=False)
    study, covariance = event_study(found.shown.tolist(), found.beta, found.matrix, found.df, base=base)
    test = pretrend(found.shown.astype(float), found.beta, found.matrix, found.df, LAST, moved)
    value = replace(
        study.value,
        pretrend=test,
        behind=behind(kept, study.value.event_time, None),
        title=text("Effects by event time, matched regions"),
    )
    part = Part(value)
    if redraw is not None:
        part = followed_study(part, found.shown, *_drawn(redraw, found.shown))
        test = part.value.pretrend or test
    p_values = {} if test.p_value is None else {"pretrend": test.p_value}
    if test.p_analytic is not None:
        p_values["pretrend_analytic"] = test.p_analytic
    return Studied((part, covariance), {"pretrend": test.facts()}, p_values)


def _drawn(redraw: Redraw, shown: IntArray) -> tuple[FloatArray, FloatArray]:
    """Return effects (R, k) at the event times ``shown`` and covariances (R, k, k) of the first BESIDE deals.

    Each is matched anew; nan where a deal does not show an event time.
    """
    weights = redraw.all_matched.weights
    draws, k = len(weights), len(shown)
    beta, matrix = np.full((draws, k), np.nan), np.full((draws, k, k), np.nan)
    for r, weight in enumerate(weights):
        if weight is None:
            continue
        with suppress(EstimationError):
            found = events(redraw.under(redraw.cohorts[r]), weight, redraw.question)
            _, here, there = np.intersect1d(shown, found.shown, return_indices=True)
            beta[r, here] = found.beta[there]
            matrix[r, here[:, None], here] = found.matrix[np.ix_(there, there)]
    return beta, matrix
