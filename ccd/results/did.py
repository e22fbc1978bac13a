"""What difference-in-differences adds to its terms: effects by cohort and year, and the checks after the fit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from ccd.arrays import FloatArray
from ccd.results.estimate import Terms
from ccd.results.shared import PreTrend
from ccd.results.value import Aside, Floats, Ints, Keys, Value, Words, agreed


@dataclass(frozen=True)
class AttGt(Value):
    """The effect in every cohort and year (rows, sorted by both); ``treated`` counts what stands behind it.

    ``before`` is the test that all those before treatment are 0, of estimators that print one. ``p_analytic`` is
    there where a permutation leads.
    """

    shape: ClassVar[str] = "att_gt"

    cohort: Ints
    time: Ints
    estimate: Floats
    std_error: Floats
    conf_low: Floats
    conf_high: Floats
    statistic: Floats
    p_value: Floats
    event_time: Ints
    treated: Ints
    band_low: Floats | None = None
    band_high: Floats | None = None
    p_analytic: Floats | None = None
    before: Aside[PreTrend | None] = None


@dataclass(frozen=True)
class Aggregates(Value):
    """Means of effects: ``key`` is a cohort, a year or an event time of ``aggregation``, or ``overall``.

    ``p_analytic`` is there where a permutation leads.
    """

    shape: ClassVar[str] = "aggregates"

    aggregation: Keys
    key: Keys
    estimate: Floats
    std_error: Floats
    conf_low: Floats
    conf_high: Floats
    statistic: Floats
    p_value: Floats
    band_low: Floats | None = None
    band_high: Floats | None = None
    p_analytic: Floats | None = None

    @property
    def starred(self) -> FloatArray:
        """Return the p-values (k,) that stars may stand for: nan where the interval says otherwise of zero."""
        return agreed(self.p_value, self.conf_low, self.conf_high)


@dataclass(frozen=True)
class EventStudies(Value):
    """The event studies of several estimators below each other, each under its label."""

    shape: ClassVar[str] = "event_studies"

    label: Words
    event_time: Ints
    estimate: Floats
    std_error: Floats
    conf_low: Floats
    conf_high: Floats
    outcome: str = ""
    term: str = ""


@dataclass(frozen=True)
class PlaceboCurve(Value):
    """The density of placebo estimates on a grid."""

    shape: ClassVar[str] = "placebo_curve"

    at: Floats
    density: Floats


@dataclass(frozen=True)
class Tails:
    """Mean and spread of the placebo draws, and the shares of them that lie beyond the true effect."""

    mean: float
    std_dev: float
    two_sided: float
    left: float
    right: float

    def facts(self) -> dict[str, float]:
        """Return what summary.json says of them."""
        shares = {"p_two_sided": self.two_sided, "p_left": self.left, "p_right": self.right}
        return {"mean": self.mean, "std_dev": self.std_dev, **shares}


@dataclass(frozen=True)
class Placebo(Value):
    """Effects of policies that were never made: by random ``draw``, or of dates moved ``draw`` years ahead.

    ``by`` is ``space``, ``mixed`` or ``time``, ``observed`` the true effect, ``draws`` how many identify one.
    Random draws have ``tails`` and a ``curve``; moved dates a p-value and an interval each, and the smallest p; where
    a permutation leads, they are its, and ``p_analytic`` those of the errors.
    """

    shape: ClassVar[str] = "placebo"

    draw: Ints
    estimate: Floats
    std_error: Floats
    statistic: Floats
    by: Aside[str]
    observed: Aside[float]
    draws: Aside[int]
    p_value: Floats | None = None
    conf_low: Floats | None = None
    conf_high: Floats | None = None
    p_analytic: Floats | None = None
    tails: Aside[Tails | None] = None
    curve: Aside[PlaceboCurve | None] = None
    p_smallest: Aside[float | None] = None

    def facts(self) -> dict[str, object]:
        """Return what summary.json says of the placebo among the model's own figures."""
        found: dict[str, object] = {"by": self.by, "draws": self.draws, "estimate": self.observed}
        if self.p_smallest is not None:
            found["p_smallest"] = self.p_smallest
        return found if self.tails is None else found | self.tails.facts()

    def scalars(self) -> Mapping[str, object]:
        """Return ``facts``, and the two-sided share as p-value."""
        return self.facts() if self.tails is None else {**self.facts(), "p_value": self.tails.two_sided}


@dataclass(frozen=True)
class BaconKind:
    """The comparisons of one type: their weight together, their weighted mean, and how many they are."""

    kind: str
    weight: float
    estimate: float
    comparisons: int


