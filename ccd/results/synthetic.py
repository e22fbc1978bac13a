"""What a model of one treated region shows beside its term: paths, donors, placebos, and checks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ccd.arrays import FloatArray
from ccd.results.value import Aside, Floats, Ints, Keys, Value, Words


@dataclass(frozen=True)
class SyntheticPaths(Value):
    """Outcome of the treated and of its synthetic by year (rows); interval and p by year from ``date`` on.

    ``band`` says how they are made, at ``level``: ``conformal`` or ``rank``, of several regions ``placebo``,
    ``bootstrap`` or ``jackknife``.
    """

    shape: ClassVar[str] = "synthetic_paths"

    year: Ints
    treated: Floats
    synthetic: Floats
    gap: Floats
    conf_low: Floats
    conf_high: Floats
    p_value: Floats
    date: int
    level: float
    band: str
    pre_rmspe: float
    region: Aside[tuple[str, ...]] = ()


@dataclass(frozen=True)
class Donors(Value):
    """Every untreated region (rows): its weight (nan: no donor), or why it is none. Donors by weight come first.

    ``effective`` is 1 / sum w^2.
    """

    shape: ClassVar[str] = "donors"

    region: Keys
    weight: Floats
    reason: Words
    effective: float
    donors: int


@dataclass(frozen=True)
class TimeWeights(Value):
    """Weights of the years before the date (rows); ``effective`` is 1 / sum l^2."""

    shape: ClassVar[str] = "time_weights"

    year: Ints
    weight: Floats
    effective: float


@dataclass(frozen=True)
class PlaceboUnits(Value):
    """The treated (first row) and each donor as if treated: estimate, RMSPE before and after, ratio, rank of size.

    ``p_value`` is that of the rank of |estimate|, ``p_ratio`` that of the ratio (nan: none), ``within`` the latter
    among placebos that fit at most so many times worse: (times, placebos, p).
    """

    shape: ClassVar[str] = "placebo_units"

    region: Keys
    estimate: Floats
    pre_rmspe: Floats
    post_rmspe: Floats
    ratio: Floats
    rank: Ints
    p_value: float
    p_ratio: float
    interval_level: float = 0.95
    within: Aside[tuple[tuple[int, int, float], ...]] = ()


@dataclass(frozen=True)
class PlaceboPaths(Value):
    """The gap of each placebo by year (rows); ``own`` is the treated's over ``years``, ``date`` the policy's."""

    shape: ClassVar[str] = "placebo_paths"

    region: Keys
    year: Ints
    gap: Floats
    date: int
    years: Aside[FloatArray]
    own: Aside[FloatArray]
    treated: Aside[tuple[str, ...]] = ()


@dataclass(frozen=True)
class WithoutDonor(Value):
    """The effect without each donor that has weight (rows), its placebos made again; ``whole`` is that with all."""

    shape: ClassVar[str] = "without_donor"

    left_out: Keys
    estimate: Floats
    std_error: Floats
    p_value: Floats
    conf_low: Floats
    conf_high: Floats
    whole: float
    lowest: float
    lowest_without: str
    highest: float
    highest_without: str
    largest_p: float
    interval_level: float = 0.95


@dataclass(frozen=True)
class InTime(Value):
    """Effects of dates before the policy, true years after cut off (rows); ``years`` from the moved date on."""

    shape: ClassVar[str] = "in_time"

    date: Ints
    estimate: Floats
    std_error: Floats
    p_value: Floats
    pre_rmspe: Floats
    years: Ints
    actual: Aside[int]


@dataclass(frozen=True)
class Starts(Value):
    """Synthetic control on predictors from each starting point (rows): loss before the date, estimate.

    ``floor`` is the loss of weights fitted to the outcome alone; ``predictor`` and ``v`` are those of the least loss.
    """

    shape: ClassVar[str] = "starts"

    start: Ints
    loss: Floats
    estimate: Floats
    floor: float
    best: float
    lowest: float
    highest: float
    predictor: Aside[tuple[str, ...]]
    v: Aside[FloatArray]
    region: Aside[tuple[str, ...]]
    weight: Aside[FloatArray]
