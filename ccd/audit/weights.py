"""Which scale, weighting and slip made published weights from the data of a study."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product

import numpy as np

from ccd.arrays import BoolArray, FloatArray, IntArray
from ccd.audit.boxes import Printed
from ccd.audit.trial import Trial, tried
from ccd.index.fit import Member, columns_of
from ccd.index.scale import SCALES, fit_bounds
from ccd.index.weights import WEIGHTS, Options, conflict, shares
from ccd.words import Name, Text, text

SHIFTS = (0.0, 1e-4, 1e-3, 1e-2)
SCALED = ("minmax", "per-year", "ratio", "minmax-0.002", "minmax-0.01", "none")
ENTROPIES = ("entropy", "entropy-critic")
OTHERS = ("critic", "cv", "pca", "equal")
#: What the entropy is divided by: the logarithm of region-years, of years, of regions.
DIVISORS = ("ln NT", "ln T", "ln N")


@dataclass(frozen=True)
class Recipe:
    """One way to make weights; ``rows`` is pooled or per year, ``flipped`` the indicator whose direction is turned."""

    scale: str
    weighting: str
    rows: str = "pooled"
    divisor: str = ""
    shift: float = 0.0
    flipped: int = -1

    @property
    def right(self) -> bool:
        """Tell whether nothing in it is a slip: the entropy's divisor is that of the rows it sums over."""
        own = {"pooled": "ln NT", "per year": "ln N"}[self.rows]
        return self.divisor in ("", own) and self.flipped < 0

    def said(self, indicators: Sequence[str]) -> Text:
        """Return the recipe in words."""
        pieces: list[object] = [self.weighting, text("scale {scale}", scale=self.scale)]
        pieces.append(text("pooled") if self.rows == "pooled" else text("mean of the years"))
        pieces += [text("entropy over {divisor}", divisor=self.divisor)] if self.divisor else []
        pieces += [text("shift {shift}", shift=f"{self.shift:g}")] if self.shift else []
        if self.flipped >= 0:
            pieces.append(text("direction of {column} turned", column=Name(indicators[self.flipped])))
        return text("{pieces}", pieces=tuple(pieces))


@dataclass(frozen=True)
class Material:
    """Indicators x (m, k) of a study with their year (m,) as codes 0.., and who they are."""

    x: FloatArray
    year: IntArray
    regions: int
    members: tuple[Member, ...]

    def sizes(self) -> dict[str, float]:
        """Return the divisors of the entropy by name."""
        years = int(self.year.max()) + 1
        return {"ln NT": np.log(len(self.x)), "ln T": np.log(years), "ln N": np.log(self.regions)}


def trials(printed: Printed, own: Material) -> Iterator[Trial]:
    """Yield every recipe against printed weights (k,), which sum to one in each subsystem or over all indicators.

    A turned direction is tried where no recipe fits without one.
    """
    total = float(np.nansum(printed.value))
    groups = [*columns_of(own.members).values()]
    unit = 100.0 if total > len(groups) * 2 else 1.0
    if abs(total / unit - 1) < abs(total / unit - len(groups)):  # in sum one over all, slips apart
        groups = [[*range(len(own.members))]]
    shown = Printed(printed.value / unit, printed.half / unit)
    indicators = [member.indicator for member in own.members]
    fitting = False
    for recipe in recipes():
        one = _trial(recipe, shown, own, groups, indicators)
        fitting |= one.fits
        yield one
    if fitting:
        return
    turned = [k for k, member in enumerate(own.members) if member.direction in ("+", "-")]
    for recipe, k in product(recipes(), turned):
        if recipe.weighting not in ("cv", "equal"):
            yield _trial(replace(recipe, flipped=k), shown, own, groups, indicators)


def recipes() -> Iterator[Recipe]:
    """Yield the recipes without a turned direction."""
    for scale, rows in product(SCALED, ("pooled", "per year")):
        for weighting, divisor, shift in product(ENTROPIES, DIVISORS, SHIFTS):
            yield Recipe(scale, weighting, rows, divisor, shift)
        for weighting in OTHERS:
            if scale == "minmax" or weighting not in ("cv", "equal"):  # those two do not read z
                yield Recipe(scale, weighting, rows)


def _trial(
    recipe: Recipe, shown: Printed, own: Material, groups: list[list[int]], indicators: list[str]
) -> Trial:
    made = weights(recipe, own, groups)
    return tried("weight", recipe.said(indicators), shown, made, made, right=recipe.right)


def weights(recipe: Recipe, own: Material, groups: list[list[int]]) -> FloatArray:
    """Return the weights (k,) of a recipe, summing to one in each group; nan where they are undefined."""
    directions = [member.direction for member in own.members]
    if recipe.flipped >= 0:
        directions[recipe.flipped] = "-" if directions[recipe.flipped] == "+" else "+"
    bounds = fit_bounds(own.x, directions, own.year if recipe.scale == "per-year" else None)
    years = int(own.year.max()) + 1
    samples: list[BoolArray] = [np.ones(len(own.x), dtype=bool)]
    if recipe.rows == "per year":
        samples = [own.year == k for k in range(years)]
    with np.errstate(divide="ignore", invalid="ignore"):
        z = SCALES[recipe.scale](own.x, directions, bounds)
        out = np.zeros(z.shape[1])
        for group in groups:
            own_weights = [_of(recipe, z[s][:, group], own.x[s][:, group], own) for s in samples]
            out[group] = np.mean(own_weights, axis=0)
    return np.where(np.isfinite(out), out, np.nan)


def _of(recipe: Recipe, z: FloatArray, x: FloatArray, own: Material) -> FloatArray:
    from scipy.special import xlogy

    if recipe.weighting in OTHERS:
        if not np.isfinite(z).all():
            return np.full(z.shape[1], np.nan)
        return WEIGHTS[recipe.weighting](z, x, Options())
    if not (z + recipe.shift >= 0).all():
        return np.full(z.shape[1], np.nan)
    p = z + recipe.shift
    p = p / p.sum(axis=0)
    spare = 1 + xlogy(p, p).sum(axis=0) / own.sizes()[recipe.divisor]
    if recipe.weighting == "entropy-critic":
        spare = spare * conflict(z)
    if z.shape[1] == 1:
        return shares(spare)
    return np.asarray(spare / spare.sum())  # of a wrong divisor both are negative
