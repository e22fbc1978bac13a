"""The event-study table of every estimator, and the event times that go into it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ccd.arrays import FloatArray, IntArray
from ccd.estimate.linear.inference import infer
from ccd.results import EventCovariance, EventStudy, Part


def event_study(
    shown: Sequence[int],
    beta: FloatArray,
    matrix: FloatArray,
    df: float,
    *,
    base: Collection[int] = (),
    window: tuple[int, int] | None = None,
) -> tuple[Part[EventStudy], Part[EventCovariance]]:
    """Return the parts ``event_study`` and ``event_vcov`` of effects ``beta`` (k,) at ``shown`` event times.

    ``matrix`` (k, k) is their covariance and ``base`` the event times that are 0 by construction: they have
    an estimate of 0 and no error. Both parts are limited to ``window``.
    """
    first, last = window or (min((*shown, *base), default=0), max((*shown, *base), default=0))
    estimated = np.asarray(shown, dtype=np.intp)
    order = np.argsort(estimated, kind="stable")
    inside = order[(estimated[order] >= first) & (estimated[order] <= last)]
    zero = tuple(e for e in sorted(base) if first <= e <= last)
    times = np.concatenate([estimated[inside], np.asarray(zero, dtype=np.intp)])
    place = np.argsort(times, kind="stable")
    none = np.full(len(zero), np.nan)
    found = infer(beta, np.sqrt(np.maximum(np.diag(matrix), 0.0)), df)  # below 0: rounding of no noise at all

    def column(values: FloatArray, at_base: FloatArray = none) -> FloatArray:
        return np.concatenate([values[inside], at_base])[place]

    study = EventStudy(
        event_time=times[place],
        estimate=column(found.estimate, np.zeros(len(zero))),
        std_error=column(found.std_error),
        conf_low=column(found.conf_low),
        conf_high=column(found.conf_high),
        statistic=column(found.statistic),
        p_value=column(found.p_value),
        base=zero,
        df=df,
    )
    return Part(study), Part(EventCovariance(estimated[inside], matrix[np.ix_(inside, inside)]))


class Dated(Protocol):
    """Rows of regions and years, with the first treated year of each."""

    @property
    def entity(self) -> IntArray:
        """Return entity codes (n,)."""

    @property
    def years(self) -> NDArray[np.int64]:
        """Return years (n,)."""

    @property
    def cohort(self) -> FloatArray:
        """Return first treated years (n,); nan = never."""

    @property
    def entity_cohort(self) -> FloatArray:
        """Return the cohort of each entity code (N,)."""


def event_times(sample: Dated, ends: tuple[int, int] | None = None) -> FloatArray:
    """Return e = t - g of each row (n,), nan for the never treated; those beyond ``ends`` pooled there."""
    event = sample.years - sample.cohort
    return np.asarray(event) if ends is None else np.clip(event, *ends)


def behind(sample: Dated, event_time: IntArray, ends: tuple[int, int] | None) -> IntArray:
    """Return how many treated regions are seen at each event time (k,), those beyond ``ends`` counted there."""
    event = event_times(sample, ends)
    return np.array([len(np.unique(sample.entity[event == e])) for e in event_time], dtype=np.intp)


def within(event: int, window: tuple[int, int] | None) -> bool:
    """Tell whether an event time lies in the window."""
    return window is None or window[0] <= event <= window[1]


def shows_an_effect(study: EventStudy | None) -> bool:
    """Tell whether some event time that is shown was estimated; true without an event study."""
    return study is None or not np.isnan(study.std_error).all()
