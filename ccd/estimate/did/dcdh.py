"""de Chaisemartin & D'Haultfoeuille's effects of a policy that stays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from ccd.arrays import BoolArray, FloatArray
from ccd.estimate.did.assemble import NORMAL, assemble
from ccd.estimate.did.checks.dealt_tables import Tables
from ccd.estimate.did.effects import Effect
from ccd.estimate.did.estimator import Estimator
from ccd.estimate.did.group_time.aggregate import Cells, aggregates_part, aggregations, att_gt_part, stack
from ccd.estimate.did.notes import cells_without_control
from ccd.estimate.rows.event_study import event_study
from ccd.estimate.rows.influence import entity_clusters, few_clusters, influence_note, influence_vcov
from ccd.estimate.rows.sample import Sample
from ccd.estimate.rows.wide import Wide, widen
from ccd.results import Estimate
from ccd.streams import Stream
from ccd.words import Text, names, text


@dataclass(frozen=True)
class Switches:
    """Cells of switchers: ``cohort``, ``time``, ``size`` (K,), estimates (K,) and influences ``psi`` (N, K).

    ``without_control`` lists cells that nothing is compared with, ``single`` the cohorts of which some cell has
    one treated or one control region.
    """

    cells: Cells
    estimate: FloatArray
    psi: FloatArray
    without_control: tuple[tuple[int, int], ...]
    single: tuple[int, ...]


class Dcdh(Estimator):
    """``estimator = "dcdh"``: de Chaisemartin & D'Haultfoeuille (2024), for a policy that does not switch off.

    Regions that begin are compared, from their last year before, with all that have not begun yet.
    """

    linear: ClassVar[bool] = True
    tabled: ClassVar[bool] = True
    weighs: ClassVar[bool] = False
    label: ClassVar[Text | None] = text("de Chaisemartin and D'Haultfoeuille")
    estimator: Literal["dcdh"]

    def estimate(self, sample: Sample, stream: Stream) -> Estimate:
        """Return the average effect per treated region-year, effects by event time, and placebos (METHODS 3)."""
        where = text("model '{name}'", name=self.name)
        groups = entity_clusters(sample, where=where)
        wide = widen(sample)
        found = self.switches(wide)
        psi = found.psi
        labels, weights = stack(aggregations(found.cells))
        effect = weights @ found.estimate
        matrix = influence_vcov(psi @ weights.T, groups)
        std_error = np.sqrt(np.diag(matrix))
        gt_error = np.sqrt(np.diag(influence_vcov(psi, groups)))
        dynamic = [j for j, (name, key) in enumerate(labels) if name == "dynamic" and key != "overall"]
        shown = [int(labels[j][1]) for j in dynamic]
        study = event_study(
            shown,
            effect[dynamic],
            matrix[np.ix_(dynamic, dynamic)],
            NORMAL,
            base={-1},
            window=self.window,
        )
        return assemble(
            self,
            sample,
            effect[:1],
            matrix[:1, :1],
            NORMAL,
            vcov="influence",
            clusters=[int(g.max()) + 1 for g in groups],
            parts=[
                *study,
                att_gt_part(found.cells, found.estimate, gt_error, NORMAL),
                aggregates_part(labels, effect, std_error, NORMAL),
            ],
            notes=[
                *remarks(found),
                influence_note(groups),
                *few_clusters(groups, where=where),
            ],
        )

    def effect(self, sample: Sample, stream: Stream) -> Effect:
        """Return the average effect per treated region-year alone."""
        mean, psi = self.scores(sample)
        groups = entity_clusters(sample, where=text("model '{name}'", name=self.name))
        return Effect(mean, float(np.sqrt(influence_vcov(psi[:, None], groups)[0, 0])))

    def scores(self, sample: Sample) -> tuple[float, FloatArray]:
        """Return the average effect per treated region-year and the influence of each region on it, (N,)."""
        found = self.switches(widen(sample), placebos=False)
        weight = found.cells.size / found.cells.size.sum()
        return float(weight @ found.estimate), found.psi @ weight

    def tables(self, sample: Sample) -> Tables:
        """Return effects by event time, cells and means with the influence of each region."""
        found = self.switches(widen(sample))
        labels, weights = stack(aggregations(found.cells))
        dynamic = [j for j, (name, key) in enumerate(labels) if name == "dynamic" and key != "overall"]
        every = np.vstack([weights[dynamic], np.eye(len(found.estimate)), weights])
        return Tables(
            event_time=[int(labels[j][1]) for j in dynamic],
            cells=list(zip(found.cells.cohort.tolist(), found.cells.time.tolist(), strict=True)),
            means=labels,
            estimate=every @ found.estimate,
            psi=found.psi @ every.T,
        )

    def switches(self, wide: Wide, *, placebos: bool = True) -> Switches:
        """Return the cells of switchers. Raises EstimationError when none has a comparison."""
        found = switches(wide, placebos=placebos)
        if (found.cells.event >= 0).any():
            return found
        raise self.fail(
            text("no never- or not-yet-treated region is left to compare a treated one with"),
            fix=text(
                "end the panel later than the last cohort begins, or add regions that are never treated"
            ),
        )


def switches(wide: Wide, *, placebos: bool = True) -> Switches:
    """Return DID of every cohort and horizon l, and its placebo if asked, among regions not treated by then.

    Effect l compares F-1+l with F-1, placebo l compares F-1-l with F-1 among the same regions (de Chaisemartin &
    D'Haultfoeuille 2024). Regions not seen in both years leave the cell.
    """
    found: list[tuple[int, int, int, float]] = []
    columns, without, single = [], [], set()
    seen, t = wide.seen, len(wide.years)
    for g in wide.cohorts:
        start = int(np.searchsorted(wide.years, g))
        member = wide.cohort == g
        for horizon in range(1, t - start + 1):
            later = start - 1 + horizon
            clean = np.isnan(wide.cohort) | (wide.cohort > wide.years[later])
            for year in (later, start - 1 - horizon)[: 1 + placebos]:
                if year < 0:
                    continue
                both = seen[:, year] & seen[:, start - 1]
                one, zero = member & both, clean & both
                if not zero.any() and year == later:
                    without.append((int(g), int(wide.years[year])))
                if not one.any() or not zero.any():
                    continue
                change = np.where(both, wide.y[:, year] - wide.y[:, start - 1], 0.0)
                effect = float(change[one].mean() - change[zero].mean())
                columns.append(deviations(change, one, zero))
                found.append((int(g), int(wide.years[year]), int(one.sum()), effect))
                if min(one.sum(), zero.sum()) == 1:
                    single.add(int(g))
    order = sorted(range(len(found)), key=lambda j: found[j][:2])
    table = np.array([found[j] for j in order]).reshape(-1, 4)
    people = np.array([np.sum(wide.cohort == g) for g in table[:, 0]], dtype=float)
    cells = Cells(table[:, 0].astype(np.intp), table[:, 1].astype(np.intp), table[:, 2], people)
    psi = np.column_stack([columns[j] for j in order]) if order else np.zeros((len(wide.y), 0))
    return Switches(cells, table[:, 3], psi, tuple(without), tuple(sorted(single)))


def deviations(change: FloatArray, one: BoolArray, zero: BoolArray) -> FloatArray:
    """Return the influence of each region (N,) on the mean ``change`` (N,) of ``one`` less that of ``zero``.

    A side of n regions gives (change - its mean) sqrt(n / (n - 1)) / n, the controls with a minus. A side of one
    region has no variance of its own: its mean and factor are those of all regions of the comparison, so that
    the effect counts as error too (the rule of the authors' did_multiplegt_dyn).
    """
    psi = np.zeros(len(change))
    for side, sign in ((one, 1), (zero, -1)):
        inside = change[side]
        about = inside if len(inside) > 1 else change[one | zero]
        scale = sign * np.sqrt(len(about) / (len(about) - 1)) / len(inside)
        psi[side] = scale * (inside - about.mean())
    return psi


def remarks(found: Switches) -> list[Text]:
    """Return what was left out, and what stands in for the variance of single regions."""
    notes = cells_without_control(found.without_control)
    if found.single:
        notes.append(
            text(
                "Cohorts with one treated region or one control in some year ({cohorts}): the variance of a single "
                "region is taken about the mean of all regions it is compared with, itself included",
                cohorts=names(map(str, found.single)),
            )
        )
    return notes
