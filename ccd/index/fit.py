"""What an index takes from the data it is fitted on: bounds, weights and entropies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from pydantic import Field, model_validator

from ccd.arrays import BoolArray, FloatArray
from ccd.errors import DataError, SpecError, StudyError, suggest
from ccd.index.gaps import Imputation, check_domain, check_spread
from ccd.index.scale import SCALES, Bounds, Direction, ScaleName, Subsystems, fit_bounds, widest
from ccd.index.weights import WEIGHTS, Options, Single, WeightName, entropies
from ccd.panel import Panel
from ccd.spec import Spec
from ccd.words import text

#: An indicator whose values differ by less than this share of their size does not vary.
ROUNDING = 1e-12


class IndexSpec(Spec):
    """``[index]``: how indicators become subsystem indices (METHODS 1)."""

    scale: ScaleName = "minmax"
    """Scaling of the indicators, over all region-years."""
    weights: WeightName = "entropy"
    """Weights of the indicators inside each subsystem."""
    shift: float = Field(default=0.0, ge=0)
    """Added to z inside the entropy's p only; 0 ln 0 = 0, so none is needed."""
    given: dict[str, float] = Field(default_factory=dict)
    """Weight of each indicator for weights = "given"; made to sum to one inside each subsystem."""
    game: tuple[Single, Single] = ("entropy", "critic")
    """The two weightings that weights = "game" combines."""
    fit_years: tuple[int, int] | None = None
    """First and last year that bounds and weights are fitted on; none: every year."""
    lock: str | None = None
    """File of published bounds and weights, used as they stand."""
    impute: Imputation | None = None
    """Fill missing indicator cells within a region; none: a missing cell is an error."""

    @model_validator(mode="after")
    def _consistent(self) -> IndexSpec:
        """Refuse choices that do not go together."""
        used = self.used()
        if ("given" in used) != bool(self.given):
            raise SpecError(text('weights = "given" and given = {{ indicator = weight }} go together'))
        if any(not value > 0 for value in self.given.values()):
            raise SpecError(text("given weights are positive"))
        if self.scale == "zscore" and {"entropy", "entropy-critic"} & set(used):
            raise SpecError(
                text('scale = "zscore" has negative values: entropy needs "minmax", "ratio" or "none"')
            )
        if self.fit_years and self.fit_years[0] > self.fit_years[1]:
            raise SpecError(text("fit_years runs backwards"))
        if self.scale == "per-year" and (self.fit_years or self.lock):
            raise SpecError(text('scale = "per-year" fits each year on itself: no fit_years and no lock'))
        if self.scale == "rank" and (self.fit_years or self.lock):
            raise SpecError(text('scale = "rank" ranks the region-years at hand: no fit_years and no lock'))
        if self.lock and self.fit_years:
            raise SpecError(text("a lock holds bounds and weights already: fit_years has no meaning"))
        return self

    def used(self) -> tuple[str, ...]:
        """Return the single weightings at work: one, or the pair of ``game``."""
        return self.game if self.weights == "game" else (self.weights,)


@dataclass(frozen=True)
class Member:
    """An indicator in its subsystem."""

    subsystem: str
    indicator: str
    direction: Direction


@dataclass(frozen=True)
class Fitted:
    """Bounds, weights (k,) and entropies (k,) of all indicators."""

    bounds: Bounds
    weights: FloatArray
    entropy: FloatArray


def members(subsystems: Subsystems) -> tuple[Member, ...]:
    """Return the indicators in the order of the study. Raises StudyError on none, or on a repeat."""
    listed: dict[str, Member] = {}
    for subsystem, inside in subsystems.items():
        where = f"study, [subsystems.{subsystem}]"
        if not inside:
            raise StudyError(
                text("the subsystem '{subsystem}' has no indicator", subsystem=subsystem),
                where=where,
                fix=text('add lines such as gdp = "+"'),
            )
        for indicator, direction in inside.items():
            if indicator in listed:
                raise StudyError(
                    text(
                        "'{indicator}' stands in '{subsystem}' and in '{other}'",
                        indicator=indicator,
                        subsystem=listed[indicator].subsystem,
                        other=subsystem,
                    ),
                    where=where,
                    fix=text("keep it in one: a shared indicator couples systems by construction"),
                )
            listed[indicator] = Member(subsystem, indicator, direction)
    return tuple(listed.values())


