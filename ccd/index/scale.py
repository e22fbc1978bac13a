"""Scaling of indicators: raw values to z, higher is better, under bounds that can be fitted elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

import numpy as np
from pydantic import Discriminator, Tag, model_validator

from ccd.arrays import FloatArray, IntArray
from ccd.errors import SpecError
from ccd.spec import Spec
from ccd.words import text


class Target(Spec):
    """Best at one value: z = 1 - |x - v| / max|x - v|."""

    target: float
    """The best value v."""

    def __str__(self) -> str:
        return f"target {self.target:g}"


class Range(Spec):
    """Best within an interval: z = 1 - max(a - x, x - b, 0) / max(a - min, max - b)."""

    range: tuple[float, float]
    """The best interval [a, b]."""

    @model_validator(mode="after")
    def _ordered(self) -> Range:
        if self.range[0] > self.range[1]:
            raise SpecError(
                text(
                    "range = [{first:g}, {last:g}] runs backwards",
                    first=self.range[0],
                    last=self.range[1],
                )
            )
        return self

    def __str__(self) -> str:
        return f"range [{self.range[0]:g}, {self.range[1]:g}]"


def _kind(value: object) -> str:
    """Return which kind of direction a study wrote, so that its faults are those of one kind."""
    if isinstance(value, Range) or (isinstance(value, Mapping) and "range" in value):
        return "interval"
    return "best" if isinstance(value, Target | Mapping) else "sign"


Direction = Annotated[
    Annotated[Literal["+", "-"], Tag("sign")]
    | Annotated[Target, Tag("best")]
    | Annotated[Range, Tag("interval")],
    Discriminator(_kind),
]
Subsystems = Mapping[str, Mapping[str, Direction]]


@dataclass(frozen=True)
class Bounds:
    """What a scale takes from the data it was fitted on, each (k,), or (n, k) when fitted by group.

    ``low`` and ``high`` are of x; ``centre`` (mean) and ``spread`` (sd, n-1) are of ``merit(x)``.
    """

    low: FloatArray
    high: FloatArray
    centre: FloatArray
    spread: FloatArray


def merit(x: FloatArray, direction: Direction) -> FloatArray:
    """Return x (n,) turned so that higher is better: x, -x, or minus the distance from the best."""
    if isinstance(direction, Target):
        return np.asarray(-np.abs(x - direction.target))
    if isinstance(direction, Range):
        a, b = direction.range
        return np.asarray(-np.maximum(np.maximum(a - x, x - b), 0.0))
    return x if direction == "+" else -x


def fit_bounds(x: FloatArray, directions: Sequence[Direction], group: IntArray | None = None) -> Bounds:
    """Return the bounds of ``x`` (n, k), pooled, or of each row's own ``group`` (n,)."""
    if group is None:
        turned = np.column_stack([merit(x[:, j], d) for j, d in enumerate(directions)])
        spread = turned.std(axis=0, ddof=1) if len(x) > 1 else np.zeros(x.shape[1])
        return Bounds(x.min(axis=0), x.max(axis=0), turned.mean(axis=0), spread)
    low, high, centre, spread = (np.empty_like(x) for _ in range(4))
    for code in range(int(group.max()) + 1):
        rows = group == code
        own = fit_bounds(x[rows], directions)
        low[rows], high[rows], centre[rows], spread[rows] = own.low, own.high, own.centre, own.spread
    return Bounds(low, high, centre, spread)


def widest(bounds: Bounds, directions: Sequence[Direction]) -> FloatArray:
    """Return what x is divided by: max - min, or the longest distance from the best; shape of ``low``."""
    out = np.array(bounds.high - bounds.low)
    for j, direction in enumerate(directions):
        low, high = bounds.low[..., j], bounds.high[..., j]
        if isinstance(direction, Target):
            out[..., j] = np.maximum(np.abs(low - direction.target), np.abs(high - direction.target))
        elif isinstance(direction, Range):
            a, b = direction.range
            out[..., j] = np.maximum(a - low, high - b)
    return out


def minmax(x: FloatArray, directions: Sequence[Direction], bounds: Bounds) -> FloatArray:
    """Return z = (x - min)/(max - min), mirrored for '-', and the distances of Target and Range (n, k)."""
    z = np.empty_like(x)
    wide = widest(bounds, directions)
    for j, direction in enumerate(directions):
        if direction == "+":
            z[:, j] = (x[:, j] - bounds.low[..., j]) / wide[..., j]
        elif direction == "-":
            z[:, j] = (bounds.high[..., j] - x[:, j]) / wide[..., j]
        else:
            z[:, j] = 1 + merit(x[:, j], direction) / wide[..., j]
    return z


def none(x: FloatArray, directions: Sequence[Direction], bounds: Bounds) -> FloatArray:
    """Return z = x, or 1 - x for '-': indicators that lie in [0, 1] already (minmax with bounds 0 and 1)."""
    zero = np.zeros(x.shape[1])
    return minmax(x, directions, Bounds(zero, zero + 1, zero, zero))


def ratio(x: FloatArray, directions: Sequence[Direction], bounds: Bounds) -> FloatArray:
    """Return z = x/max for '+', min/x for '-'; Target and Range as under minmax."""
    z = minmax(x, directions, bounds)
    for j, direction in enumerate(directions):
        if direction == "+":
            z[:, j] = x[:, j] / bounds.high[..., j]
        elif direction == "-":
            z[:, j] = bounds.low[..., j] / x[:, j]
    return z


def zscore(x: FloatArray, directions: Sequence[Direction], bounds: Bounds) -> FloatArray:
    """Return (merit - mean)/sd: not in [0, 1], so never for entropy weights or for coupling."""
    turned = np.column_stack([merit(x[:, j], d) for j, d in enumerate(directions)])
    return np.asarray((turned - bounds.centre) / bounds.spread)


def minmax_002(x: FloatArray, directions: Sequence[Direction], bounds: Bounds) -> FloatArray:
    """Return minmax squeezed into [0.002, 0.998]."""
    return np.asarray(0.002 + 0.996 * minmax(x, directions, bounds))


def minmax_01(x: FloatArray, directions: Sequence[Direction], bounds: Bounds) -> FloatArray:
    """Return minmax squeezed into [0.01, 0.99]."""
    return np.asarray(0.01 + 0.98 * minmax(x, directions, bounds))


def rank(x: FloatArray, directions: Sequence[Direction], bounds: Bounds) -> FloatArray:
    """Return z = (average rank - 1)/(m - 1) of merit over all m rows, so that '-' is mirrored; bounds are not used."""
    from scipy.stats import rankdata

    turned = np.column_stack([merit(x[:, j], d) for j, d in enumerate(directions)])
    return np.asarray((rankdata(turned, axis=0) - 1) / max(len(x) - 1, 1))


Scale = Callable[[FloatArray, Sequence[Direction], Bounds], FloatArray]

#: The names of ``[index] scale``; per-year is minmax under the bounds of each year.
SCALES: Mapping[str, Scale] = {
    "minmax": minmax,
    "none": none,
    "ratio": ratio,
    "zscore": zscore,
    "per-year": minmax,
    "minmax-0.002": minmax_002,
    "minmax-0.01": minmax_01,
    "rank": rank,
}
ScaleName = Literal["minmax", "none", "ratio", "zscore", "per-year", "minmax-0.002", "minmax-0.01", "rank"]
