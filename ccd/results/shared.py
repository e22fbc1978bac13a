"""The shapes that several families of models share: comparisons, event studies, permutations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from ccd.arrays import BoolArray, FloatArray, IntArray
from ccd.results.value import Aside, Floats, Ints, Keys, Value, Words, agreed
from ccd.words import Name, Text

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Spread:
    """How far the estimates of a comparison lie apart, and how many of their intervals leave out zero."""

    count: int
    lowest: float
    lowest_label: Text | Name | str
    highest: float
    highest_label: Text | Name | str
    away_from_zero: int


@dataclass(frozen=True)
class Agreement:
    """What the columns that adjust for the matching columns agree on."""

    adjusted: int
    lowest: float
    highest: float
    unmatched: float
    significant: int
    same_sign: bool
    intervals_share_a_value: bool


@dataclass(frozen=True)
class Equality:
    """The test that the effects of groups are equal: a Wald statistic over q against F(q, df_resid).

    Where a permutation leads, ``p_value`` is its, over ``draws``, and ``p_analytic`` that of F.
    """

    statistic: float
    df: int
    df_resid: float
    p_value: float
    p_analytic: float | None = None
    draws: int | None = None


@dataclass(frozen=True)
class Comparison(Value):
    """One effect by several specifications, samples or groups (rows); a row that failed has nan.

    ``same`` marks the rows of the first row's outcome on the same scale, ``trends`` those with a trend of each
    region; ``p_analytic`` is there where a permutation leads. ``level`` is that of the intervals, the least where they
    differ. ``about`` is what summary.json says beside, under its own keys. ``fits`` are numbers that the figure has at
    the right of the rows, under ``fits_head``.
    """

    shape: ClassVar[str] = "comparison"

    label: Words
    estimate: Floats
    std_error: Floats
    p_value: Floats
    conf_low: Floats
    conf_high: Floats
    nobs: Floats | Ints
    entities: Ints | None = None
    treated_entities: Ints | None = None
    group: Keys | None = None
    column: Keys | None = None
    p_analytic: Floats | None = None
    title: Text | None = None
    level: Aside[float] = 0.95
    same: Aside[BoolArray | None] = None
    trends: Aside[BoolArray | None] = None
    term: Aside[Name | Text | None] = None
    spread: Aside[Spread | None] = None
    agreement: Aside[Agreement | None] = None
    equality: Aside[Equality | None] = None
    about: Aside[Mapping[str, object] | None] = None
    fits: Aside[tuple[tuple[float, ...], ...]] = ()
    fits_head: Aside[Text | None] = None

    @property
    def starred(self) -> FloatArray:
        """Return the p-values (k,) that stars may stand for: nan where the interval says otherwise of zero."""
        return agreed(self.p_value, self.conf_low, self.conf_high)

    def scalars(self) -> Mapping[str, object]:
        """Return title, what is said beside, and the figures of spread, agreement and equality."""
        found = {**super().scalars(), **(self.about or {})}
        for one in (self.spread, self.agreement, self.equality):
            if one is not None:
                said = {f.name: getattr(one, f.name) for f in fields(one)}
                found |= {key: value for key, value in said.items() if value is not None}
        return found


@dataclass(frozen=True)
class Density(Value):
    """Densities of ``variable``, one curve a group, the rows of a group together; ``bandwidth`` where it is shown."""

    shape: ClassVar[str] = "density"

    group: Ints | Keys
    at: Floats
    density: Floats
    variable: Name | Text
    bandwidth: Floats | None = None

    def curves(self) -> dict[str, tuple[FloatArray, FloatArray]]:
        """Return group -> grid and density (m,), in the order of the rows."""
        rows: dict[str, list[int]] = {}
        for j, group in enumerate(self.group):
            rows.setdefault(str(group), []).append(j)
        return {group: (self.at[own], self.density[own]) for group, own in rows.items()}


@dataclass(frozen=True)
class PreTrend:
    """The joint test that the shown leads are zero, and the slopes it could have seen (Roth 2022).

    ``first`` and ``last`` are the tested event times (None: none), ``q`` their number; ``df`` is None for a
    normal test. ``slope_50`` and ``slope_80`` are the linear trends per period that some lead shows at 5 % with
    that power. Where a permutation leads, ``p_value`` is its, over ``draws``, and ``p_analytic`` that of F.
    ``trend`` is the difference in trends a year that fits the leads best, ``trend_error`` and ``trend_p`` its error
    and p-value (by permutation where that leads), ``loading`` (q,) what a trend of slope 1 makes of each lead.
    """

    testable: bool
    q: int
    df: float | None = None
    statistic: float | None = None
    p_value: float | None = None
    first: int | None = None
    last: int | None = None
    slope_50: float | None = None
    slope_80: float | None = None
    p_analytic: float | None = None
    draws: int | None = None
    trend: float | None = None
    trend_error: float | None = None
    trend_p: float | None = None
    loading: tuple[float, ...] = ()

    def facts(self) -> dict[str, object]:
        """Return what summary.json says of the test."""
        found = {f.name: getattr(self, f.name) for f in fields(self)}
        missing = () if self.testable else ("df", "statistic", "p_value")
        permuted = ("p_analytic", "draws") if self.draws is None else ()
        trend = ("trend", "trend_error", "trend_p", "loading")
        return {name: value for name, value in found.items() if name not in (*missing, *permuted, *trend)}


@dataclass(frozen=True)
class EventStudy(Value):
    """Effects by event time (rows), those of ``base`` being 0 by construction and without an error.

    ``behind`` (k,) counts the treated regions that are seen so many years after (before) they were treated.
    ``band_low`` and ``band_high`` are simultaneous; ``p_analytic`` is there where a permutation leads. ``title``
    and ``xlabel`` name another kind of time.
    """

    shape: ClassVar[str] = "event_study"

    event_time: Ints
    estimate: Floats
    std_error: Floats
    conf_low: Floats
    conf_high: Floats
    statistic: Floats | None = None
    p_value: Floats | None = None
    band_low: Floats | None = None
    band_high: Floats | None = None
    cells: Ints | None = None
    entities: Ints | None = None
    p_analytic: Floats | None = None
    xlabel: Text | None = None
    title: Text | None = None
    behind: Aside[IntArray | None] = None
    base: Aside[tuple[int, ...]] = ()
    df: Aside[float] = float("inf")
    pretrend: Aside[PreTrend | None] = None

    @property
    def starred(self) -> FloatArray | None:
        """Return the p-values (k,) that stars may stand for: nan where the interval says otherwise of zero."""
        return None if self.p_value is None else agreed(self.p_value, self.conf_low, self.conf_high)


@dataclass(frozen=True)
class EventCovariance(Value):
    """The covariance (k, k) of the estimated event times (k,) that are shown."""

    shape: ClassVar[str] = "event_vcov"

    event_time: Ints
    matrix: Aside[FloatArray]

    def frame(self) -> pd.DataFrame:
        """Return the matrix with one row and one column an event time."""
        import pandas as pd

        frame = pd.DataFrame(self.matrix, columns=[str(e) for e in self.event_time])
        frame.insert(0, "event_time", self.event_time)
        return frame


@dataclass(frozen=True)
class Permutation(Value):
    """The statistic under permuted cohorts (draws), beside the observed one.

    ``draws`` counts those that identify an effect; ``critical`` is the value that |t| must pass at 5 %, and the
    interval its inversion (None where the test is of another hypothesis). ``beside`` (draws, k) are the statistics of
    the policy's k other terms, which follow the headline among the terms.
    """

    shape: ClassVar[str] = "permutation"

    draw: Ints
    estimate: Floats
    std_error: Floats
    drawn: Aside[FloatArray]
    observed: Aside[float]
    p_value: Aside[float]
    draws: Aside[int]
    critical: Aside[float | None] = None
    conf_low: Aside[float | None] = None
    conf_high: Aside[float | None] = None
    observed_estimate: Aside[float | None] = None
    failed: Aside[int | None] = None
    beside: Aside[FloatArray | None] = None

    def frame(self) -> pd.DataFrame:
        """Return the draws with their statistic."""
        return super().frame().assign(statistic=self.drawn)

    def scalars(self) -> Mapping[str, object]:
        """Return the observed statistic, its p-value and the interval."""
        found = {
            "observed": self.observed_estimate,
            "draws": self.draws,
            "statistic": self.observed,
            "p_value": self.p_value,
            "critical": self.critical,
            "conf_low": self.conf_low,
            "conf_high": self.conf_high,
            "failed": self.failed,
        }
        return {key: value for key, value in found.items() if value is not None}

    @property
    def known(self) -> FloatArray:
        """Return the statistics of the draws that identify an effect."""
        return self.drawn[np.isfinite(self.drawn)]