def columns_of(listed: Sequence[Member]) -> Mapping[str, list[int]]:
    """Return subsystem -> positions of its indicators."""
    return {
        s: [j for j, member in enumerate(listed) if member.subsystem == s]
        for s in dict.fromkeys(member.subsystem for member in listed)
    }


def fit(panel: Panel, x: FloatArray, listed: Sequence[Member], spec: IndexSpec) -> Fitted:
    """Return bounds, weights and entropies of x (n, k), on ``fit_years`` when there are any.

    Raises DataError for an indicator that does not vary or does not suit the scale.
    """
    check_given(listed, spec)
    if spec.fit_years:
        rows = fit_rows(panel, spec.fit_years)
        panel, x = panel.rows(rows), x[rows]
    directions = [member.direction for member in listed]
    per_year = spec.scale == "per-year"
    group = np.unique(panel.years, return_inverse=True)[1] if per_year else None
    bounds = fit_bounds(x, directions, group)
    size = np.maximum(np.abs(bounds.low), np.abs(bounds.high))
    wide = np.where(bounds.high - bounds.low > ROUNDING * size, widest(bounds, directions), 0.0)
    for j, member in enumerate(listed):
        check_domain(panel, member.indicator, member.direction, spec.scale, x[:, j])
        check_spread(panel, member.indicator, wide[..., j], x[:, j])
    z = SCALES[spec.scale](x, directions, bounds)
    for j, member in enumerate(listed):
        varied = np.asarray(np.where(np.ptp(z[:, j]) > ROUNDING, 1.0, 0.0))
        check_spread(panel, member.indicator, varied, x[:, j])
    entropy = np.full(len(listed), np.nan) if spec.scale == "zscore" else entropies(z, spec.shift)
    return Fitted(bounds, weigh(z, x, listed, spec), entropy)


def fit_rows(panel: Panel, years: tuple[int, int]) -> BoolArray:
    """Return the rows (n,) inside ``years``. Raises DataError when there are none."""
    rows = (panel.years >= years[0]) & (panel.years <= years[1])
    if not rows.any():
        raise DataError(
            text("no region-year lies in fit_years = [{first}, {last}]", first=years[0], last=years[1]),
            where=text("study, {key}", key="[index] fit_years"),
            fix=text("the data run from {first} to {last}", first=panel.times[0], last=panel.times[-1]),
        )
    return np.asarray(rows)


def weigh(z: FloatArray, x: FloatArray, listed: Sequence[Member], spec: IndexSpec) -> FloatArray:
    """Return the weights (k,) of z and x (n, k), summing to one inside each subsystem. Raises DataError."""
    out = np.empty(len(listed))
    for subsystem, own in columns_of(listed).items():
        given = np.array([spec.given[listed[j].indicator] for j in own]) if spec.given else None
        with np.errstate(divide="ignore", invalid="ignore"):
            out[own] = WEIGHTS[spec.weights](z[:, own], x[:, own], Options(spec.shift, given, spec.game))
        if not np.isfinite(out[own]).all():
            raise DataError(
                text(
                    "the {weights} weights of '{subsystem}' are undefined on these data",
                    weights=spec.weights,
                    subsystem=subsystem,
                ),
                where=text("study, {key}", key=f"[subsystems.{subsystem}]"),
                fix=text(
                    "look for indicators that repeat each other or average to zero, or choose other weights"
                ),
            )
    return out


def check_given(listed: Sequence[Member], spec: IndexSpec) -> None:
    """Raise StudyError when the given weights are not those of the indicators."""
    if not spec.given:
        return
    indicators = [member.indicator for member in listed]
    for name in spec.given:
        if name not in indicators:
            raise StudyError(
                text("a weight is given for '{name}', which is no indicator", name=name),
                where=text("study, {key}", key="[index] given"),
                fix=text("{near}name indicators of [subsystems]", near=suggest(name, indicators)),
            )
    absent = [name for name in indicators if name not in spec.given]
    if absent:
        raise StudyError(
            text("no weight is given for {absent}", absent=tuple(absent)),
            where=text("study, {key}", key="[index] given"),
            fix=text("give every indicator a weight"),
        )
