"""Panel regressions by least squares: fixed effects and pooled."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import numpy as np
from pydantic import Field

from ccd.arrays import BoolArray, FloatArray
from ccd.estimate.contrasts.compare import Difference
from ccd.estimate.contrasts.crossed import interacted, stacked
from ccd.estimate.contrasts.findings import Effect
from ccd.estimate.linear.design import AbsorbingDesign
from ccd.estimate.linear.inference import terms_of
from ccd.estimate.linear.ols import Fit, least_squares
from ccd.estimate.linear.relabelled import both_slopes
from ccd.estimate.linear.vcov import Vcov
from ccd.estimate.panel.compared import ComparedPanel, halves
from ccd.estimate.panel.regression import design_of, draw, effect_names, size, terms_named
from ccd.estimate.panel.spec import PanelSpec
from ccd.estimate.panel.specification import Test, tests_part
from ccd.estimate.rows.dependence import ResidualTests
from ccd.estimate.rows.sample import Sample
from ccd.panel import Panel
from ccd.results import Estimate
from ccd.streams import Stream
from ccd.words import text

#: Said where the fit is exact.
UNTESTED = text(
    "The regressors and effects fit the outcome exactly: that region effects are equal is not tested"
)


class PanelRegression(ResidualTests, ComparedPanel):
    """``estimator = "fixed"`` (region effects) or ``"pooled"`` (none)."""

    estimator: Literal["fixed", "pooled"] = "fixed"
    regressors: tuple[str, ...] = Field(min_length=1)
    """Columns of interest; the first is the headline."""

    def named_columns(self) -> tuple[str, ...]:
        """Return regressors and controls."""
        return (*self.regressors, *self.controls)

    def fit(self, panel: Panel, stream: Stream) -> Estimate:
        """Return the least-squares estimate; with fixed effects, the test that region effects are all equal."""
        sample = draw(self, panel)
        fixed = self.estimator == "fixed"
        names = self.named_columns()
        design = design_of(self, sample, entity=fixed)
        if flat(design.residualise(sample.y[:, None]), sample.y):
            raise self.fail(
                text(
                    "nothing is left of the outcome '{outcome}' after the fixed effects", outcome=self.outcome
                ),
                fix=text("take an outcome that changes within regions, or fewer effects"),
            )
        fit, vcov = design.regress(sample.y, sample.x, names)
        terms = terms_of(terms_named(names), fit.beta, vcov.std_error, vcov.df)
        tested = equal_effects(self, sample) if fixed else None
        alone, unasked = self.tested(sample, fit.resid, stream, years=self.time_effects)
        untested = [UNTESTED] if fixed and tested is None else []
        estimate = Estimate(
            kind=self.kind,
            estimator=self.estimator,
            outcome=self.outcome,
            headline=terms.term[0],
            terms=terms,
            covariance=vcov.matrix,
            sample=size(sample),
            vcov=vcov.kind,
            clusters=vcov.clusters,
            df=vcov.df,
            effects=effect_names(self, entity=fixed),
            controls=self.controls,
            r2_within=fit.r2 if fixed else None,
            p_values={"analytic": float(terms.p_value[0])},
            details={} if fixed else {"r2": fit.r2},
            notes=(*sample.notes, vcov.note, *self.place_notes(design), *untested, *unasked),
            parts=(*((tests_part([tested]),) if tested else ()), *alone),
        )
        return self.with_groups(estimate, sample, stream)

    def effect(self, sample: Sample, stream: Stream) -> Effect:
        """Return the first regressor's effect alone."""
        fit, vcov = self._regressed(sample)
        return Effect(float(fit.beta[0]), float(vcov.std_error[0]), vcov.df)

    def relabelled(self, sample: Sample, inside: BoolArray, stream: Stream) -> tuple[FloatArray, FloatArray]:
        """Return effects and errors (R, 2) of all draws: at once where the panel is balanced, two-way, by region."""
        design = self._design(sample)
        plain = design.plain and design.vcov == "cluster" and len(design.clusters) == 1
        if not (plain and sample.balanced and np.array_equal(design.clusters[0], sample.entity)):
            return super().relabelled(sample, inside, stream)
        return both_slopes(
            sample.y, sample.x, inside, len(sample.panel.times), design.parameters(sample.x.shape[1])
        )

    def apart(self, sample: Sample, first: BoolArray) -> Difference:
        """Return the difference of two groups, by stacked scores and by one regression with all crossed."""
        names = list(self.named_columns())
        own = halves(sample, first)
        effects = []
        for half in own:
            fit, vcov = self._regressed(half)
            effects.append(Effect(float(fit.beta[0]), float(vcov.std_error[0]), vcov.df))
        crossed, shared = interacted(
            self._design(sample), sample.y, first, [half.x for half in own], [names, names]
        )
        return Difference(stacked(effects, shared), crossed)

    def _design(self, sample: Sample) -> AbsorbingDesign:
        return design_of(self, sample, entity=self.estimator == "fixed")

    def _regressed(self, sample: Sample) -> tuple[Fit, Vcov]:
        return self._design(sample).regress(sample.y, sample.x, self.named_columns())


def flat(left: FloatArray, raw: FloatArray) -> bool:
    """Tell whether ``left`` (n, ..) of ``raw`` (n,) is rounding alone."""
    return bool(np.abs(left).max() <= 1e-10 * max(float(np.abs(raw).max()), np.finfo(float).tiny))


def equal_effects(spec: PanelSpec, sample: Sample) -> Test | None:
    """Return the F test that all region effects are equal: pooled against fixed, classical errors.

    None where the fit with effects leaves no residuals, so that its mean square is 0.
    """
    squares, counted = [], []
    for entity in (False, True):
        design = replace(design_of(spec, sample, entity=entity), vcov="iid")
        swept = design.residualise(np.column_stack([sample.y, sample.x]))
        resid = least_squares(swept[:, 0], swept[:, 1:]).resid
        if entity and flat(resid, sample.y):
            return None
        squares.append(float(np.sum(resid**2)))
        counted.append(design.parameters(sample.x.shape[1]))
    q, rest = counted[1] - counted[0], len(sample.y) - counted[1]
    statistic = (squares[0] - squares[1]) / q / (squares[1] / rest)
    return Test("region_effects", statistic, q, rest)
