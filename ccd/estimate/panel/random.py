"""Random effects, and the tests that choose between them and fixed effects."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import numpy as np
import pandas as pd
from pydantic import Field

from ccd.arrays import FloatArray, IntArray
from ccd.estimate.linear.inference import terms_of
from ccd.estimate.linear.ols import group_sums, least_squares, unidentified
from ccd.estimate.panel.regression import design_of, draw, effect_names, size, terms_named
from ccd.estimate.panel.spec import PanelSpec
from ccd.estimate.panel.specification import Test, tests_part
from ccd.estimate.rows.sample import Sample
from ccd.panel import Panel
from ccd.results import Estimate
from ccd.streams import Stream
from ccd.words import Figure, Text, names, text


class PanelRandom(PanelSpec):
    """``estimator = "random"``: y = x'b + a_i + u with a_i random, by feasible GLS.

    The variance of a_i comes from the regression of region means less what the errors put into them. In a balanced
    panel that is Swamy & Arora (1972). In an unbalanced one ``components = "stata"`` weighs each region alike and
    counts its years by their harmonic mean (Stata's default), ``"swamy-arora"`` weighs means by their years and takes
    the exact expectation (Baltagi & Chang 1994, J. Econometrics 62, section 2; Stata's ``sa``, R's plm).
    """

    needs: ClassVar[tuple[str, ...]] = ("linearmodels.panel",)

    estimator: Literal["random"] = "random"
    regressors: tuple[str, ...] = Field(min_length=1)
    """Columns of interest; the first is the headline."""
    components: Literal["stata", "swamy-arora"] = "stata"
    """Variance components in an unbalanced panel: Stata's default, or Swamy and Arora's exact ones (plm)."""

    def named_columns(self) -> tuple[str, ...]:
        """Return regressors and controls."""
        return (*self.regressors, *self.controls)

    def fit(self, panel: Panel, stream: Stream) -> Estimate:
        """Return the random-effects estimate with the Hausman, Mundlak and Breusch-Pagan tests."""
        sample = draw(self, panel)
        listed = list(self.named_columns())
        design_of(self, sample, entity=False).regress(sample.y, sample.x, listed)  # refuses collinear columns
        found = gls(self, sample, sample.x, listed, self.vcov)
        clusters = (int(sample.clusters[0].max()) + 1,) if self.vcov == "cluster" else ()
        df = float(clusters[0] - 1) if clusters else float(found.df_resid)
        k = len(listed) + 1
        terms = terms_of(
            terms_named([*listed, "const"]), found.params.to_numpy()[:k], found.std_errors.to_numpy()[:k], df
        )
        theta = found.theta.to_numpy()
        low, high = float(theta.min()), float(theta.max())
        varying = varying_columns(self, sample)
        return Estimate(
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
            notes=(*sample.notes, *what_was_done(made_by(self, sample), low, high, listed, varying)),
            parts=(tests_part(choose(self, sample, varying)),),
        )


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


def gls(spec: PanelRandom, sample: Sample, x: FloatArray, labels: list[str], vcov: str) -> Any:
    """Return linearmodels' random-effects result on ``x`` (n, k), a constant and year dummies."""
    from linearmodels.panel import RandomEffects

    years = np.eye(int(sample.time.max()) + 1)[sample.time][:, 1:]
    columns = [x, np.ones((len(x), 1)), *([years] if spec.time_effects else [])]
    heads = [*labels, "const"]
    heads += [f"year {t}" for t in sample.panel.times[1:]] if spec.time_effects else []
    index = pd.MultiIndex.from_arrays([sample.entity, sample.years])
    frame = pd.DataFrame(np.column_stack(columns), index=index, columns=heads)
    model = RandomEffects(pd.Series(sample.y, index=index, name=spec.outcome), frame)
    exact = spec.components == "swamy-arora"
    if vcov == "cluster":
        groups = pd.DataFrame({"cluster": sample.clusters[0]}, index=index)
        return model.fit(
            small_sample=exact, cov_type="clustered", clusters=groups, debiased=True, group_debias=True
        )
    kind = {"hc1": "robust", "iid": "unadjusted"}[vcov]
    return model.fit(small_sample=exact, cov_type=kind, debiased=True)


def varying_columns(spec: PanelSpec, sample: Sample) -> list[int]:
    """Return the columns (places) that vary within regions, which fixed effects can estimate too."""
    within = design_of(spec, sample, entity=True).residualise(sample.x)
    absorbed, _ = unidentified(within, sample.x)
    return [j for j in range(sample.x.shape[1]) if j not in absorbed]


def choose(spec: PanelRandom, sample: Sample, varying: list[int]) -> list[Test]:
    """Return the tests between pooled, random and fixed effects; those against fixed need columns that vary."""
    against_fixed = [hausman(spec, sample, varying), mundlak(spec, sample, varying)] if varying else []
    return [*against_fixed, breusch_pagan(spec, sample)]


def hausman(spec: PanelRandom, sample: Sample, varying: list[int]) -> Test:
    """Return Hausman's (1978) test on the columns that vary, chi2; both variances on the fixed effects' s2.

    With one s2 the difference of the variances cannot be negative (the ``sigmaless`` form).
    """
    design = design_of(spec, sample, entity=True)
    swept = design.residualise(np.column_stack([sample.y, sample.x[:, varying]]))
    fixed = least_squares(swept[:, 0], swept[:, 1:])
    s2 = float(fixed.resid @ fixed.resid) / (len(sample.y) - _all_parameters(design.effects, len(varying)))
    random = gls(spec, sample, sample.x, list(spec.named_columns()), "iid")
    at = np.array(varying)
    spread = s2 * (fixed.bread - random.cov.to_numpy()[np.ix_(at, at)] / float(random.s2))
    gap = fixed.beta - random.params.to_numpy()[at]
    statistic = float(gap @ np.linalg.pinv(spread, hermitian=True) @ gap)
    return Test("hausman", statistic, len(varying), float("inf"))


def _all_parameters(effects: tuple[IntArray, ...], slopes: int) -> int:
    return slopes + 1 + sum(int(effect.max()) for effect in effects)


def mundlak(spec: PanelRandom, sample: Sample, varying: list[int]) -> Test:
    """Return Mundlak's (1978) test: region means added to random effects, clustered Wald F on them."""
    listed = list(spec.named_columns())
    size = int(sample.entity.max()) + 1
    count = np.bincount(sample.entity, minlength=size)[:, None]
    means = (group_sums(sample.x[:, varying], sample.entity, size) / count)[sample.entity]
    labels = [*listed, *(f"mean of {listed[j]}" for j in varying)]
    found = gls(spec, sample, np.column_stack([sample.x, means]), labels, "cluster")
    at = slice(len(listed), len(labels))
    beta, matrix = found.params.to_numpy()[at], found.cov.to_numpy()[at, at]
    statistic = float(beta @ np.linalg.solve(matrix, beta)) / len(varying)
    return Test("mundlak", statistic, len(varying), float(sample.clusters[0].max()))


def breusch_pagan(spec: PanelSpec, sample: Sample) -> Test:
    """Return the Lagrange multiplier test of no region effects (Breusch and Pagan 1980, Baltagi and Li 1990)."""
    design = design_of(spec, sample, entity=False)
    swept = design.residualise(np.column_stack([sample.y, sample.x]))
    resid = least_squares(swept[:, 0], swept[:, 1:]).resid
    count = np.bincount(sample.entity).astype(np.float64)
    total = np.bincount(sample.entity, resid)
    n = len(resid)
    ratio = float(total @ total / (resid @ resid)) - 1
    statistic = n**2 * ratio**2 / (2 * float(np.sum(count * (count - 1))))
    return Test("breusch_pagan", statistic, 1, float("inf"))
