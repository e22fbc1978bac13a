"""Imputation: effects as what is left of treated cells after a fit on untreated ones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Literal, NamedTuple

import numpy as np

from ccd.arrays import BoolArray, FloatArray, IntArray
from ccd.estimate.did.assemble import NORMAL, assemble
from ccd.estimate.did.checks.channels import channels
from ccd.estimate.did.checks.dealt_tables import Tables
from ccd.estimate.did.effects import Check, Effect
from ccd.estimate.did.estimator import Estimator
from ccd.estimate.did.group_time.aggregate import Cells, aggregates_part, aggregations, att_gt_part
from ccd.estimate.did.notes import lone_cohorts
from ccd.estimate.did.spec import DidRegression
from ccd.estimate.linear.counterfactual import Counterfactual, impute
from ccd.estimate.rows.event_study import event_study, event_times
from ccd.estimate.rows.influence import entity_clusters, few_clusters, influence_note, influence_vcov
from ccd.estimate.rows.leads import leads
from ccd.estimate.rows.sample import Sample
from ccd.results import Aggregates, AttGt, Estimate, EventCovariance, EventStudy, Part
from ccd.streams import Stream
from ccd.words import Text, names, text


class ByEventTime(NamedTuple):
    """Effects ``beta`` (k,) at the event times ``shown``, 0 at ``base``, with the influence of each region (N, k)."""

    shown: list[int]
    base: Sequence[int]
    beta: FloatArray
    psi: FloatArray


class Imputation(DidRegression, Estimator):
    """``estimator = "imputation"``: Borusyak, Jaravel & Spiess (2024).

    y = a_i + l_t + x'c is fitted on untreated cells; tau is y less that on treated ones; effects are means of
    tau. Errors take each treated residual from the mean it belongs to, as in Gardner (2022).
    """

    one_base: ClassVar[bool] = False
    linear: ClassVar[bool] = True
    tabled: ClassVar[bool] = True

    label: ClassVar[Text | None] = text("Imputation")
    estimator: Literal["imputation"]
    mechanism: tuple[str, ...] = ()
    """Channels: the effect on each beside that on the outcome, without a product."""

    def columns(self) -> tuple[str, ...]:
        """Return the numeric columns that the model reads."""
        return (*super().columns(), *self.mechanism)

    def estimate(self, sample: Sample, stream: Stream) -> Estimate:
        """Return the imputation estimate with ATT(g, t), aggregates and event study (METHODS 3)."""
        groups = entity_clusters(sample, where=text("model '{name}'", name=self.name))
        fit, notes = self.impute(sample)
        used = sample.treated & fit.imputable
        effect, psi = fit.influence(np.where(used, 0, -1), 1)
        psi = np.column_stack([psi, fit.slope_influence()])
        matrix = influence_vcov(psi, groups)
        cells, own, att = self.att_gt(sample, fit, used, groups)
        return assemble(
            self,
            sample,
            np.concatenate([effect, fit.slopes]),
            matrix,
            NORMAL,
            vcov="influence",
            clusters=[int(g.max()) + 1 for g in groups],
            terms=self.controls,
            effects=("entity", "time"),
            details={"treated_cells": int(used.sum())},
            parts=(
                *self.event_study(sample, fit, used, groups),
                att,
                self.aggregates(fit, used, cells, own, groups),
            ),
            notes=[
                *notes,
                *self.remarks(),
                influence_note(groups),
                *few_clusters(groups, where=text("model '{name}'", name=self.name)),
                *lone_cohorts(sample),
            ],
        )

    def effect(self, sample: Sample, stream: Stream) -> Effect:
        """Return the mean of tau over treated cells alone."""
        fit, _ = self.impute(sample)
        mean, psi = fit.influence(np.where(sample.treated & fit.imputable, 0, -1), 1)
        groups = entity_clusters(sample, where=text("model '{name}'", name=self.name))
        return Effect(float(mean[0]), float(np.sqrt(influence_vcov(psi, groups)[0, 0])))

    def scores(self, sample: Sample) -> tuple[float, FloatArray]:
        """Return the mean of tau and what each region adds to its error."""
        fit, _ = self.impute(sample)
        mean, psi = fit.influence(np.where(sample.treated & fit.imputable, 0, -1), 1)
        return float(mean[0]), psi[:, 0]

    def own_checks(self, sample: Sample, deals: int, stream: Stream) -> tuple[Check, ...]:
        """Return the effects on channels that the study asks for."""
        if not self.mechanism:
            return ()
        asked = lambda: channels(self, sample, self.outcome, self.mechanism, deals, stream)  # noqa: E731
        return (Check(text("Mechanism"), asked),)

    def impute(self, sample: Sample) -> tuple[Counterfactual, list[Text]]:
        """Return the fit on untreated cells, and notes on the treated cells that it cannot reach."""
        fit = impute(sample.y, sample.x, sample.entity, sample.time, ~sample.treated, sample.weight)
        blamed = [self.controls[j] for j in (*fit.absorbed, *fit.collinear)]
        if blamed:
            raise self.fail(
                text(
                    "{blamed}: not told apart from region and year effects on untreated cells",
                    blamed=tuple(blamed),
                ),
                fix=text("leave it out, or take a column that varies among untreated cells"),
            )
        lost = sample.treated & ~fit.imputable
        if lost.sum() == sample.treated.sum():
            raise self.fail(
                text("no never- or not-yet-treated region is left to impute a treated cell from"),
                fix=text(
                    "end the panel later than the last cohort begins, or add regions that are never treated"
                ),
            )
        if not lost.any():
            return fit, []
        note = text(
            "{count} treated {count:cell|cells} left out, no untreated cell joins {count:its|their} "
            "region and year: {years}",
            count=int(lost.sum()),
            years=names(map(str, np.unique(sample.years[lost]))),
        )
        return fit, [note]

    def remarks(self) -> list[Text]:
        """Return what a reader of the event study must know."""
        return [text("Leads come from untreated cells alone (Borusyak, Jaravel & Spiess 2024)")]

    def att_gt(
        self, sample: Sample, fit: Counterfactual, used: BoolArray, groups: tuple[IntArray, ...]
    ) -> tuple[Cells, IntArray, Part[AttGt]]:
        """Return the cells, the cell of each used row, and the part ``att_gt``: means of tau by cohort and year."""
        cells, own = cells_of(sample, used)
        mean, psi = fit.influence(spread(used, own), len(cells.size))
        std_error = np.sqrt(np.diag(influence_vcov(psi, groups)))
        return cells, own, att_gt_part(cells, mean, std_error, NORMAL, cells.count)

    def aggregates(
        self, fit: Counterfactual, used: BoolArray, cells: Cells, own: IntArray, groups: tuple[IntArray, ...]
    ) -> Part[Aggregates]:
        """Return the part ``aggregates`` of ``means``."""
        labels, estimate, influence = self.means(fit, used, cells, own)
        std_error = np.sqrt(np.diag(influence_vcov(influence, groups)))
        return aggregates_part(labels, estimate, std_error, NORMAL)

    def means(
        self, fit: Counterfactual, used: BoolArray, cells: Cells, own: IntArray
    ) -> tuple[list[tuple[str, str]], FloatArray, FloatArray]:
        """Return labels, means (q,) and influences (N, q); each key is a mean of tau with its own treated residuals."""
        values = {
            "simple": np.zeros_like(cells.time),
            "group": cells.cohort,
            "calendar": cells.time,
            "dynamic": cells.event,
        }
        labels, estimate, influence = [], [], []
        for one in aggregations(cells):
            keys, of_cell = np.unique(values[one.name], return_inverse=True)
            mean, psi = fit.influence(spread(used, of_cell[own]), len(keys))
            overall = one.overall if one.keys else np.ones(1)
            labels += [(one.name, key) for key in ("overall", *map(str, one.keys))]
            shown = len(one.keys)
            estimate += [overall @ mean, *mean[:shown]]
            influence += [psi @ overall, *psi.T[:shown]]
        return labels, np.array(estimate), np.column_stack(influence)

    def event_study(
        self, sample: Sample, fit: Counterfactual, used: BoolArray, groups: tuple[IntArray, ...]
    ) -> tuple[Part[EventStudy], Part[EventCovariance]]:
        """Return the event study of ``by_event_time``."""
        found = self.by_event_time(sample, fit, used)
        matrix = influence_vcov(found.psi, groups)
        return event_study(found.shown, found.beta, matrix, NORMAL, base=set(found.base), window=self.window)

    def by_event_time(self, sample: Sample, fit: Counterfactual, used: BoolArray) -> ByEventTime:
        """Return the means of tau by event time, and before treatment the leads on untreated cells."""
        event = event_times(sample, self.ends)
        keys, own = np.unique(event[used].astype(int), return_inverse=True)
        mean, psi = fit.influence(spread(used, own), len(keys))
        before = leads(sample, event, ~sample.treated)
        shown = [*before.shown, *(int(e) for e in keys)]
        return ByEventTime(
            shown, before.base, np.concatenate([before.beta, mean]), np.column_stack([before.psi, psi])
        )

    def tables(self, sample: Sample) -> Tables:
        """Return effects by event time, cells and means with the influence of each region."""
        fit, _ = self.impute(sample)
        used = sample.treated & fit.imputable
        study = self.by_event_time(sample, fit, used)
        cells, own = cells_of(sample, used)
        att, psi = fit.influence(spread(used, own), len(cells.size))
        labels, means, influence = self.means(fit, used, cells, own)
        return Tables(
            event_time=study.shown,
            cells=list(zip(cells.cohort.tolist(), cells.time.tolist(), strict=True)),
            means=labels,
            estimate=np.concatenate([study.beta, att, means]),
            psi=np.column_stack([study.psi, psi, influence]),
        )


def cells_of(sample: Sample, used: BoolArray) -> tuple[Cells, IntArray]:
    """Return the cells of the ``used`` treated rows (n,), weighing what they hold, and each row's cell."""
    cohorts = np.unique(sample.entity_cohort[np.isfinite(sample.entity_cohort)]).astype(np.intp)
    times = np.asarray(sample.panel.times, dtype=np.intp)
    code = np.searchsorted(cohorts, sample.cohort[used]) * len(times) + sample.time[used]
    count = np.bincount(code, minlength=len(cohorts) * len(times))
    cell = np.flatnonzero(count)
    place = np.cumsum(count > 0) - 1
    cohort = cohorts[cell // len(times)]
    everyone, size = np.ones(len(sample.entity_cohort)), count.astype(float)
    if sample.weight is not None:
        everyone = np.bincount(sample.entity, sample.weight) / np.bincount(sample.entity)
        size = np.bincount(code, sample.weight[used], len(size))
    people = np.bincount(np.searchsorted(cohorts, sample.entity_cohort), everyone, len(cohorts) + 1)
    inside = np.asarray(people[cell // len(times)], dtype=np.float64)
    found = Cells(
        cohort, times[cell % len(times)], size[cell], inside, np.asarray(count[cell], dtype=np.intp)
    )
    return found, place[code]


def spread(used: BoolArray, own: IntArray) -> IntArray:
    """Return ``own`` (the codes of the used rows) on all rows, -1 where ``used`` (n,) is false."""
    key = np.full(len(used), -1, dtype=np.intp)
    key[used] = own.ravel()
    return key