@dataclass(frozen=True)
class Bacon(Value):
    """The 2x2 comparisons (rows) inside a two-way coefficient, their weights summing to 1.

    ``treated`` and ``control`` are cohorts, ``never`` or ``all``. ``total`` is the weighted mean of all, ``kinds``
    that of each type.
    """

    shape: ClassVar[str] = "bacon"

    treated: Keys
    control: Keys
    type: Keys
    estimate: Floats
    weight: Floats
    total: Aside[float]
    kinds: Aside[tuple[BaconKind, ...]]

    def scalars(self) -> Mapping[str, object]:
        """Return the weighted mean, and weight, mean and number of each type."""
        found: dict[str, object] = {"estimate": self.total}
        for one in self.kinds:
            found[one.kind] = {
                "weight": one.weight,
                "estimate": one.estimate,
                "comparisons": one.comparisons,
            }
        return found


@dataclass(frozen=True)
class Breakdown:
    """The least violation at which the interval of ``target`` holds zero, by restriction; None: there is none."""

    target: str
    relative: float | None
    smoothness: float | None


@dataclass(frozen=True)
class Sensitivity(Value):
    """95 % intervals of ``target`` when trends may differ by up to ``m`` under a ``restriction`` (rows).

    ``leads`` and ``effects`` count the event times used.
    """

    shape: ClassVar[str] = "sensitivity"

    target: Keys
    restriction: Keys
    m: Floats
    estimate: Floats
    conf_low: Floats
    conf_high: Floats
    leads: int
    effects: int
    breakdowns: Aside[tuple[Breakdown, ...]]

    def scalars(self) -> Mapping[str, object]:
        """Return the number of leads and effects, and the breakdown values of each target."""
        found = dict(super().scalars())
        for one in self.breakdowns:
            found[one.target] = {
                "breakdown_relative": one.relative,
                "breakdown_smoothness": one.smoothness,
            }
        return found


@dataclass(frozen=True)
class Carried(Value):
    """Standard errors of one effect on D (rows): analytic, and by regions redrawn with D held and with D remade.

    ``ratio`` is remade over held, ``draws`` how many stand behind both, ``regions`` how many are drawn from.
    """

    shape: ClassVar[str] = "carried"

    source: Keys
    std_error: Floats
    conf_low: Floats
    conf_high: Floats
    estimate: Aside[float]
    ratio: float
    draws: int
    regions: int


@dataclass(frozen=True)
class LeaveOut(Value):
    """The effect without each region, cohort or value of a column (rows); ``whole`` is that of all.

    Where a permutation leads, the p-values and intervals are its, and ``p_analytic`` those of the errors.
    """

    shape: ClassVar[str] = "leave_out"

    left_out: Keys
    estimate: Floats
    std_error: Floats
    p_value: Floats
    conf_low: Floats
    conf_high: Floats
    nobs: Ints
    by: str
    count: int
    whole: Aside[float]
    lowest: float
    lowest_without: str
    highest: float
    highest_without: str
    largest_p: float
    smallest_p: float
    p_analytic: Floats | None = None

    @property
    def starred(self) -> FloatArray:
        """Return the p-values (k,) that stars may stand for: nan where the interval says otherwise of zero."""
        return agreed(self.p_value, self.conf_low, self.conf_high)

    def scalars(self) -> Mapping[str, object]:
        """Return the effect of the whole sample and the range without one."""
        return {**super().scalars(), "estimate": self.whole}


@dataclass(frozen=True, kw_only=True)
class Moderator(Terms):
    """Policy, policy times moderator, and the moderator itself where it varies; centred at ``mean``.

    ``product_p`` is the p-value of the product.
    """

    shape: ClassVar[str] = "moderator"

    moderator: Aside[str]
    mean: Aside[float]
    product_p: Aside[float]

    def scalars(self) -> Mapping[str, object]:
        """Return the moderator, its mean, and the p-value of the product."""
        return {"moderator": self.moderator, "mean": self.mean, "p_value": self.product_p}


@dataclass(frozen=True)
class Margins(Value):
    """The effect at percentiles of the moderator (rows); ``p_analytic`` is there where a permutation leads."""

    shape: ClassVar[str] = "margins"

    at: Floats
    percentile: Ints
    estimate: Floats
    std_error: Floats
    statistic: Floats
    p_value: Floats
    conf_low: Floats
    conf_high: Floats
    p_analytic: Floats | None = None
    moderator: str = ""
