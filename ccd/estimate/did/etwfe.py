"""Wooldridge's extended two-way fixed effects."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np

from ccd.arrays import BoolArray, FloatArray, IntArray
from ccd.estimate.did.cohort_regression import CohortRegression
from ccd.estimate.did.sampling import Reads
from ccd.estimate.rows.nuisance import before_treatment, by_year
from ccd.estimate.rows.sample import Sample
from ccd.estimate.rows.wide import Wide, spread_all
from ccd.words import Text, names, text


class Etwfe(CohortRegression):
    """``estimator = "etwfe"``: Wooldridge (2021), an effect for every treated cohort and year.

    Untreated cells of all regions are the comparison, so there are no leads. Covariates enter with a slope of
    their own in every year and, less their mean over the cohort, in every treated cohort and year.
    """

    label: ClassVar[Text | None] = text("Extended two-way fixed effects")
    estimator: Literal["etwfe"]
    covariates: tuple[str, ...] = ()
    """Columns, at their mean before the earliest treatment, interacted with years and with cohorts and years."""

    def reads(self) -> Reads:
        """Return the controls, the covariates and the weight."""
        return Reads(self.controls, self.covariates, weight=self.weight or "")

    def adjusts(self) -> tuple[str, ...]:
        """Return controls and covariates."""
        return self.reads().regressors

    def taken_before(self) -> tuple[str, ...]:
        """Return the covariates, at their mean before treatment."""
        return tuple(name for name in self.covariates if name not in self.controls)

    def interactions(self, sample: Sample, wide: Wide, pairs: IntArray) -> FloatArray | None:
        """Return the covariates by year, (N, T, (T - 1) q), then less their cohort's mean by cell, (N, T, K q).

        A cohort's mean is over its regions, each with the mean of its weights (Wooldridge 2021, section 6).
        """
        if not self.covariates:
            return None
        where = text("model '{name}', {key}", name=self.name, key="covariates")
        columns = [sample.x[:, sample.controls.index(name)] for name in self.covariates]
        years = [spread_all(sample, by_year(sample, column, where)) for column in columns]
        levels = np.column_stack([before_treatment(sample, column, where) for column in columns])
        weight = np.ones(len(levels))
        if sample.weight is not None:
            weight = np.bincount(sample.entity, sample.weight) / np.bincount(sample.entity)
        centred = levels.copy()
        for g in wide.cohorts:
            own = wide.cohort == g
            centred[own] -= np.average(levels[own], axis=0, weights=weight[own])
        cell = np.zeros((*wide.y.shape, len(pairs)))
        for k, (number, t) in enumerate(pairs):
            cell[:, t, k] = wide.cohort == wide.cohorts[number]
        moved = cell[:, :, :, None] * centred[:, None, None, :]
        return np.concatenate([*years, moved.reshape(*wide.y.shape, -1)], axis=2)

    def pairs(self, wide: Wide) -> IntArray:
        """Return the treated cells of the cohorts that are seen before treatment."""
        found = []
        for number, g in enumerate(wide.cohorts):
            seen = np.flatnonzero(wide.seen[wide.cohort == g].any(axis=0))
            found += [(number, t) for t in seen[wide.years[seen] >= g]]
        return np.array(found, dtype=np.intp).reshape(-1, 2)

    def compares(self, sample: Sample) -> BoolArray:
        """Return the untreated rows."""
        return np.asarray(~sample.treated)

    def base(self, shown: list[int]) -> set[int]:
        """Return no event time: years before treatment are all part of the comparison."""
        return set()

    def remarks(self) -> list[Text]:
        """Return how the cells are averaged."""
        notes = [
            text(
                "Effects of cohort and year averaged by region-years; the comparison is every untreated cell"
            )
        ]
        if self.covariates:
            notes.append(
                text(
                    "Interacted with years, and less their cohort's mean with cohorts and years: {columns}, at their "
                    "mean before the earliest treatment; the error takes these means as fixed",
                    columns=names(self.covariates),
                )
            )
        return notes
