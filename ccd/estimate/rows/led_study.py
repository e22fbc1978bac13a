"""Event studies and joint tests of leads led by draws: each event time by its own t, the test by its Wald statistic."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ccd.arrays import FloatArray, IntArray
from ccd.estimate.linear.pretrend import fitted_trend
from ccd.estimate.linear.resample import p_value
from ccd.estimate.linear.studentised import LEAST, largest, ratios, studentised, walds
from ccd.estimate.rows.deals import lost_rows
from ccd.results import EventStudy, Part, PreTrend
from ccd.words import text


def followed_study(
    part: Part[EventStudy], event_time: IntArray, beta: FloatArray, matrix: FloatArray
) -> Part[EventStudy]:
    """Return an event study and its joint test of the leads led by draws, ``beta`` (R, k) with ``matrix`` (R, k, k).

    ``event_time`` (k,) are those of the draws; nan where a draw does not show all of them.
    """
    test = part.value.pretrend
    if test is not None and test.p_value is not None:
        test = joint_led(test, event_time, beta, matrix)
    if part.value.p_value is None or not len(event_time):
        return part
    return events_led(part, event_time, beta, matrix, test)


def events_led(
    part: Part[EventStudy], times: IntArray, beta: FloatArray, matrix: FloatArray, test: PreTrend | None
) -> Part[EventStudy]:
    """Return an event study led by draws ``beta`` (R, k), ``matrix`` (R, k, k), with ``test`` and a note."""
    led, lost = _events(part.value, times, ratios(beta, matrix))
    notes = [
        text(
            "p-values and intervals by event time: studentised permutation of the cohorts ({draws} draws, p in "
            "steps of 1/{steps})",
            draws=len(beta),
            steps=len(beta) + 1,
        ),
        *lost_rows(lost),
    ]
    return Part(replace(led, pretrend=test), part.name, (*part.notes, *notes))


def _events(study: EventStudy, times: IntArray, drawn: FloatArray) -> tuple[EventStudy, list[str]]:
    """Return the event study led by t* ``drawn`` (R, k) at ``times``, and the times that stay analytic."""
    place = np.searchsorted(study.event_time, times)
    every = np.full((len(drawn), len(study.event_time)), np.nan)
    every[:, place] = drawn
    found = studentised(study.estimate, study.std_error, every)
    analytic = study.p_value if study.p_value is not None else np.full(len(study.estimate), np.nan)
    over = found.over(analytic, study.conf_low, study.conf_high)
    led = replace(
        study,
        p_value=over.p_value,
        conf_low=over.conf_low,
        conf_high=over.conf_high,
        p_analytic=analytic,
    )
    half = largest(drawn) * study.std_error
    if study.band_low is not None and np.isfinite(half).any():
        led = replace(led, band_low=study.estimate - half, band_high=study.estimate + half)
    return led, [str(e) for e, known in zip(times, found.known[place], strict=True) if not known]


def joint_led(test: PreTrend, times: IntArray, beta: FloatArray, matrix: FloatArray) -> PreTrend:
    """Return the joint test with the p-value of the Wald statistics of the draws."""
    if test.first is None or test.last is None or test.statistic is None:
        return test
    lead = (times >= test.first) & (times <= test.last)
    led = ranked(test, walds(beta[:, lead], matrix[:, lead][:, :, lead]))
    if led is test:
        return test
    test = led
    if test.trend is None or test.trend_error is None or not test.trend_error > 0:
        return test
    slope, error = fitted_trend(beta[:, lead], matrix[:, lead][:, :, lead], np.array(test.loading))
    with np.errstate(divide="ignore", invalid="ignore"):
        trends = slope / error
    trends = trends[np.isfinite(trends)]
    if len(trends) < LEAST:
        return replace(test, trend_p=None)
    return replace(test, trend_p=p_value(test.trend / test.trend_error, trends))


def ranked(test: PreTrend, drawn: FloatArray) -> PreTrend:
    """Return a test with the p-value of the Wald statistics ``drawn`` (R,); itself where too few draws have one."""
    kept = drawn[np.isfinite(drawn)]
    if test.statistic is None or len(kept) < LEAST:
        return test
    return replace(test, p_value=p_value(test.statistic, kept), p_analytic=test.p_value, draws=len(kept))
