"""Random effects by feasible generalised least squares."""

from __future__ import annotations

from typing import ClassVar, Literal, Self

import numpy as np
from pydantic import Field, model_validator

from ccd.arrays import BoolArray
from ccd.errors import SpecError
from ccd.estimate.contrasts.compare import Difference
from ccd.estimate.contrasts.crossed import WORDS, blocks, contrast, stacked
from ccd.estimate.contrasts.findings import Effect
from ccd.estimate.linear.inference import terms_of
from ccd.estimate.panel.choice import choose
from ccd.estimate.panel.compared import ComparedPanel, halves
from ccd.estimate.panel.gls import gls, varying_columns
from ccd.estimate.panel.regression import design_of, draw, effect_names, size, terms_named
from ccd.estimate.panel.specification import tests_part
from ccd.estimate.rows.sample import Sample
from ccd.panel import Panel
from ccd.results import Estimate
from ccd.streams import Stream
from ccd.words import Figure, Text, names, text


class PanelRandom(ComparedPanel):
    """``estimator = "random"``: y = x'b + a_i + u with a_i random, by feasible GLS.

    The variance of a_i comes from the regression of region means less what the errors put into them. In a balanced
    panel that is Swamy & Arora (1972). In an unbalanced one ``components = "stata"`` weighs each region alike and
    counts its years by their harmonic mean (Stata's default), ``"swamy-arora"`` weighs means by their years and takes
    the exact expectation (Baltagi & Chang 1994, J. Econometrics 62, section 2; Stata's ``sa``, R's plm).
    """

    needs: ClassVar[tuple[str, ...]] = ("linearmodels.panel",)
    deals: ClassVar[int] = 199

    estimator: Literal["random"] = "random"
    regressors: tuple[str, ...] = Field(min_length=1)
    """Columns of interest; the first is the headline."""
    components: Literal["stata", "swamy-arora"] = "stata"
    """Variance components in an unbalanced panel: Stata's default, or Swamy and Arora's exact ones (plm)."""

    @model_validator(mode="after")
    def _errors_of_random_effects(self) -> Self:
        if self.vcov in ("driscoll-kraay", "conley") or len(self.cluster_columns()) > 1:
            raise SpecError(
                text(
                    "random effects have classical, HC1 and one-way clustered errors: they already take errors "
                    "of a region to be alike in all years and regions to be independent; with errors that "
                    'correlate across regions or in two ways take estimator = "fixed" or "pooled"'
                )
            )
        return self

    def named_columns(self) -> tuple[str, ...]:
        """Return regressors and controls."""
        return (*self.regressors, *self.controls)

    def methods(self) -> tuple[str, ...]:
        """Return the keys of panel regressions and of this one."""
        return (*super().methods(), "panel:random")

    def fit(self, panel: Panel, stream: Stream) -> Estimate:
        """Return the random-effects estimate with the Hausman, Mundlak and Breusch-Pagan tests."""
        sample = draw(self, panel)
        listed = list(self.named_columns())
        design_of(self, sample, entity=False).regress(sample.y, sample.x, listed)  # refuses collinear columns
        exact = self.components == "swamy-arora"
        found = gls(self, sample, sample.x, listed, self.vcov, exact=exact)
        clusters = (int(sample.clusters[0].max()) + 1,) if self.vcov == "cluster" else ()
        df = float(clusters[0] - 1) if clusters else float(found.df_resid)
        k = len(listed) + 1
        terms = terms_of(
            terms_named([*listed, "const"]), found.params.to_numpy()[:k], found.std_errors.to_numpy()[:k], df
        )
        theta = found.theta.to_numpy()
        low, high = float(theta.min()), float(theta.max())
        varying = varying_columns(self, sample)
        tests, advice = choose(self, sample, varying, exact=exact)
        estimate = Estimate(
            kind=self.kind,
            estimator=self.estimator,
            outcome=self.outcome,
            headline=terms.term[0],
            terms=terms,
            covariance=found.cov.to_numpy()[:k, :k],
            sample=size(sample),
            vcov=self.vcov,
            clusters=clusters,
            df=df,
            effects=effect_names(self, entity=False),
            controls=self.controls,
            p_values={"analytic": float(terms.p_value[0])},
            details={
                "r2_overall": float(found.rsquared_overall),
                "r2_between": float(found.rsquared_between),
                "theta": [low, high],
            },
            notes=(*sample.notes, *what_was_done(made_by(self, sample), low, high, listed, varying), *advice),
            parts=(tests_part(tests),),
        )
        return self.with_groups(estimate, sample, stream)

    def effect(self, sample: Sample, stream: Stream) -> Effect:
        """Return the first regressor's effect alone."""
        listed = list(self.named_columns())
        design_of(self, sample, entity=False).regress(sample.y, sample.x, listed)  # refuses collinear columns
        found = gls(self, sample, sample.x, listed, self.vcov, exact=self.components == "swamy-arora")
        df = float(sample.clusters[0].max()) if self.vcov == "cluster" else float(found.df_resid)
        return Effect(float(found.params.iloc[0]), float(found.std_errors.iloc[0]), df)

    def apart(self, sample: Sample, first: BoolArray) -> Difference:
        """Return the difference of two groups: their errors added, and one regression with all crossed.

        That one has one pair of variance components for both groups. Effects of groups that share a cluster
        correlate by as much as in it.
        """
        listed = list(self.named_columns())
        years = np.eye(int(sample.time.max()) + 1)[sample.time][:, 1:]
        own = np.column_stack([first, years * first[:, None]] if self.time_effects else [first])
        x = np.column_stack([blocks(first, sample.x[first], sample.x[~first]), own])
        labels = [f"{name} ({word} group)" for word in WORDS for name in listed]
        labels += [f"first group {place}" for place in range(own.shape[1])]
        design_of(self, sample, entity=False).regress(sample.y, x, labels)
        found = gls(self, sample, x, labels, self.vcov, exact=self.components == "swamy-arora")
        df = float(sample.clusters[0].max()) if self.vcov == "cluster" else float(found.df_resid)
        effects = [self.effect(half, Stream(0, "apart")) for half in halves(sample, first)]  # draws nothing
        crossed, shared = contrast(found.params.to_numpy(), found.cov.to_numpy(), df, len(listed))
        return Difference(stacked(effects, shared if self.vcov == "cluster" else 0.0), crossed)


def made_by(spec: PanelRandom, sample: Sample) -> Text:
    """Return whose variance components these are; in a balanced panel they are all the same."""
    if np.ptp(np.bincount(sample.entity)) == 0 or spec.components == "swamy-arora":
        return text("Swamy and Arora")
    return text("Stata's default for unbalanced panels (not the exact Swamy and Arora)")


def what_was_done(
    source: Text, low: float, high: float, columns: list[str], varying: list[int]
) -> list[Text]:
    """Return how far region means were taken off, and which columns the tests cannot compare."""
    notes = [
        text(
            "Random effects, variance components after {source}: share of region means taken off {low} to {high}",
            source=source,
            low=Figure(low, 3),
            high=Figure(high, 3),
        )
    ]
    fixed = [name for j, name in enumerate(columns) if j not in varying]
    if fixed:
        notes.append(
            text("Not compared with fixed effects, which absorb them: {columns}", columns=names(fixed))
        )
    return notes
