"""Group-time average treatment effects, cell by cell, with the influence of each region."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np

from ccd.arrays import BoolArray, FloatArray, IntArray
from ccd.estimate.did.group_time.drdid import (
    TwoByTwo,
    Unestimable,
    doubly_robust,
    plain,
    regression,
    weighting,
)
from ccd.estimate.did.group_time.improved import doubly_robust_improved
from ccd.estimate.rows.wide import Wide

#: method -> the comparison (treated, change, covariates, weight) of one cell.
METHODS: dict[str, Callable[[BoolArray, FloatArray, FloatArray, FloatArray | None], TwoByTwo]] = {
    "dr": doubly_robust,
    "dr-improved": doubly_robust_improved,
    "reg": regression,
    "ipw": weighting,
}


@dataclass(frozen=True)
class CellDesign:
    """How a cell (g, t) is compared: ``not_yet`` controls, ``universal`` base, years of ``anticipation``.

    ``method`` is a key of METHODS; without ``leads`` the cells t < g are passed over.
    """

    not_yet: bool = False
    universal: bool = False
    anticipation: int = 0
    method: str = "dr"
    leads: bool = True


@dataclass(frozen=True)
class Comparison:
    """Cells of one cohort that share units: ``columns`` are years and ``base`` their base years, as positions.

    Covariates, taken at the base year, are the same in all these base years.
    """

    cohort: int
    base: tuple[int, ...]
    columns: tuple[int, ...]
    treated: BoolArray
    use: BoolArray


@dataclass
class GroupTime:
    """ATT(g, t): ``cohort``, ``time``, ``att`` (K,), ``treated`` units (K,) and influences whose squares sum to V.

    ``columns`` holds the influences of each comparison's cells, (N, k).
    ``without_base`` lists cohorts with no year before treatment, ``without_control`` the cells (g, t) without
    an untreated region, and ``incomplete`` counts units left out of a cell for a missing covariate.
    """

    cohort: list[int] = field(default_factory=list)
    time: list[int] = field(default_factory=list)
    att: list[float] = field(default_factory=list)
    treated: list[int] = field(default_factory=list)
    columns: list[FloatArray] = field(default_factory=list)
    without_control: list[tuple[int, int]] = field(default_factory=list)
    incomplete: int = 0


class CellError(ValueError):
    """A cell that cannot be estimated: cohort, base year and what ``Unestimable`` says."""

    def __init__(self, cohort: int, base: int, fault: Unestimable) -> None:
        super().__init__(f"cohort {cohort}, base year {base}: {fault.reason}")
        self.cohort, self.base, self.fault = cohort, base, fault


def base_year(wide: Wide, cohort: int, design: CellDesign) -> int | None:
    """Return the position of the last year before g - anticipation, None when there is none."""
    before = np.flatnonzero(wide.years < cohort - design.anticipation)
    return int(before[-1]) if len(before) else None


def group_time(wide: Wide, covariates: FloatArray, design: CellDesign) -> GroupTime:
    """Return ATT(g, t) of every cell that has treated and control regions seen in both of its years.

    ``covariates`` (N, T, k) are taken at the cell's base year. Post-treatment cells (t >= g - anticipation)
    compare t with the last year before g - anticipation; earlier ones with the year before t (varying) or the
    same base (universal) (Callaway & Sant'Anna 2021, section 2). Controls are never treated, or with
    ``not_yet`` not treated by max(t, base) + anticipation. Raises CellError.
    """
    found = GroupTime()
    n = len(wide.y)
    for one in comparisons(wide, covariates, design, found):
        rows = np.flatnonzero(one.use)
        y = wide.y[rows]
        change = y[:, list(one.columns)] - y[:, list(one.base)]
        treated = one.treated[rows]
        weight = None if wide.weight is None else wide.weight[rows]
        if covariates.shape[2]:
            try:
                result = METHODS[design.method](treated, change, covariates[rows, one.base[0]], weight)
            except Unestimable as fault:
                raise CellError(one.cohort, int(wide.years[one.base[0]]), fault) from fault
        else:
            result = plain(treated, change, weight)
        psi = np.zeros((n, len(one.columns)))
        psi[rows] = result.psi / len(change)
        found.cohort += [one.cohort] * len(one.columns)
        found.time += [int(wide.years[t]) for t in one.columns]
        found.att += [float(value) for value in result.att]
        found.treated += [int(treated.sum())] * len(one.columns)
        found.columns.append(psi)
    return found


def comparisons(
    wide: Wide, covariates: FloatArray, design: CellDesign, found: GroupTime
) -> Iterator[Comparison]:
    """Yield the comparisons of all cells; cells without controls are listed in ``found``."""
    seen = wide.seen
    known: BoolArray = np.asarray(np.isfinite(covariates).all(axis=2))
    same = alike(covariates)
    for cohort in wide.cohorts:
        base = base_year(wide, int(cohort), design)
        if base is None:
            continue
        batches: dict[tuple[int, bytes], tuple[list[int], list[int], BoolArray]] = {}
        member = np.asarray(wide.cohort == cohort)
        for t in range(len(wide.years)):
            post = wide.years[t] >= cohort - design.anticipation
            start = base if post or design.universal else t - 1
            if start < 0 or start == t or not (design.leads or wide.years[t] >= cohort):
                continue
            latest = int(max(wide.years[t], wide.years[start]))
            control = np.asarray(_controls(wide, design, latest) & ~member)
            pairs = (member | control) & seen[:, t] & seen[:, start]
            use = np.asarray(pairs & known[:, start])
            found.incomplete += int(pairs.sum() - use.sum())
            if not (use & control).any():
                found.without_control.append((int(cohort), int(wide.years[t])))
            elif (use & member).any():
                key = (same[start], use.tobytes())
                columns, starts, _ = batches.setdefault(key, ([], [], use))
                columns.append(t)
                starts.append(start)
        for columns, starts, use in batches.values():
            yield Comparison(int(cohort), tuple(starts), tuple(columns), member, use)


def alike(covariates: FloatArray) -> list[int]:
    """Return for each year the position of the first in which all covariates (N, T, k) are what they are in it."""
    years = [np.ascontiguousarray(year).tobytes() for year in covariates.transpose(1, 0, 2)]
    return [years.index(year) for year in years]


def _controls(wide: Wide, design: CellDesign, latest: int) -> BoolArray:
    never = np.asarray(np.isnan(wide.cohort))
    if not design.not_yet:
        return never
    return np.asarray(never | (wide.cohort > latest + design.anticipation))


def order(found: GroupTime) -> IntArray:
    """Return the positions that sort the cells by cohort and time, (K,)."""
    return np.lexsort((np.asarray(found.time), np.asarray(found.cohort)))
