"""Changes-in-changes by cohort and year: cells against never treated regions, in many draws of regions at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from ccd.arrays import FloatArray, IntArray
from ccd.estimate.did.changes.discrete import discrete
from ccd.estimate.did.changes.four import Counts, Effects, Four, effects
from ccd.estimate.did.group_time.aggregate import Cells, aggregations, stack
from ccd.estimate.did.group_time.att_gt import CellDesign, base_year
from ccd.estimate.linear.resample import resampled
from ccd.estimate.rows.wide import Wide

#: Least regions in each group of a cell for its mean, and for its quantiles.
MEAN, QUANTILES = 10, 20


class Cell(NamedTuple):
    """One cohort in one year: its outcomes, and which regions (codes) are behind those of controls and treated."""

    cohort: int
    time: int
    four: Four
    never: IntArray
    treated: IntArray

    @property
    def quantiles(self) -> bool:
        """Tell whether both groups are large enough for quantiles."""
        return min(len(self.never), len(self.treated)) >= QUANTILES


@dataclass(frozen=True)
class Found:
    """Cells (K, sorted by cohort and year) and those left out: too ``small``, or ``lost`` without a base year."""

    cells: tuple[Cell, ...]
    small: tuple[tuple[int, int], ...]
    lost: tuple[int, ...]

    @property
    def after(self) -> tuple[Cell, ...]:
        """Return the cells from treatment on."""
        return tuple(cell for cell in self.cells if cell.time >= cell.cohort)

    @property
    def wide(self) -> tuple[Cell, ...]:
        """Return the cells from treatment on that are large enough for quantiles."""
        return tuple(cell for cell in self.after if cell.quantiles)


def cells_of(wide: Wide, *, leads: bool = True) -> Found:
    """Return the cells (g, t), base the last year before g, of regions seen in both years, against never treated."""
    found, small, lost = [], [], []
    never = np.isnan(wide.cohort)
    for g in map(int, wide.cohorts):
        base = base_year(wide, g, CellDesign())
        if base is None:
            lost.append(g)
            continue
        for j, year in enumerate(map(int, wide.years)):
            if j == base or (year < g and not leads):
                continue
            seen = wide.seen[:, base] & wide.seen[:, j]
            one, other = np.flatnonzero(seen & never), np.flatnonzero(seen & (wide.cohort == g))
            if min(len(one), len(other)) < MEAN:
                small.append((g, year))
                continue
            y = wide.y
            four = Four(y[one, base], y[one, j], y[other, base], y[other, j])
            found.append(Cell(g, year, four, one, other))
    return Found(tuple(found), tuple(small), tuple(lost))


def drawn_counts(cohort: FloatArray, order: IntArray, draws: int, rng: np.random.Generator) -> IntArray:
    """Return how often each region (N,) comes in each draw, (draws, N): treated among treated, never among never.

    Regions are drawn in the ``order`` (N,) of their data, so that labels move no draw.
    """
    counts = np.zeros((draws, len(cohort)), dtype=np.int64)
    for group in (np.isfinite(cohort), np.isnan(cohort)):
        own = order[group[order]]
        counts[:, own] = resampled(len(own), draws, rng)
    return counts


def by_cell(cell: Cell, counts: IntArray, levels: tuple[float, ...] = ()) -> Effects:
    """Return the effects of a cell in draws that take region i ``counts`` (B, N) times."""
    return effects(cell.four, _counted(cell, counts), levels)


def _counted(cell: Cell, counts: IntArray) -> Counts:
    never, treated = counts[:, cell.never], counts[:, cell.treated]
    return Counts(never, never, treated, treated)


def matrix_of(cells: tuple[Cell, ...], counts: IntArray) -> tuple[FloatArray, FloatArray]:
    """Return the effects of all cells and the treated regions behind each, (B, K) both."""
    att = np.column_stack([by_cell(cell, counts).att for cell in cells])
    size = np.column_stack([counts[:, cell.treated].sum(axis=1) for cell in cells])
    return att, size.astype(float)


def simple(att: FloatArray, size: FloatArray) -> FloatArray:
    """Return the mean effects (B,) of cells ``att`` (B, K), weighted by their treated regions."""
    known = np.isfinite(att)
    with np.errstate(invalid="ignore"):
        return np.asarray(
            np.where(known, att * size, 0.0).sum(axis=1) / np.where(known, size, 0.0).sum(axis=1)
        )


def quantiles(cells: tuple[Cell, ...], counts: IntArray, levels: tuple[float, ...]) -> FloatArray:
    """Return the effects on quantiles (B, q), the cells' weighted by their treated regions."""
    return _weighted(cells, counts, [by_cell(cell, counts, levels).qtt for cell in cells])


class Bounds(NamedTuple):
    """Means and quantiles (B, 1 + q) of the least effect, the largest, and that under conditional independence."""

    lower: FloatArray
    upper: FloatArray
    independent: FloatArray


def bounds(cells: tuple[Cell, ...], counts: IntArray, levels: tuple[float, ...]) -> Bounds:
    """Return the bounds of effects where outcomes repeat, the cells' weighted by their treated regions."""
    found = [discrete(cell.four, _counted(cell, counts), levels) for cell in cells]
    return Bounds(
        *(
            _weighted(cells, counts, [np.column_stack([one[k].att, one[k].qtt]) for one in found])
            for k in range(3)
        )
    )


def _weighted(cells: tuple[Cell, ...], counts: IntArray, found: list[FloatArray]) -> FloatArray:
    size = np.column_stack([counts[:, cell.treated].sum(axis=1) for cell in cells]).astype(float)
    with np.errstate(invalid="ignore"):
        share = size / size.sum(axis=1, keepdims=True)
    return np.asarray(np.einsum("bk,kbq->bq", share, np.stack(found)))


def table_of(cells: tuple[Cell, ...]) -> Cells:
    """Return the cells as the means know them."""
    size = np.array([len(cell.treated) for cell in cells], dtype=float)
    largest = {g: max(len(c.treated) for c in cells if c.cohort == g) for g in {c.cohort for c in cells}}
    return Cells(
        cohort=np.array([cell.cohort for cell in cells], dtype=np.intp),
        time=np.array([cell.time for cell in cells], dtype=np.intp),
        size=size,
        people=np.array([largest[cell.cohort] for cell in cells], dtype=float),
    )


def means(table: Cells, att: FloatArray, size: FloatArray) -> tuple[list[tuple[str, str]], FloatArray]:
    """Return labels and means (B, m) of cells ``att`` (B, K) whose treated regions are ``size`` (B, K) in a draw."""
    labels: list[tuple[str, str]] = []
    rows = []
    for one, weight in zip(att, size, strict=True):
        people = np.array([weight[table.cohort == g].max() for g in table.cohort])
        with np.errstate(invalid="ignore", divide="ignore"):
            labels, weights = stack(aggregations(Cells(table.cohort, table.time, weight, people)))
        rows.append(weights @ one)
    return labels, np.stack(rows)
