"""The values of space: who neighbours whom, autocorrelation by year, local clusters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np

from ccd.arrays import BoolArray, FloatArray
from ccd.results.term import Term
from ccd.results.value import Aside, Floats, Ints, Keys, Value, Words
from ccd.words import Name, Text, text

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Neighbours(Value):
    """Of each region (rows) under each of the weights: how many it receives from, the nearest region's distance, who.

    Of each of the weights by name: its ``kind``, ``cutoff`` in km (nan: none), regions without a link, and the
    ``least``, mean (``average``) and ``most`` links of a region.
    """

    shape: ClassVar[str] = "neighbours"

    region: Keys
    links: Ints
    nearest_km: Floats
    weights: Keys
    linked: Keys
    names: Aside[tuple[str, ...]]
    kinds: Aside[tuple[str, ...]]
    cutoff: Aside[FloatArray]
    islands: Aside[tuple[tuple[str, ...], ...]]
    least: Aside[FloatArray]
    average: Aside[FloatArray]
    most: Aside[FloatArray]


@dataclass(frozen=True)
class Moran(Value):
    """Moran's I, Geary's C and Getis and Ord's G of a variable under weights in a year (rows).

    ``p_value``, ``p_C`` and ``p_G`` are normal under randomisation, ``p_permutation`` is that of I over ``draws``.
    """

    shape: ClassVar[str] = "moran"

    year: Ints
    variable: Keys
    weights: Keys
    I: Floats  # noqa: E741
    expected: Floats
    z: Floats
    p_value: Floats
    p_permutation: Floats
    C: Floats
    p_C: Floats  # noqa: N815
    G: Floats
    p_G: Floats  # noqa: N815
    nobs: Ints
    draws: int


@dataclass(frozen=True)
class Lisa(Value):
    """Local Moran's I and Gi* of each region and year (rows), with permutation p and its q of the year.

    ``quadrant`` is where a region stands in the Moran scatter, ``label`` (``class`` in the file) the same where its
    q is at most ``level``, else empty. ``standard`` and ``standard_lag`` are z and Wz in standard deviations,
    ``slopes`` those of the line through the scatter of each year: Moran's I where rows of W sum to 1.
    """

    shape: ClassVar[str] = "lisa"

    region: Keys
    year: Ints
    variable: Keys
    value: Floats
    lag: Floats
    I: Floats  # noqa: E741
    quadrant: Keys
    p_value: Floats
    q_value: Floats
    label: Keys
    Gi: Floats
    q_Gi: Floats  # noqa: N815
    weights: Keys
    standard: Aside[FloatArray]
    standard_lag: Aside[FloatArray]
    draws: int
    level: float
    slopes: Aside[Mapping[int, float]]

    def in_year(self, year: int) -> BoolArray:
        """Tell which rows belong to a year."""
        return np.asarray(self.year == year)

    def frame(self) -> pd.DataFrame:
        """Return the columns; the class under its own name, which is a word of Python."""
        return super().frame().rename(columns={"label": "class"})


@dataclass(frozen=True)
class Impacts(Value):
    """Direct, indirect and total impacts of each variable (rows), by ``draws`` draws of the coefficients.

    ``std_error`` is half the central 68.27 % range of the draws, ``std_error_delta`` that of the delta method; without
    draws (0) both are analytic.
    """

    shape: ClassVar[str] = "impacts"

    variable: Keys
    effect: Keys
    estimate: Floats
    std_error: Floats
    statistic: Floats
    p_value: Floats
    conf_low: Floats
    conf_high: Floats
    std_error_delta: Floats
    draws: int
    redrawn: int
    outcome: str
    weights: str


@dataclass(frozen=True)
class Neighbouring(Term):
    """A term of the neighbours' mean of another: W times it."""

    of: Term

    @property
    def name(self) -> str:
        """Return ``x_neighbours``."""
        return f"{self.of}_neighbours"

    @property
    def words(self) -> Text:
        """Return the term, of neighbours."""
        return text("{term} of neighbours", term=self.of.words)


@dataclass(frozen=True)
class Autoregression(Term):
    """rho: how far the outcome, or the error, of neighbours moves that of a region."""

    outcome: str
    errors: bool = False

    @property
    def name(self) -> str:
        """Return ``rho``."""
        return "rho"

    @property
    def words(self) -> Text:
        """Return whose neighbours' value it belongs to."""
        if self.errors:
            return text("errors of neighbours (rho)")
        return text("{outcome} of neighbours (rho)", outcome=Name(self.outcome))

    @property
    def shared(self) -> Text:
        """Return rho, the same in every column of a table."""
        return text("neighbours (rho)")


@dataclass(frozen=True)
class Impact(Term):
    """What a policy does to other regions (``indirect``), or to all (``total``)."""

    policy: str
    effect: Literal["indirect", "total"]

    @property
    def name(self) -> str:
        """Return ``policy_indirect`` or ``policy_total``."""
        return f"{self.policy}_{self.effect}"

    @property
    def words(self) -> Text:
        """Return the policy with its effect."""
        if self.effect == "total":
            return text("{policy}, total effect", policy=Name(self.policy))
        return text("{policy}, indirect effect", policy=Name(self.policy))


@dataclass(frozen=True)
class Ring(Term):
    """A band of distance (``low``, ``high``] from the nearest region treated by a policy: km, or orders of borders."""

    policy: str
    low: float
    high: float
    km: bool = True

    @property
    def band(self) -> str:
        """Return ``0-100``, the band alone."""
        return f"{self.low:g}-{self.high:g}"

    @property
    def name(self) -> str:
        """Return ``policy_ring_0-100``."""
        return f"{self.policy}_ring_{self.band}"

    @property
    def words(self) -> Text:
        """Return the policy with the distance."""
        values = {"policy": Name(self.policy), "low": f"{self.low:g}", "high": f"{self.high:g}"}
        if self.km:
            return text("{policy} {low}–{high} km away", **values)
        return text("{policy} {low}–{high} borders away", **values)


@dataclass(frozen=True)
class RingEffects(Value):
    """The effect on treated regions (ring ``treated``) and on the rings around them (rows).

    ``sign`` is ``+`` (radiation) or ``-`` (siphon) where the interval leaves out zero, else ``none``.
    """

    shape: ClassVar[str] = "rings"

    ring: Keys
    low: Floats
    high: Floats
    estimate: Floats
    std_error: Floats
    p_value: Floats
    conf_low: Floats
    conf_high: Floats
    cells: Ints
    regions: Ints
    sign: Keys
    label: Words
    outcome: str


@dataclass(frozen=True)
class BandMap(Value):
    """The band of each region-year (rows): ``treated``, one of ``bands``, ``clean``, or ``donut`` (left out)."""

    shape: ClassVar[str] = "bands"

    region: Keys
    year: Ints
    band: Keys
    bands: Aside[tuple[str, ...]]
    policy: Aside[str]
    km: Aside[bool]
