"""The event study under permuted cohorts: where the permutation leads, leads and intervals follow it."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar, Protocol

import numpy as np

from ccd.arrays import FloatArray, IntArray
from ccd.estimate.did.checks.permutation import LEVEL, dealt
from ccd.estimate.did.checks.pretrend import fitted_trend
from ccd.estimate.linear.resample import critical_value, p_value
from ccd.estimate.rows.sample import Sample
from ccd.results import Estimate, EventCovariance, EventStudy, Part, PreTrend
from ccd.streams import Stream
from ccd.words import Text, text

#: Fewer draws give no interval at 5 %.
LEAST = 19
#: Leads whose correlation has a smaller eigenvalue cannot be tested jointly.
SINGULAR = 1e-10


class Redealt(Protocol):
    """A model that can fit its event study under other cohorts."""

    study_deals: ClassVar[int]

    def at_once(self, sample: Sample) -> bool:
        """Tell whether all draws of the event study are made at once."""

    def events_reassigned(
        self, sample: Sample, event_time: IntArray, cohorts: FloatArray, stream: Stream
    ) -> tuple[FloatArray, FloatArray]:
        """Return effects (R, k) at ``event_time`` (k,) and their covariance (R, k, k) under each row of ``cohorts``."""


def follow(model: Redealt, sample: Sample, estimate: Estimate, deals: int, stream: Stream) -> Estimate:
    """Return the estimate whose event study and joint test of the leads take their p from permuted cohorts.

    Every event time gets p = (1 + #{|t*| >= |t|}) / (B + 1) and the interval estimate +- q(|t*|) se of its own
    draws, bands the same of the largest |t*|; the joint test p = (1 + #{W* >= W}) / (B + 1), W being the Wald
    statistic of the shown leads with each draw's own covariance. The analytic p-values stay beside them.
    """
    study, covariance = estimate.value(EventStudy), estimate.value(EventCovariance)
    draws = deals if model.at_once(sample) else min(deals, model.study_deals)
    if study is None or covariance is None or not len(covariance.event_time) or draws < LEAST:
        return estimate
    times = covariance.event_time
    beta, matrix = model.events_reassigned(sample, times, dealt(sample, draws, stream), stream)
    with np.errstate(divide="ignore", invalid="ignore"):
        drawn = beta / np.sqrt(np.einsum("rkk->rk", matrix))
    drawn[~np.isfinite(drawn)] = np.nan
    led, notes = _led(study, times, drawn)
    test, p_values, details = study.pretrend, dict(estimate.p_values), dict(estimate.details)
    if test is not None and test.p_value is not None:
        test = _joint(test, times, beta, matrix)
        details["pretrend"] = test.facts()
        if test.p_analytic is not None and test.p_value is not None:
            p_values |= {"pretrend": test.p_value, "pretrend_analytic": test.p_analytic}
    parts = tuple(
        Part(replace(led, pretrend=test), part.name, (*part.notes, *notes)) if part.value is study else part
        for part in estimate.parts
    )
    return replace(estimate, parts=parts, p_values=p_values, details=details)


def _led(study: EventStudy, times: IntArray, drawn: FloatArray) -> tuple[EventStudy, tuple[Text, ...]]:
    """Return the event study whose p-values and intervals come from the t-statistics ``drawn`` (R, k)."""
    if study.p_value is None:
        return study, ()
    p, low, high = (np.array(column) for column in (study.p_value, study.conf_low, study.conf_high))
    lost = []
    for place, e, column in zip(np.searchsorted(study.event_time, times), times, drawn.T, strict=True):
        kept = column[np.isfinite(column)]
        if len(kept) < LEAST or not study.std_error[place] > 0:
            lost.append(int(e))
            continue
        half = critical_value(kept, LEVEL) * study.std_error[place]
        p[place] = p_value(study.estimate[place] / study.std_error[place], kept)
        low[place], high[place] = study.estimate[place] - half, study.estimate[place] + half
    led = replace(study, p_value=p, conf_low=low, conf_high=high, p_analytic=study.p_value)
    whole = drawn[np.isfinite(drawn).all(axis=1)]
    if study.band_low is not None and len(whole) >= LEAST:
        half_band = critical_value(np.abs(whole).max(axis=1), LEVEL) * study.std_error
        led = replace(led, band_low=study.estimate - half_band, band_high=study.estimate + half_band)
    notes = [
        text(
            "p-values and intervals by event time: studentised permutation of the cohorts ({draws} draws)",
            draws=len(drawn),
        )
    ]
    if lost:
        notes.append(
            text("Analytic, since too few permutations identify them: event times {times}", times=tuple(lost))
        )
    return led, tuple(notes)


def _joint(test: PreTrend, times: IntArray, beta: FloatArray, matrix: FloatArray) -> PreTrend:
    """Return the joint test with the p-value of the Wald statistics of the draws."""
    if test.first is None or test.last is None or test.statistic is None:
        return test
    lead = (times >= test.first) & (times <= test.last)
    drawn = walds(beta[:, lead], matrix[:, lead][:, :, lead])
    kept = drawn[np.isfinite(drawn)]
    if len(kept) < LEAST:
        return test
    test = replace(test, p_value=p_value(test.statistic, kept), p_analytic=test.p_value, draws=len(kept))
    if test.trend is None or test.trend_error is None or not test.trend_error > 0:
        return test
    slope, error = fitted_trend(beta[:, lead], matrix[:, lead][:, :, lead], np.array(test.loading))
    with np.errstate(divide="ignore", invalid="ignore"):
        trends = slope / error
    trends = trends[np.isfinite(trends)]
    if len(trends) < LEAST:
        return replace(test, trend_p=None)
    return replace(test, trend_p=p_value(test.trend / test.trend_error, trends))


def walds(beta: FloatArray, matrix: FloatArray) -> FloatArray:
    """Return Wald/q (R,) that each ``beta`` (R, q) with covariance ``matrix`` (R, q, q) is 0; nan where singular."""
    found = np.full(len(beta), np.nan)
    spread = np.sqrt(np.maximum(np.einsum("rqq->rq", matrix), 0))
    usable = np.isfinite(matrix).all(axis=(1, 2)) & np.isfinite(beta).all(axis=1) & (spread > 0).all(axis=1)
    rows = np.flatnonzero(usable)
    correlation = matrix[rows] / (spread[rows, :, None] * spread[rows, None, :])
    regular = np.linalg.eigvalsh(correlation)[:, 0] >= SINGULAR
    rows, correlation = rows[regular], correlation[regular]
    z = beta[rows] / spread[rows]
    found[rows] = (
        np.einsum("rq,rq->r", z, np.linalg.solve(correlation, z[:, :, None])[:, :, 0]) / beta.shape[1]
    )
    return found
