"""What Sun & Abraham's and Wooldridge's estimators share: a regression with an effect per (cohort, year)."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import replace
from typing import ClassVar

import numpy as np

from ccd.arrays import BoolArray, FloatArray, IntArray
from ccd.errors import EstimationError
from ccd.estimate.did.assemble import assemble
from ccd.estimate.did.checks.dealt_tables import Tables
from ccd.estimate.did.effects import Effect
from ccd.estimate.did.estimator import Estimator
from ccd.estimate.did.group_time.aggregate import (
    Cells,
    aggregates_part,
    aggregations,
    at_event_times,
    att_gt_part,
    stack,
)
from ccd.estimate.did.notes import cohorts_without_base, lone_cohorts
from ccd.estimate.did.spec import DidRegression
from ccd.estimate.linear.saturated import Saturated, saturate
from ccd.estimate.linear.vcov import Vcov, parameters, scaled
from ccd.estimate.rows.event_study import event_study
from ccd.estimate.rows.influence import few_clusters, influence_vcov, whole_clusters
from ccd.estimate.rows.sample import Sample
from ccd.estimate.rows.wide import Wide, spread, spread_all, spread_regions, spread_weight, widen
from ccd.results import Estimate
from ccd.streams import Stream
from ccd.words import Text, names, text


class CohortRegression(DidRegression, Estimator):
    """y = a_i + l_t + x'c + sum over cells of an effect ATT(g, t), clustered; means of cells are its results."""

    linear: ClassVar[bool] = True
    tabled: ClassVar[bool] = True
    estimator: str

    def estimate(self, sample: Sample, stream: Stream) -> Estimate:
        """Return the mean over treated cells as headline, ATT(g, t), aggregates and event study (METHODS 3)."""
        sample, notes = self.comparable(sample)
        wide = widen(sample)
        pairs = self.pairs(wide)
        fit = self.regress(sample, wide, pairs)
        found = np.isfinite(fit.effect)
        if not found.all():
            raise self.lost_cells(wide, pairs[~found])
        cells = self.cells(sample, wide, pairs)
        labels, shown, means, weights = self.shown_weights(cells)
        controls = len(self.controls)
        full = np.zeros((len(weights) + controls, len(pairs) + len(fit.slopes)))
        full[: len(weights), : len(pairs)] = weights
        full[len(weights) :, len(pairs) : len(pairs) + controls] = np.eye(controls)
        beta = full @ np.concatenate([fit.effect, fit.slopes])
        vcov = self.covariance(sample, fit, full)
        matrix, df, std_error = vcov.matrix, vcov.df, vcov.std_error
        q, m, k = len(means), len(shown), len(cells.event)
        terms = [0, *range(q + m + k, len(beta))]
        study = slice(q, q + m)
        parts = [
            *event_study(
                shown, beta[study], matrix[study, study], df, base=self.base(shown), window=self.window
            ),
            att_gt_part(cells, beta[q + m : q + m + k], std_error[q + m : q + m + k], df, cells.count),
            aggregates_part(labels, beta[:q], std_error[:q], df),
        ]
        return assemble(
            self,
            sample,
            beta[terms],
            matrix[np.ix_(terms, terms)],
            df,
            vcov=vcov.kind,
            clusters=vcov.clusters,
            terms=self.controls,
            controls=self.controls,
            effects=("entity", "time"),
            r2_within=fit.r2,
            parts=parts,
            notes=[
                *notes,
                *self.remarks(),
                vcov.note,
                *few_clusters(sample.clusters, where=text("model '{name}'", name=self.name)),
                *lone_cohorts(sample),
            ],
        )

    def shown_weights(self, cells: Cells) -> tuple[list[tuple[str, str]], list[int], FloatArray, FloatArray]:
        """Return the labels of the means (q), the event times (m), the means' weights, and those of all on the cells.

        All are the means, the event times and the cells themselves, (q + m + K, K).
        """
        labels, means = stack(aggregations(cells))
        event = cells.event if self.ends is None else np.clip(cells.event, *self.ends)
        shown = sorted({int(e) for e in event})
        every = np.vstack([means, at_event_times(cells, event, shown), np.eye(len(cells.event))])
        return labels, shown, means, every

    def tables(self, sample: Sample) -> Tables:
        """Return effects by event time, cells and means with what each region adds to their errors."""
        kept = self.comparable(sample)[0]
        wide = widen(kept)
        pairs = self.pairs(wide)
        fit = self.regress(kept, wide, pairs)
        if not np.isfinite(fit.effect).all():
            raise self.lost_cells(wide, pairs[~np.isfinite(fit.effect)])
        cells = self.cells(kept, wide, pairs)
        labels, shown, _, weights = self.shown_weights(cells)
        q = len(labels)
        weights = weights[[*range(q, len(weights)), *range(q)]]
        psi = fit.influence(weights)
        total = float(np.sum(psi**2))
        factor = float(np.trace(self.covariance(kept, fit, weights).matrix)) / total if total else 0.0
        return Tables(
            event_time=shown,
            cells=list(zip(cells.cohort.tolist(), cells.time.tolist(), strict=True)),
            means=labels,
            estimate=weights @ fit.effect,
            psi=spread_regions(sample, kept, psi * np.sqrt(factor)),
        )

    def effect(self, sample: Sample, stream: Stream) -> Effect:
        """Return the mean over treated cells alone."""
        mean, _, vcov = self._mean(self.comparable(sample)[0])
        return Effect(mean, float(vcov.std_error[0]), vcov.df)

    def scores(self, sample: Sample) -> tuple[float, FloatArray]:
        """Return the mean over treated cells and what each region adds to its error."""
        kept = self.comparable(sample)[0]
        mean, influence, vcov = self._mean(kept)
        total = float(np.sqrt(influence @ influence))
        return mean, spread_regions(
            sample, kept, influence * (float(vcov.std_error[0]) / total if total else 0.0)
        )

    def _mean(self, sample: Sample) -> tuple[float, FloatArray, Vcov]:
        """Return the mean over treated cells, its influence by region without factor, and its covariance."""
        wide = widen(sample)
        pairs = self.pairs(wide)
        fit = self.regress(sample, wide, pairs)
        if not np.isfinite(fit.effect).all():
            raise self.lost_cells(wide, pairs[~np.isfinite(fit.effect)])
        cells = self.cells(sample, wide, pairs)
        weight = np.where(cells.event >= 0, cells.size, 0.0)
        weights = np.concatenate([weight / weight.sum(), np.zeros(len(fit.slopes))])[None]
        vcov = self.covariance(sample, fit, weights)
        return float(weight @ fit.effect / weight.sum()), fit.influence(weights)[:, 0], vcov

    @abstractmethod
    def pairs(self, wide: Wide) -> IntArray:
        """Return the cells that have an effect: (cohort number, year position), (K, 2)."""

    @abstractmethod
    def base(self, shown: list[int]) -> set[int]:
        """Return the event times that are 0 by construction."""

    @abstractmethod
    def remarks(self) -> list[Text]:
        """Return what the estimator's weights are."""

    def comparable(self, sample: Sample) -> tuple[Sample, list[Text]]:
        """Return the sample without what has no comparison, which notes name.

        Left out are the years in which no region could be compared with, and then the cohorts that have no year
        before treatment. Raises EstimationError when nothing remains.
        """
        cohorts = sample.entity_cohort
        notes = []
        if np.isfinite(cohorts).all():
            last = int(cohorts.max())
            notes.append(
                text(
                    "No region is never treated: the last cohort ({last}) is a comparison until {last}",
                    last=last,
                )
            )
        compared = np.bincount(sample.time[self.compares(sample)], minlength=len(sample.panel.times)) > 0
        gone = ~compared[sample.time]
        if gone.any():
            years = names(map(str, np.unique(sample.years[gone])))
            notes.append(text("Years without a region to compare with, left out: {years}", years=years))
            if gone.all():
                raise self.no_comparison()
            sample = sample.rows(~gone)
        if not sample.treated.any():
            raise self.no_comparison()
        before = np.unique(sample.cohort[np.isfinite(sample.cohort) & ~sample.treated])
        lost = np.setdiff1d(np.unique(sample.cohort[np.isfinite(sample.cohort)]), before)
        if not len(lost):
            return sample, notes
        if not len(before):
            raise self.fail(
                text("no cohort is seen before its treatment"), fix=text("a panel that begins earlier")
            )
        notes.append(cohorts_without_base(lost))
        return sample.rows(~np.isin(sample.cohort, lost)), notes

    def no_comparison(self) -> EstimationError:
        """Return the error of a sample in which every region is treated at once."""
        return self.fail(
            text("no never- or not-yet-treated region is left to compare a treated one with"),
            fix=text("add regions that are never treated, or a later cohort"),
        )

    @abstractmethod
    def compares(self, sample: Sample) -> BoolArray:
        """Tell which rows (n,) others can be compared with."""

    def regress(self, sample: Sample, wide: Wide, pairs: IntArray) -> Saturated:
        """Return the fit; a control that it cannot tell from effects and cells is refused by name."""
        group = np.searchsorted(wide.cohorts, wide.cohort)  # nan sorts last: the number after all cohorts
        group = np.asarray(group, dtype=np.intp)
        own = sample.x[:, [sample.controls.index(name) for name in self.controls]]
        x, more = spread_all(sample, own), self.interactions(sample, wide, pairs)
        if more is not None:
            x = np.concatenate([x, more], axis=2)
        fit = saturate(wide.y, x, group, pairs, weight=spread_weight(sample))
        p = len(self.controls)
        blamed = [name for name, slope in zip(self.controls, fit.slopes[:p], strict=True) if np.isnan(slope)]
        if blamed:
            raise self.fail(
                text(
                    "{blamed}: not told apart from region, year and cohort-year effects", blamed=tuple(blamed)
                ),
                fix=text("leave it out, or take a column that varies within regions differently over time"),
            )
        return fit if more is None else replace(fit, slopes=np.nan_to_num(fit.slopes))

    def interactions(self, sample: Sample, wide: Wide, pairs: IntArray) -> FloatArray | None:
        """Return regressors beside the controls, (N, T, q), which may give way to others; None: there are none."""
        return None

    def cells(self, sample: Sample, wide: Wide, pairs: IntArray) -> Cells:
        """Return the cells with the number of region-years in each, or the sum of their weights, as weight."""
        cohort, time = wide.cohorts[pairs[:, 0]], wide.years[pairs[:, 1]]
        own = wide.cohort[:, None] == wide.cohorts
        weight = wide.seen if sample.weight is None else np.nan_to_num(spread(sample, sample.weight))
        size = (own.T.astype(float) @ weight)[pairs[:, 0], pairs[:, 1]]
        people = own.sum(axis=0).astype(float)
        if sample.weight is not None:
            people = own.T @ (weight.sum(axis=1) / wide.seen.sum(axis=1))
        count = (own.T.astype(float) @ wide.seen)[pairs[:, 0], pairs[:, 1]]
        return Cells(cohort, time, size, people[pairs[:, 0]], np.asarray(count, dtype=np.intp))

    def lost_cells(self, wide: Wide, pairs: IntArray) -> EstimationError:
        """Return the error that lists cells which nothing identifies."""
        listed = tuple(f"{wide.cohorts[g]}/{wide.years[t]}" for g, t in pairs[:8])
        return self.fail(
            text(
                "{count} effects of cohort/year are not identified: {listed}", count=len(pairs), listed=listed
            ),
            fix=text("a panel with fewer gaps, or the imputation estimator, which leaves such cells out"),
        )

    def covariance(self, sample: Sample, fit: Saturated, weights: FloatArray) -> Vcov:
        """Return the clustered covariance of ``weights`` (q, K + p) @ (effects, slopes)."""
        two = len(sample.clusters) == 2  # negative eigenvalues are cut off the coefficients' own covariance
        wanted = np.eye(weights.shape[1]) if two else weights
        groups = whole_clusters(sample)
        if groups is None:
            psi = fit.row_influence(wanted, sample.entity, sample.time)
            matrix = influence_vcov(psi, sample.clusters)
            if (np.diag(matrix) <= 1e-16 * np.sum(psi**2, axis=0)).all() and fit.resid.any():
                raise self.fail(
                    text("every cell has an effect of its own, so residuals sum to zero within the clusters"),
                    fix=text("cluster by region, or by a column that groups regions"),
                )
        else:
            matrix = influence_vcov(fit.influence(wanted), groups)
        k = parameters(fit.kept, [sample.entity, sample.time], sample.clusters)
        return scaled(weights @ matrix @ weights.T if two else matrix, sample.clusters, len(sample.y), k)
