"""de Chaisemartin & D'Haultfoeuille's effects of a policy that stays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from ccd.arrays import FloatArray
from ccd.estimate.did.assemble import NORMAL, assemble
from ccd.estimate.did.effects import Effect
from ccd.estimate.did.event_study import event_study
from ccd.estimate.did.group_time.aggregate import Cells, aggregates_part, aggregations, att_gt_part, stack
from ccd.estimate.did.notes import cells_without_control
from ccd.estimate.did.spec import DidSpec
from ccd.estimate.rows.influence import entity_clusters, few_clusters, influence_note, influence_vcov
from ccd.estimate.rows.sample import Sample
from ccd.estimate.rows.wide import Wide, widen
from ccd.results import Estimate
from ccd.streams import Stream
from ccd.words import Text, names, text


@dataclass(frozen=True)
class Switches:
    """Cells of switchers: ``cohort``, ``time``, ``size`` (K,), estimates (K,) and U, (N, K), with column sums."""

    cells: Cells
    estimate: FloatArray
    u: FloatArray
    without_control: tuple[tuple[int, int], ...]


class Dcdh(DidSpec):
    """``estimator = "dcdh"``: de Chaisemartin & D'Haultfoeuille (2024), for a policy that does not switch off.

    Regions that begin are compared, from their last year before, with all that have not begun yet.
    """

    label: ClassVar[Text | None] = text("de Chaisemartin and D'Haultfoeuille")
    estimator: Literal["dcdh"]

    def estimate(self, sample: Sample, stream: Stream) -> Estimate:
        """Return the average effect per treated region-year, effects by event time, and placebos (METHODS 3)."""
        where = f"model '{self.name}'"
        groups = entity_clusters(sample, where=where)
        wide = widen(sample)
        found = self.switches(wide)
        psi = within_cohorts(found.u, wide.cohort)
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
                *remarks(found, wide),
                influence_note(groups),
                *few_clusters(groups, where=where),
            ],
        )

    def effect(self, sample: Sample, stream: Stream) -> Effect:
        """Return the average effect per treated region-year alone."""
        wide = widen(sample)
        found = self.switches(wide, placebos=False)
        weight = found.cells.size / found.cells.size.sum()
        psi = within_cohorts((found.u @ weight)[:, None], wide.cohort)
        groups = entity_clusters(sample, where=f"model '{self.name}'")
        return Effect(float(weight @ found.estimate), float(np.sqrt(influence_vcov(psi, groups)[0, 0])))

    def switches(self, wide: Wide, *, placebos: bool = True) -> Switches:
        """Return the cells of switchers. Raises EstimationError when none has a comparison."""
        found = switches(wide, placebos=placebos)
        if (found.cells.event >= 0).any():
            return found
        raise self.fail(
            "no never- or not-yet-treated region is left to compare a treated one with",
            fix="end the panel later than the last cohort begins, or add regions that are never treated",
        )


def switches(wide: Wide, *, placebos: bool = True) -> Switches:
    """Return DID of every cohort and horizon l, and its placebo if asked, among regions not treated by then.

    Effect l compares F-1+l with F-1, placebo l compares F-1-l with F-1 among the same regions (de Chaisemartin &
    D'Haultfoeuille 2024); a region's U is its part of the sum, so that columns add up to the
    estimates. Regions not seen in both years leave the cell.
    """
    found: list[tuple[int, int, int, float]] = []
    columns, without = [], []
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
                u = change * (one / one.sum() - zero / zero.sum())
                columns.append(u)
                found.append((int(g), int(wide.years[year]), int(one.sum()), float(u.sum())))
    order = sorted(range(len(found)), key=lambda j: found[j][:2])
    table = np.array([found[j] for j in order]).reshape(-1, 4)
    people = np.array([np.sum(wide.cohort == g) for g in table[:, 0]], dtype=float)
    cells = Cells(table[:, 0].astype(np.intp), table[:, 1].astype(np.intp), table[:, 2], people)
    u = np.column_stack([columns[j] for j in order]) if order else np.zeros((len(wide.y), 0))
    return Switches(cells, table[:, 3], u, tuple(without))


def within_cohorts(u: FloatArray, cohort: FloatArray) -> FloatArray:
    """Return ``u`` (N, K) less its mean among regions of the same cohort (N,): what the variance is made of.

    A cohort of one region would have none; it takes the mean of all treated regions (de Chaisemartin &
    D'Haultfoeuille 2024, with that addition).
    """
    psi = u.copy()
    treated = np.isfinite(cohort)
    for g in np.unique(cohort[treated]):
        own = cohort == g
        psi[own] -= u[own if own.sum() > 1 else treated].mean(axis=0)
    if not treated.all():
        psi[~treated] -= u[~treated].mean(axis=0)
    return psi


def remarks(found: Switches, wide: Wide) -> list[Text]:
    """Return what was left out, and what stands in for the variance of single regions."""
    notes = cells_without_control(found.without_control)
    lone = [str(g) for g in wide.cohorts if np.sum(wide.cohort == g) == 1]
    if lone:
        notes.append(
            text(
                "Cohorts of one region ({cohorts}): their variance is taken about the mean of all treated regions",
                cohorts=names(lone),
            )
        )
    return notes
