"""Triple differences by cohort and year: three doubly robust differences-in-differences a control cohort."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from ccd.arrays import BoolArray, FloatArray
from ccd.estimate.did.group_time.att_gt import (
    METHODS,
    CellDesign,
    CellError,
    GroupTime,
    alike,
    base_year,
)
from ccd.estimate.did.group_time.drdid import TwoByTwo, Unestimable, plain
from ccd.estimate.rows.wide import Wide

#: Beyond this condition number the covariance of the control cohorts' estimates is singular.
SINGULAR = 1e12


@dataclass
class Triples:
    """Of one cell (g, t): the estimate against each control cohort, its influences (N,), and who is missing."""

    att: list[float] = field(default_factory=list)
    psi: list[FloatArray] = field(default_factory=list)
    treated: int = 0
    incomplete: set[int] = field(default_factory=set)


def triple_differences(
    wide: Wide, partition: BoolArray, covariates: FloatArray, design: CellDesign
) -> GroupTime:
    """Return ATT(g, t) of the regions of cohort g inside the ``partition`` (N,), with influences of all regions.

    Against each control cohort c, ATT = DID[(g, in) : (g, out)] + DID[(g, in) : (c, in)] - DID[(g, in) : (c, out)],
    each on the changes from the base year, and psi is the sum of theirs, each over the regions in its pair.
    Controls are never treated; with ``not_yet`` also each cohort that begins after max(t, base) + anticipation:
    one estimate a cohort, combined with weights S^-1 1 / (1' S^-1 1), S the covariance of their influences
    (Ortiz-Villavicencio & Sant'Anna 2025, sections 4.1-4.2). ``covariates`` (N, T, k) are taken at the base year.
    Raises CellError.
    """
    found = GroupTime()
    lost: set[tuple[int, int]] = set()
    cells: dict[tuple[int, int], Triples] = {}
    years = alike(covariates)
    for cohort in wide.cohorts:
        base = base_year(wide, int(cohort), design)
        if base is None:
            continue
        pairs = dict(_pairs(wide, int(cohort), base, design))
        lost |= {(int(cohort), int(wide.years[t])) for t in pairs}
        for control in _controls(wide, int(cohort), design):
            open_ = [
                t
                for t, start in pairs.items()
                if np.isnan(control) or control > max(wide.years[t], wide.years[start]) + design.anticipation
            ]
            for columns, use, missing in _batches(wide, cohort, control, {t: pairs[t] for t in open_}, covariates,
                                                  years):  # fmt: skip
                sides = _sides(wide, partition, cohort, control, use)
                if not all(side.any() for side in sides):
                    continue
                starts = [pairs[t] for t in columns]
                change = wide.y[:, columns] - wide.y[:, starts]
                x = covariates[:, starts[0]]
                try:
                    result = _three(sides, change, x, wide.weight, design.method)
                except Unestimable as fault:
                    raise CellError(int(cohort), int(wide.years[starts[0]]), fault) from fault
                for j, t in enumerate(columns):
                    key = (int(cohort), int(wide.years[t]))
                    one = cells.setdefault(key, Triples())
                    one.att.append(float(result.att[j]))
                    one.psi.append(result.psi[:, j])
                    one.treated = max(one.treated, int(sides[0].sum()))
                    one.incomplete |= missing
    for (cohort, year), one in cells.items():
        estimate, psi = least_variance(np.array(one.att), np.column_stack(one.psi), cohort, year)
        found.cohort.append(cohort)
        found.time.append(year)
        found.att.append(estimate)
        found.treated.append(one.treated)
        found.columns.append(psi[:, None])
        found.incomplete += len(one.incomplete)
    found.without_control = sorted(lost - set(cells))
    return found


def least_variance(att: FloatArray, psi: FloatArray, cohort: int, year: int) -> tuple[float, FloatArray]:
    """Return the mean of ``att`` (k,) of least variance and its influences (N,), from those of each, ``psi`` (N, k).

    Raises CellError where the covariance is singular.
    """
    if len(att) == 1:
        return float(att[0]), np.asarray(psi[:, 0])
    covariance = psi.T @ psi
    if not np.linalg.cond(covariance) < SINGULAR:
        raise CellError(cohort, year, Unestimable("variance"))
    weight = np.linalg.solve(covariance, np.ones(len(att)))
    weight /= weight.sum()
    return float(weight @ att), np.asarray(psi @ weight)


def _pairs(wide: Wide, cohort: int, base: int, design: CellDesign) -> Iterator[tuple[int, int]]:
    """Yield position of the year and of its base year, for every year that has one."""
    for t in range(len(wide.years)):
        post = wide.years[t] >= cohort - design.anticipation
        start = base if post or design.universal else t - 1
        if start >= 0 and start != t and (design.leads or wide.years[t] >= cohort):
            yield t, start


def _controls(wide: Wide, cohort: int, design: CellDesign) -> Iterator[float]:
    """Yield the cohorts that may be compared with: never (nan), then later ones."""
    if np.isnan(wide.cohort).any():
        yield float("nan")
    if design.not_yet:
        yield from (float(other) for other in wide.cohorts if other != cohort)


def _batches(
    wide: Wide,
    cohort: float,
    control: float,
    pairs: dict[int, int],
    covariates: FloatArray,
    years: list[int],
) -> Iterator[tuple[list[int], BoolArray, set[int]]]:
    """Yield years that share regions and covariates, these regions (N,), and those without a covariate."""
    known: BoolArray = np.asarray(np.isfinite(covariates).all(axis=2))
    member = (wide.cohort == cohort) | _of(wide, control)
    kept: dict[tuple[int, bytes], tuple[list[int], BoolArray, set[int]]] = {}
    for t, start in pairs.items():
        seen = member & wide.seen[:, t] & wide.seen[:, start]
        use = np.asarray(seen & known[:, start])
        missing = set(np.flatnonzero(seen & ~use).tolist())
        kept.setdefault((years[start], use.tobytes()), ([], use, missing))[0].append(t)
    yield from kept.values()


def _of(wide: Wide, cohort: float) -> BoolArray:
    return np.asarray(np.isnan(wide.cohort) if np.isnan(cohort) else wide.cohort == cohort)


def _sides(
    wide: Wide, partition: BoolArray, cohort: float, control: float, use: BoolArray
) -> tuple[BoolArray, BoolArray, BoolArray, BoolArray]:
    """Return (g, in), (g, out), (c, in), (c, out) among the regions in ``use``."""
    own, other = use & (wide.cohort == cohort), use & _of(wide, control)
    return own & partition, own & ~partition, other & partition, other & ~partition


def _three(
    sides: tuple[BoolArray, ...], change: FloatArray, x: FloatArray, weight: FloatArray | None, method: str
) -> TwoByTwo:
    """Return the sum of the three comparisons of (g, in), the last taken away: effects (c,), influences (N, c)."""
    treated, *others = sides
    att, psi = np.zeros(change.shape[1]), np.zeros(change.shape)
    for sign, other in zip((1.0, 1.0, -1.0), others, strict=True):
        rows = np.flatnonzero(treated | other)
        own = None if weight is None else weight[rows]
        if x.shape[1]:
            one = METHODS[method](treated[rows], change[rows], x[rows], own)
        else:
            one = plain(treated[rows], change[rows], own)
        att += sign * one.att
        psi[rows] += sign * one.psi / len(rows)
    return TwoByTwo(att, psi)
