"""The values of ``[describe]``: how a variable is spread over regions, how it moves, and what goes with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from ccd.arrays import FloatArray, IntArray
from ccd.results.value import Aside, Bools, Floats, Ints, Keys, Value, Words

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Inequality(Value):
    """Dagum's Gini and Theil's T by year (rows), their parts with shares, and each group's own.

    ``measure``: gini, within, between, overlap, theil, theil_within, theil_between; ``group`` is empty for all.
    """

    shape: ClassVar[str] = "inequality"

    time: Ints
    measure: Keys
    group: Keys
    estimate: Floats
    share: Floats
    conf_low: Floats
    conf_high: Floats
    variable: str
    by: str | None = None

    def of(self, measure: str, group: str = "") -> IntArray:
        """Return the rows of one measure and group, in the order of years."""
        pairs = zip(self.measure, self.group, strict=True)
        return np.flatnonzero([one == (measure, group) for one in pairs])

    @property
    def groups(self) -> tuple[str, ...]:
        """Return the groups in their order."""
        return tuple(dict.fromkeys(group for group in self.group if group))


@dataclass(frozen=True)
class Gaps(Value):
    """The Gini between two groups and the dominance D_jh of the richer, by year."""

    shape: ClassVar[str] = "gaps"

    time: Ints
    group: Keys
    other: Keys
    gini: Floats
    dominance: Floats
    variable: str


@dataclass(frozen=True)
class Ridges(Value):
    """Reflected kernel densities on [0, 1], one curve a year."""

    shape: ClassVar[str] = "ridges"

    time: Ints
    at: Floats
    density: Floats
    bandwidth: Floats
    variable: str


@dataclass(frozen=True)
class Modes(Value):
    """Silverman's test by year: critical bandwidth of k modes, and the p-value of at most k."""

    shape: ClassVar[str] = "modes"

    time: Ints
    k: Ints
    bandwidth: Floats
    p_value: Floats
    variable: str


@dataclass(frozen=True)
class Sigma(Value):
    """Spread over regions by year and group (empty: all): sd of logs (n-1), coefficient of variation."""

    shape: ClassVar[str] = "sigma"

    time: Ints
    group: Keys
    std_dev_log: Floats
    cv: Floats
    nobs: Ints
    variable: str


@dataclass(frozen=True)
class SigmaTests(Value):
    """The first year's spread of logs against the last's, by group: the test of Pitman and Morgan."""

    shape: ClassVar[str] = "sigma_tests"

    group: Keys
    first: Ints
    last: Ints
    std_dev_first: Floats
    std_dev_last: Floats
    r: Floats
    statistic: Floats
    df: Ints
    p_value: Floats
    variable: str


@dataclass(frozen=True)
class Convergence(Value):
    """Beta convergence: slope b, its error, yearly speed with its interval, half-life in years."""

    shape: ClassVar[str] = "convergence"

    model: Words
    group: Keys
    b: Floats
    std_error: Floats
    speed: Floats
    speed_low: Floats
    speed_high: Floats
    half_life: Floats
    nobs: Ints
    p_value: Floats
    term: Words
    variable: str


@dataclass(frozen=True)
class ClubMembers(Value):
    """Which club each region is in, 0 for none; ``paths`` (N, T) are the relative transitions h of ``times``."""

    shape: ClassVar[str] = "clubs"

    entity: Keys
    club: Ints
    variable: str
    times: Aside[IntArray]
    paths: Aside[FloatArray]


@dataclass(frozen=True)
class ClubTests(Value):
    """The log t test of all regions, of each club, and of those in none."""

    shape: ClassVar[str] = "club_tests"

    club: Words
    members: Ints
    b: Floats
    std_error: Floats
    t: Floats
    variable: str


@dataclass(frozen=True)
class Transitions(Value):
    """Transitions between states: counts, probabilities, Wilson intervals; ``lag`` is the neighbours' state, or all."""

    shape: ClassVar[str] = "transitions"

    lag: Words
    start: Aside[IntArray]
    end: Aside[IntArray]
    states: Aside[tuple[str, ...]]
    count: Ints
    probability: Floats
    conf_low: Floats
    conf_high: Floats
    few: Bools
    variable: str

    def frame(self) -> pd.DataFrame:
        """Return one row a transition, the states under ``from`` and ``to``."""
        found = super().frame()
        found.insert(1, "from", [self.states[k] for k in self.start])
        found.insert(2, "to", [self.states[k] for k in self.end])
        return found


@dataclass(frozen=True)
class ChainStates(Value):
    """Each state: its bounds, its share of region-years, in the long run, and the years a region stays."""

    shape: ClassVar[str] = "chain"

    state: Keys
    low: Floats
    high: Floats
    share: Floats
    ergodic: Floats
    sojourn: Floats
    variable: str


