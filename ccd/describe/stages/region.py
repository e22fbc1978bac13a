"""The stages of one region: its series, its curve, its stage on one side."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from ccd.arrays import FloatArray, IntArray
from ccd.describe.stages.additive import fit_additive
from ccd.describe.stages.curve import Curve, Grid, fit_curve
from ccd.describe.stages.hype import stage_shares
from ccd.describe.stages.naming import CLIMB, INDUSTRY, Named, by_quotient, declining, named, thirds

Errors = Literal["log", "additive"]
#: Fewer years tell no curve apart from another.
FEWEST = 10


@dataclass(frozen=True)
class Series:
    """One column of one region in the years in which it is known: years (n,), y (n,), its location quotient at the end.

    ``expectation`` (n,) is of the same years.
    """

    years: IntArray
    y: FloatArray
    quotient: float
    expectation: FloatArray | None = None

    def usable(self) -> bool:
        """Tell whether a curve can be fitted: ten years or more, all above 0; with expectation, without gaps."""
        whole = len(self.y) >= FEWEST and bool((self.y > 0).all())
        if self.expectation is None:
            return whole
        known = np.isfinite(self.expectation)
        return whole and bool(
            known.all() and (self.expectation > 0).all() and (np.diff(self.years) == 1).all()
        )


@dataclass(frozen=True)
class Told:
    """What is told of one side of one region."""

    curve: Curve
    named: Named
    probability: Mapping[str, float]
    time: int


def curve_of(grid: Grid, series: Series, errors: Errors) -> Curve | None:
    """Return the curve of a series; None where it cannot be told."""
    return fit_curve(grid, series.y) if errors == "log" else fit_additive(grid, series.y)


def industry_side(grid: Grid, series: Series, errors: Errors) -> Told | None:
    """Return the stage of an industry: decline by its rule, else by the share of the ceiling reached."""
    curve = curve_of(grid, series, errors)
    if curve is None:
        return None
    probability = thirds(curve, INDUSTRY)
    if declining(series.y):
        found = Named("decline", "", float("nan"))
    else:
        found = by_quotient(series.quotient, INDUSTRY) if curve.open else named(probability)
    return Told(curve, found, probability, int(series.years[-1]))


def technology_side(
    grid: Grid, series: Series, errors: Errors, draws: int, rng: np.random.Generator
) -> Told | None:
    """Return the stage of a technology: of five by the bootstrap where expectation is known, else of three."""
    curve = curve_of(grid, series, errors)
    if curve is None:
        return None
    time = int(series.years[-1])
    if series.expectation is not None:
        probability = stage_shares(grid, curve, series.y, series.expectation, draws, rng)
        return Told(curve, named(probability), probability, time)
    probability = thirds(curve, CLIMB)
    found = by_quotient(series.quotient, CLIMB) if curve.open else named(probability)
    return Told(curve, found, probability, time)
