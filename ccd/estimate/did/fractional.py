"""Fractional logit for an outcome in [0, 1]: the effect of a policy on a scale that cannot leave it."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np

from ccd.arrays import BoolArray, FloatArray, IntArray
from ccd.estimate.did.assemble import assemble
from ccd.estimate.did.effects import Effect
from ccd.estimate.did.estimator import Estimator
from ccd.estimate.did.logit_draws import logit_draws
from ccd.estimate.did.spec import DidRegression
from ccd.estimate.linear.binomial import BinomialFit, fit_binomial
from ccd.estimate.linear.ols import codes, group_sums, unidentified
from ccd.estimate.linear.vcov import nested
from ccd.estimate.rows.sample import Sample
from ccd.results import Estimate
from ccd.streams import Stream
from ccd.words import Figure, Text, text

#: A linear index beyond this is a fitted 0 or 1: the maximum does not exist.
BOUNDARY = 30.0


def average_effect(fit: BinomialFit, x: FloatArray, focus: int, rows: BoolArray) -> tuple[float, FloatArray]:
    """Return the mean over ``rows`` (n,) of what the 0/1 column ``focus`` adds there, and its gradient (k,)."""
    from scipy.special import expit

    without = x.copy()
    without[:, focus] = 0
    on, off = fit.mean, expit(without @ fit.beta)
    gradient = x * (on * (1 - on))[:, None] - without * (off * (1 - off))[:, None]
    return float((on - off)[rows].mean()), np.asarray(gradient[rows].mean(axis=0))


class FractionalLogit(DidRegression, Estimator):
    """``estimator = "fractional-logit"``: Papke & Wooldridge (1996, 2008), Wooldridge (2023).

    E[y] = logit^-1(b D_it + x'c + xbar_i'd + cohort + year), pooled; cohort effects and the regions' means of
    the controls stand for region effects. The effect is the mean over treated region-years of what D adds.
    """

    needs: ClassVar[tuple[str, ...]] = (*DidRegression.needs, "statsmodels.discrete.discrete_model")

    weighs: ClassVar[bool] = False
    label: ClassVar[Text | None] = text("Fractional logit")
    estimator: Literal["fractional-logit"]

    def estimate(self, sample: Sample, stream: Stream) -> Estimate:
        """Return the average effect on the treated, its error by the delta method."""
        fit, x, matrix, factor, size = self._fitted(sample)
        effect, error = self._average(sample, fit, x, matrix)
        note = text(
            "Fractional logit, cohort and year effects, region means of the controls; average effect on treated "
            "region-years by the delta method; clustered ({clusters} clusters), factor {factor}; inference t({df})",
            clusters=size,
            factor=Figure(factor),
            df=size - 1,
        )
        return assemble(
            self,
            sample,
            np.array([effect]),
            np.array([[error**2]]),
            float(size - 1),
            vcov="cluster",
            clusters=[size],
            effects=("cohort", "time"),
            details={
                "coefficient": float(fit.beta[-1]),
                "coefficient_error": float(np.sqrt(matrix[-1, -1])),
            },
            notes=[note],
        )

    def effect(self, sample: Sample, stream: Stream) -> Effect:
        """Return the average effect alone."""
        fit, x, matrix, _, size = self._fitted(sample)
        return Effect(*self._average(sample, fit, x, matrix), size - 1)

    def reassigned(
        self, sample: Sample, cohorts: FloatArray, stream: Stream
    ) -> tuple[FloatArray, FloatArray]:
        """Return effect and error (R,) of all draws at once; those that are not surely identified one by one."""
        group = sample.clusters[0]
        if len(sample.clusters) > 1 or not nested(sample.entity, group):
            return super().reassigned(sample, cohorts, stream)
        cluster = np.zeros(cohorts.shape[1], dtype=np.intp)
        cluster[sample.entity] = group
        more = np.column_stack([self._means(sample), sample.x])
        treated = sample.years[:, None] >= cohorts.T[sample.entity]
        effect, error = logit_draws(sample.y, more, sample.entity, sample.time, cluster, cohorts, treated)
        unsure = np.isnan(effect)
        if unsure.any():
            effect[unsure], error[unsure] = super().reassigned(sample, cohorts[unsure], stream)
        return effect, error

    def _average(
        self, sample: Sample, fit: BinomialFit, x: FloatArray, matrix: FloatArray
    ) -> tuple[float, float]:
        effect, gradient = average_effect(fit, x, x.shape[1] - 1, sample.treated)
        return effect, float(np.sqrt(gradient @ matrix @ gradient))

    def _fitted(self, sample: Sample) -> tuple[BinomialFit, FloatArray, FloatArray, float, int]:
        if sample.y.min() < 0 or sample.y.max() > 1:
            raise self.fail(
                text("the outcome '{outcome}' leaves [0, 1]", outcome=self.outcome),
                fix=text("take an outcome such as D, or another estimator"),
            )
        if len(sample.clusters) > 1:
            raise self.fail(text("fractional logit takes one cluster column"), fix=text("name one"))
        x = self._regressors(sample)
        fit = fit_binomial(sample.y, x)
        if not fit.converged or np.abs(fit.index).max() > BOUNDARY:
            raise self.fail(
                text("the fractional logit does not converge: some cohort or year fits only 0 or only 1"),
                fix=text("leave out years or cohorts whose outcome is always 0 or 1"),
            )
        group = sample.clusters[0]
        size, n = int(group.max()) + 1, len(sample.y)
        sums = group_sums(x * (sample.y - fit.mean)[:, None], group, size)
        bread = np.linalg.inv(fit.information)
        factor = size / (size - 1) * (n - 1) / (n - x.shape[1])
        return fit, x, factor * bread @ (sums.T @ sums) @ bread, factor, size

    def _means(self, sample: Sample) -> FloatArray:
        """Return the region means of the controls, (n, k)."""
        sums = group_sums(sample.x, sample.entity, len(sample.panel.entities))
        return np.asarray((sums / np.bincount(sample.entity)[:, None])[sample.entity])

    def _regressors(self, sample: Sample) -> FloatArray:
        """Return constant, cohort and year dummies, region means of the controls, controls, D (last), (n, k)."""
        means = self._means(sample)
        cohort = codes(np.where(np.isfinite(sample.cohort), sample.cohort, -1.0))
        own = [means, sample.x, sample.treated.astype(float)[:, None]]
        x = np.column_stack([dummies(cohort), dummies(sample.time), *own])
        labels = [*(f"region mean of {name}" for name in self.controls), *self.controls, self.policy]
        first = x.shape[1] - len(labels)
        blamed = sorted(j for found in unidentified(x - x.mean(axis=0), x) for j in found)
        if blamed:
            listed = tuple(
                labels[j - first] if j >= first else text("cohort or year effects") for j in blamed
            )
            raise self.fail(
                text("{columns}: collinear with the other regressors", columns=listed),
                fix=text("leave it out"),
            )
        return np.column_stack([np.ones(len(x)), x])


def dummies(group: IntArray) -> FloatArray:
    """Return dummies (n, levels - 1) of all levels but the first."""
    return np.asarray(group[:, None] == np.arange(1, int(group.max()) + 1), dtype=np.float64)