@dataclass(frozen=True)
class Passages(Value):
    """Mean years from a state to the first arrival in another."""

    shape: ClassVar[str] = "passages"

    start: Keys
    end: Keys
    years: Floats
    variable: str


@dataclass(frozen=True)
class ChainTests(Value):
    """Tests that transitions are the same over time and whatever the neighbours; mobility as a statistic alone."""

    shape: ClassVar[str] = "chain_tests"

    test: Words
    statistic: Floats
    df: Floats
    p_value: Floats
    variable: str


@dataclass(frozen=True)
class CentrePath(Value):
    """The weighted centre and the ellipse by year; ``outlines`` (T, m, 2) in degrees, ``places`` (N, 2) the regions."""

    shape: ClassVar[str] = "path"

    time: Ints
    lon: Floats
    lat: Floats
    moved_km: Floats
    major_km: Floats
    minor_km: Floats
    angle: Floats
    variable: str
    outlines: Aside[FloatArray]
    places: Aside[FloatArray]


@dataclass(frozen=True)
class Drivers(Value):
    """The geographical detector: q of each factor under its best cut, and what noise reaches (95% point)."""

    shape: ClassVar[str] = "drivers"

    factor: Keys
    search: Words
    intervals: Ints
    q: Floats
    q_adjusted: Floats
    q_out: Floats
    p_value: Floats
    noise: Floats
    singletons: Ints
    variable: str


@dataclass(frozen=True)
class Interactions(Value):
    """q of two factors laid on each other, and which of five classes it falls in."""

    shape: ClassVar[str] = "interactions"

    first: Keys
    second: Keys
    q: Floats
    kind: Words
    q_first: Floats
    q_second: Floats
    singletons: Ints
    variable: str


@dataclass(frozen=True)
class GreyDegrees(Value):
    """Grey relational degrees and their ranks; ``low`` and ``high`` ranks over rho 0.1 to 0.9."""

    shape: ClassVar[str] = "grey"

    factor: Keys
    degree: Floats
    rank: Ints
    rank_low: Ints
    rank_high: Ints
    variable: str


@dataclass(frozen=True)
class LeadLag(Value):
    """Two subsystems by region and year: ratio, standing, speed, acceleration, angle in degrees.

    ``shares`` (pairs, T, 3) of regions whose first subsystem lags, is level, leads; ``pairs`` names them.
    """

    shape: ClassVar[str] = "lead_lag"

    first: Keys
    second: Keys
    entity: Keys
    time: Ints
    ratio: Floats
    standing: Words
    speed_first: Floats
    speed_second: Floats
    acceleration_first: Floats
    acceleration_second: Floats
    angle: Floats
    pairs: Aside[tuple[tuple[str, str], ...]]
    years: Aside[IntArray]
    shares: Aside[FloatArray]


@dataclass(frozen=True)
class LeadTimes(Value):
    """Who runs ahead in time: mean correlation of speeds at each k, and the test of the largest."""

    shape: ClassVar[str] = "leads"

    first: Keys
    second: Keys
    k: Ints
    correlation: Floats
    largest: Bools
    p_value: Floats


@dataclass(frozen=True)
class Forecast(Value):
    """Forecasts by region and method, intervals from the errors of held-out years (95%, and 80% inside).

    ``history`` (N, T) of ``regions`` in ``years`` and ``chosen``, the method drawn, are for the figure.
    """

    shape: ClassVar[str] = "forecast"

    entity: Keys
    time: Ints
    method: Keys
    estimate: Floats
    conf_low: Floats
    conf_high: Floats
    low_80: Floats
    high_80: Floats
    variable: str
    chosen: str
    regions: Aside[tuple[str, ...]]
    years: Aside[IntArray]
    history: Aside[FloatArray]


@dataclass(frozen=True)
class ForecastErrors(Value):
    """Errors of held-out years by method and horizon."""

    shape: ClassVar[str] = "forecast_errors"

    method: Keys
    horizon: Ints
    nobs: Ints
    mae: Floats
    rmse: Floats
    mase: Floats
    share_won: Floats
    variable: str
    chosen: str


@dataclass(frozen=True)
class GreyFits(Value):
    """GM(1,1) of each region: a, b, smallest and largest class ratio, whether they allow it, C and P."""

    shape: ClassVar[str] = "gm11"

    entity: Keys
    a: Floats
    b: Floats
    ratio_low: Floats
    ratio_high: Floats
    allowed: Bools
    C: Floats
    P: Floats
    variable: str
