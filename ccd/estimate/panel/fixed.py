"""Panel regressions without a policy: what all have, and the pooled and fixed-effects ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

import numpy as np
import pandas as pd
from pydantic import Field

from ccd.arrays import FloatArray, IntArray
from ccd.estimate.linear.design import AbsorbingDesign
from ccd.estimate.linear.inference import named, terms_frame
from ccd.estimate.linear.ols import least_squares
from ccd.estimate.linear.vcov import Vcov, p_values_f
from ccd.estimate.rows.sample import Sample, draw_sample
from ccd.estimate.rows.sampling import Sampling
from ccd.panel import Panel
from ccd.results import Estimate, Part, loose, loosely
from ccd.streams import Stream
from ccd.words import Text, text


class PanelSpec(Sampling):
    """The keys of every ``kind = "panel"`` model: an outcome on regressors and controls."""

    kind: Literal["panel"]
    controls: tuple[str, ...] = ()
    """Control columns."""
    time_effects: bool = True
    """Whether year dummies enter."""
    cluster: str = ""
    """Column to cluster by; none: the entity."""
    vcov: Literal["cluster", "hc1", "iid"] = "cluster"
    """Covariance of the estimates."""

    def named_columns(self) -> tuple[str, ...]:
        """Return every column on the right-hand side, the headline first."""
        return self.controls

    def columns(self) -> tuple[str, ...]:
        """Return the numeric columns that the model reads."""
        return (self.outcome, *self.named_columns())

    def policies_read(self) -> tuple[str, ...]:
        """Return the policy of the neighbours, when they are left out."""
        return (self.spillover.policy,) if self.spillover else ()

    def sample(self, panel: Panel) -> Sample:
        """Return the complete rows. Raises EstimationError when there are none."""
        prepared = self.prepare(panel, self.named_columns())
        cluster = (self.cluster,) if self.cluster else ()
        sample = draw_sample(
            prepared, self.outcome, self.named_columns(), cluster=cluster, where=f"model '{self.name}'"
        )
        return replace(sample, notes=(*prepared.notes[len(panel.notes) :], *sample.notes))

    def design(self, sample: Sample, *, entity: bool) -> AbsorbingDesign:
        """Return the fixed effects of the regression; none at all is one effect with one level, the constant."""
        effects: tuple[IntArray, ...] = (sample.entity,) if entity else ()
        effects += (sample.time,) if self.time_effects else ()
        effects = effects or (np.zeros(len(sample.y), dtype=np.intp),)
        where = f"model '{self.name}'"
        return AbsorbingDesign(effects, sample.clusters, sample.time, vcov=self.vcov, where=where)

    def finish(
        self,
        sample: Sample,
        terms: pd.DataFrame,
        vcov: pd.DataFrame,
        facts: dict[str, object],
        parts: Sequence[Part] = (),
        notes: Sequence[Text] = (),
    ) -> Estimate:
        """Return the Estimate whose headline is the first of ``terms``."""
        shared = sample.facts()
        for key in ("cohorts", "treated_entities"):
            del shared[key]
        headline = str(terms["term"].iloc[0])
        return loosely(
            kind=self.kind,
            estimator=str(getattr(self, "estimator")),  # noqa: B009
            outcome=self.outcome,
            headline=headline,
            terms=terms,
            vcov=vcov,
            facts={
                **shared,
                "controls": list(self.controls),
                "p_values": {"analytic": float(terms["p_value"].iloc[0])},
                **facts,
            },
            notes=(*sample.notes, *notes),
            parts=tuple(parts),
        )


class PanelRegression(PanelSpec):
    """``estimator = "fixed"`` (region effects) or ``"pooled"`` (none)."""

    estimator: Literal["fixed", "pooled"] = "fixed"
    regressors: tuple[str, ...] = Field(min_length=1)
    """Columns of interest; the first is the headline."""

    def named_columns(self) -> tuple[str, ...]:
        """Return regressors and controls."""
        return (*self.regressors, *self.controls)

    def fit(self, panel: Panel, stream: Stream) -> Estimate:
        """Return the least-squares estimate; with fixed effects, the test that region effects are all equal."""
        sample = self.sample(panel)
        fixed = self.estimator == "fixed"
        design = self.design(sample, entity=fixed)
        names = list(self.named_columns())
        fit, vcov = design.regress(sample.y, sample.x, names)
        return self.finish(
            sample,
            terms_frame(names, fit.beta, vcov),
            named(vcov.matrix, names),
            {
                "r2_within" if fixed else "r2": fit.r2,
                "vcov": vcov.kind,
                "clusters": list(vcov.clusters),
                "df": vcov.df,
                "effects": [*(["entity"] if fixed else []), *(["time"] if self.time_effects else [])],
            },
            [tests_part([self.equal_effects(sample)])] if fixed else [],
            [vcov.note],
        )

    def equal_effects(self, sample: Sample) -> dict[str, object]:
        """Return the F test that all region effects are equal: pooled against fixed, classical errors."""
        squares, counted = [], []
        for entity in (False, True):
            design = replace(self.design(sample, entity=entity), vcov="iid")
            swept = design.residualise(np.column_stack([sample.y, sample.x]))
            squares.append(float(np.sum(least_squares(swept[:, 0], swept[:, 1:]).resid ** 2)))
            counted.append(design.parameters(sample.x.shape[1]))
        q, rest = counted[1] - counted[0], len(sample.y) - counted[1]
        statistic = (squares[0] - squares[1]) / q / (squares[1] / rest)
        return row_for("region_effects", statistic, q, rest)


def row_for(name: str, statistic: float, q: int, df: float) -> dict[str, object]:
    """Return a row of the part ``tests``: F(q, df), or chi2(q) where ``df`` is infinite."""
    return {
        "test": name,
        "statistic": statistic,
        "df": q,
        "p_value": p_values_f(statistic, q, df),
        "df_resid": df,
        "label": TESTS[name],
    }


def tests_part(rows: Sequence[dict[str, object]]) -> Part:
    """Return the part ``tests``."""
    return loose("tests", pd.DataFrame(rows))


def wald(beta: FloatArray, vcov: Vcov, at: slice) -> float:
    """Return b'V^-1 b / q of the coefficients ``at``."""
    chosen = beta[at]
    return float(chosen @ np.linalg.solve(vcov.matrix[at, at], chosen)) / len(chosen)


TESTS = {
    "region_effects": text("F test that all region effects are equal"),
    "hausman": text("Hausman test: fixed against random effects"),
    "mundlak": text("Mundlak test: fixed against random effects, clustered"),
    "breusch_pagan": text("Breusch-Pagan test that no region effects vary"),
    "anderson_rubin": text("Anderson-Rubin test of no effect (robust to weak instruments)"),
    "endogeneity": text("Endogeneity: regression test on the first-stage residuals"),
    "overidentification": text("Wooldridge test of the overidentifying restrictions"),
}
