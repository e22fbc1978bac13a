"""Effects by event time, cohort and year under permuted cohorts: where the permutation leads, they follow it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, ClassVar, NamedTuple, Protocol

import numpy as np

from ccd.arrays import BoolArray, FloatArray, IntArray
from ccd.estimate.linear.studentised import LEAST, followed, largest
from ccd.estimate.rows.deals import dealt, led_note, lost_rows
from ccd.estimate.rows.led_study import events_led, joint_led, ranked
from ccd.estimate.rows.sample import Sample
from ccd.results import (
    Aggregates,
    AttGt,
    Estimate,
    EventCovariance,
    EventStudy,
    Part,
    PreTrend,
    Sensitivity,
)
from ccd.split import in_blocks
from ccd.streams import Stream
from ccd.words import text


class Shown(NamedTuple):
    """What stands beside the terms: event times (k,), cells (cohort, year), and means (aggregation, key)."""

    event_time: IntArray
    cells: tuple[tuple[int, int], ...] = ()
    means: tuple[tuple[str, str], ...] = ()


class Redrawn(NamedTuple):
    """Event studies (R, k), their covariances (R, k, k), and t of cells (R, K) and means (R, q); nan: not found.

    ``before`` (R,) is the Wald/q of all cells before treatment, of estimators that test them.
    """

    beta: FloatArray
    matrix: FloatArray
    cells: FloatArray
    means: FloatArray
    before: FloatArray

    @classmethod
    def empty(cls, draws: int, shown: Shown) -> Redrawn:
        """Return room for what is ``shown`` in so many draws, nothing of it found."""
        k, none = len(shown.event_time), np.nan
        return cls(
            np.full((draws, k), none),
            np.full((draws, k, k), none),
            np.full((draws, len(shown.cells)), none),
            np.full((draws, len(shown.means)), none),
            np.full(draws, none),
        )


class Redealt(Protocol):
    """A model that can fit what it shows under other cohorts."""

    study_deals: ClassVar[int]

    def block(self, sample: Sample) -> int:
        """Return how many draws are made at a time."""

    def strata(self, sample: Sample) -> IntArray | None:
        """Return the groups (N,) of regions within which cohorts are permuted; None: over all regions."""

    def at_once(self, sample: Sample) -> bool:
        """Tell whether all draws of the event study are made at once."""

    def events_reassigned(
        self, sample: Sample, event_time: IntArray, cohorts: FloatArray, stream: Stream
    ) -> tuple[FloatArray, FloatArray]:
        """Return effects (R, k) at ``event_time`` (k,) and their covariance (R, k, k) under each row of ``cohorts``."""

    def tables_reassigned(self, sample: Sample, shown: Shown, cohorts: FloatArray, stream: Stream) -> Redrawn:
        """Return all that is ``shown`` under each row of ``cohorts`` (R, N), from one fit a draw."""


def shown_of(estimate: Estimate) -> Shown:
    """Return what an estimate shows beside its terms."""
    covariance, cells, means = (estimate.value(kind) for kind in (EventCovariance, AttGt, Aggregates))
    return Shown(
        np.zeros(0, dtype=np.intp) if not isinstance(covariance, EventCovariance) else covariance.event_time,
        () if not isinstance(cells, AttGt) else cells_of(cells),
        () if not isinstance(means, Aggregates) else means_of(means),
    )


def cells_of(value: AttGt) -> tuple[tuple[int, int], ...]:
    """Return cohort and year of each row."""
    return tuple(zip(value.cohort.tolist(), value.time.tolist(), strict=True))


def means_of(value: Aggregates) -> tuple[tuple[str, str], ...]:
    """Return aggregation and key of each row."""
    return tuple(zip(value.aggregation, value.key, strict=True))


def follow(model: Redealt, sample: Sample, estimate: Estimate, deals: int, stream: Stream) -> Estimate:
    """Return the estimate whose effects by event time, cohort and year take their p from permuted cohorts.

    Every effect gets p = (1 + #{|t*| >= |t|}) / (B + 1) and the interval estimate +- q(|t*|) se of its own
    draws, bands the same of the largest |t*|; the joint test of the leads p = (1 + #{W* >= W}) / (B + 1), W being
    the Wald statistic of the shown leads with each draw's own covariance. The analytic p-values stay beside them.
    """
    shown = shown_of(estimate)
    draws = deals if model.at_once(sample) else min(deals, model.study_deals)
    if draws < LEAST or not (len(shown.event_time) or shown.cells or shown.means):
        return estimate
    cohorts = dealt(sample, draws, stream, model.strata(sample))
    asked = (sample.y, cohorts, shown.event_time)
    if shown.cells or shown.means:
        tables = lambda rows: model.tables_reassigned(sample, shown, cohorts[rows], stream)  # noqa: E731
        drawn = Redrawn(*in_blocks(tables, draws, model.block(sample), "tables", *asked))
    else:
        events = lambda rows: model.events_reassigned(sample, shown.event_time, cohorts[rows], stream)  # noqa: E731
        beta, matrix = in_blocks(events, draws, model.block(sample), "events", *asked)
        drawn = Redrawn.empty(draws, shown)._replace(beta=beta, matrix=matrix)
    p_values, details = dict(estimate.p_values), dict(estimate.details)
    study = estimate.value(EventStudy)
    test = None if study is None else study.pretrend
    if test is not None and test.p_value is not None:
        test = joint_led(test, shown.event_time, drawn.beta, drawn.matrix)
        details["pretrend"] = test.facts()
        if test.p_analytic is not None and test.p_value is not None:
            p_values |= {"pretrend": test.p_value, "pretrend_analytic": test.p_analytic}
    parts = tuple(_followed(part, shown, drawn, test) for part in estimate.parts)
    cells = next((part.value for part in parts if isinstance(part.value, AttGt)), None)
    if cells is not None and cells.before is not None:
        details["pre_treatment_cells"] = cells.before.facts()
    return replace(estimate, parts=parts, p_values=p_values, details=details)


def _followed(part: Part[Any], shown: Shown, drawn: Redrawn, test: PreTrend | None) -> Part[Any]:
    """Return a part led by the draws, with its notes; another part as it is."""
    value = part.value
    if isinstance(value, EventStudy) and value.p_value is not None and len(shown.event_time):
        return events_led(part, shown.event_time, drawn.beta, drawn.matrix, test)
    if isinstance(value, AttGt):
        cells, known = followed(value, drawn.cells)
        cells = _banded(cells, drawn.cells, np.zeros(len(known), dtype=np.intp))
        if value.before is not None:
            cells = replace(cells, before=ranked(value.before, drawn.before))
        lost = [f"{g}/{t}" for (g, t), found in zip(shown.cells, known, strict=True) if not found]
        return Part(cells, part.name, (*part.notes, led_note(len(drawn.cells)), *lost_rows(lost)))
    if isinstance(value, Aggregates):
        means, known = followed(value, drawn.means)
        family = np.unique(value.aggregation, return_inverse=True)[1]
        means = _banded(means, drawn.means, family)
        lost = [f"{a} {key}" for (a, key), found in zip(shown.means, known, strict=True) if not found]
        return Part(means, part.name, (*part.notes, led_note(len(drawn.means)), *lost_rows(lost)))
    if isinstance(value, Sensitivity):
        note = text(
            "Sensitivity bounds are analytic: they take the covariance by clusters as known, which few treated regions "
            "make too small, and have no counterpart among permutations"
        )
        return Part(value, part.name, (*part.notes, note))
    return part


def _banded(value: Any, drawn: FloatArray, family: IntArray) -> Any:
    """Return rows whose bands cover each ``family`` (k,) of them at once; rows without a band have none."""
    if value.band_low is None:
        return value
    low, high = value.band_low.copy(), value.band_high.copy()
    shown: BoolArray = np.isfinite(low)
    for one in np.unique(family[shown]):
        own = shown & (family == one)
        half = largest(drawn[:, own]) * value.std_error[own]
        if np.isfinite(half).all():
            low[own], high[own] = value.estimate[own] - half, value.estimate[own] + half
    return replace(value, band_low=low, band_high=high)
