"""The keys of each table under ``[describe]``."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from ccd.errors import SpecError
from ccd.spec import Spec
from ccd.words import text

Draws = Annotated[int, Field(ge=99, le=99999)]


class InequalityKeys(Spec):
    """``inequality``: Dagum's Gini and Theil by year."""

    by: str | None = None
    """Column that groups the regions; none: no decomposition."""
    weights: str | None = None
    """Column that weighs regions, such as population; none: each counts once."""


class DensityKeys(Spec):
    """``density``: kernel densities by year, and a test of the number of modes."""

    bandwidth: Literal["common", "own"] = "common"
    """One bandwidth for all years (the median), or each year its own."""
    modes: int = Field(default=2, ge=1, le=6)
    """Numbers of modes that are tested: 1 up to this."""
    draws: Draws = 999
    """Bootstrap draws of each test."""


class ConvergenceKeys(Spec):
    """``convergence``: sigma, beta and clubs."""

    by: str | None = None
    """Column that groups the regions: each group beside all."""
    conditional: tuple[str, ...] = ()
    """Columns held constant, at the first year or the year before."""
    policy: str | None = None
    """Policy that may change the speed of catching up."""
    clubs: bool = False
    """Clubs of Phillips and Sul."""
    draws: Draws = 999
    """Bootstrap draws of regions behind the errors of panel regressions."""


class MarkovKeys(Spec):
    """``markov``: transitions between states, and whether neighbours matter for them."""

    states: Literal["quartiles", "grades", "bottleneck"] = "quartiles"
    """Quartiles of all region-years, the grades of D, or which subsystem is lowest."""
    cuts: tuple[float, ...] = ()
    """Cuts between states, in place of quartiles."""
    lag: bool | str = False
    """Spatial Markov: true for provinces that border on each other, or the name of spatial weights."""
    draws: Draws = 999
    """Permutations of paths over regions behind the spatial test."""


class EllipseKeys(Spec):
    """``ellipse``: the centre of a variable and its standard deviational ellipse by year."""

    at: Literal["capital", "centroid"] | tuple[str, str] = "capital"
    """Where regions lie: province capitals, province centroids, or columns of longitude and latitude."""
    convention: Literal["sqrt2", "plain", "crimestat"] = "sqrt2"
    """What standard deviations are multiplied by: sqrt 2, 1, or sqrt(2n/(n-2))."""
    plane: Literal["albers", "lonlat"] = "albers"
    """Equal-area projection, or degrees as they stand."""


class DriversKeys(Spec):
    """``drivers``: the geographical detector."""

    factors: tuple[str, ...] = ()
    """Columns of numbers, cut into intervals."""
    strata: tuple[str, ...] = ()
    """Columns whose values are strata as they stand, such as region3."""
    intervals: tuple[Annotated[int, Field(ge=2, le=20)], Annotated[int, Field(ge=2, le=20)]] = (3, 6)
    """Fewest and most intervals of a number."""
    search: Literal["best-of", "exact"] = "best-of"
    """The best of five ways to cut, or the cuts that leave least variance within."""
    year: int | None = None
    """Year that is looked at; none: means over years."""
    draws: Draws = 999
    """Permutations, each with the whole search."""

    @model_validator(mode="after")
    def _consistent(self) -> DriversKeys:
        if not self.factors and not self.strata:
            raise SpecError(text("name factors or strata"))
        if self.intervals[0] > self.intervals[1]:
            raise SpecError(text("intervals are [fewest, most]"))
        return self


class GreyKeys(Spec):
    """``grey``: grey relational degrees after Deng."""

    factors: tuple[str, ...] = Field(min_length=1)
    """Columns that are compared with the variable."""
    rho: float = Field(default=0.5, gt=0, lt=1)
    """Distinguishing coefficient."""
    scale: Literal["minmax", "mean", "first"] = "minmax"
    """Each series by its range, its mean, or its first value."""


class LeadLagKeys(Spec):
    """``lead_lag``: which subsystem is ahead of which, in level and in time."""

    cut: float = Field(default=0.8, gt=0, lt=1)
    """A ratio below it lags, above its inverse it leads."""
    cut_high: float | None = Field(default=None, gt=1)
    """A ratio above it leads, in place of the inverse of ``cut``."""
    draws: Draws = 999
    """Permutations of partners behind the test of a lead in time."""


class ForecastKeys(Spec):
    """``forecast``: the next years of each region, with the errors of years held out."""

    horizon: int = Field(default=3, ge=1, le=10)
    """Years ahead."""
    holdout: int = Field(default=5, ge=1, le=20)
    """Last years that are forecast from before, to measure errors."""
    methods: tuple[Literal["drift", "theta", "ets", "gm11"], ...] = ("drift", "theta", "ets", "gm11")
    """Methods that compete."""
