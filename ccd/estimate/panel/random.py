"""Random effects, and the tests that choose between them and fixed effects."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import numpy as np
import pandas as pd
from pydantic import Field

from ccd.arrays import FloatArray, IntArray
from ccd.estimate.linear.inference import inference, named
from ccd.estimate.linear.ols import group_sums, least_squares, unidentified
from ccd.estimate.panel.fixed import PanelSpec, row_for, tests_part
from ccd.estimate.rows.sample import Sample
from ccd.panel import Panel
from ccd.results import Estimate
from ccd.streams import Stream
from ccd.words import Text, names, text


class PanelRandom(PanelSpec):
    """``estimator = "random"``: y = x'b + a_i + u with a_i random (Swamy & Arora 1972), by feasible GLS."""

    needs: ClassVar[tuple[str, ...]] = ("linearmodels.panel",)

    estimator: Literal["random"] = "random"
    regressors: tuple[str, ...] = Field(min_length=1)
    """Columns of interest; the first is the headline."""

    def named_columns(self) -> tuple[str, ...]:
        """Return regressors and controls."""
        return (*self.regressors, *self.controls)

    def fit(self, panel: Panel, stream: Stream) -> Estimate:
        """Return the random-effects estimate with the Hausman, Mundlak and Breusch-Pagan tests."""
        sample = self.sample(panel)
        listed = list(self.named_columns())
        self.design(sample, entity=False).regress(sample.y, sample.x, listed)  # refuses collinear columns
        found = self.gls(sample, sample.x, listed)
        df = self.df(sample, found)
        k = len(listed)
        terms = inference(
            [*listed, "const"],
            found.params.to_numpy()[: k + 1],
            found.std_errors.to_numpy()[: k + 1],
            df,
        )
        theta = found.theta.to_numpy()
        parts, varying = choose(self, sample, found)
        notes: list[Text] = [
            text(
                "Random effects after Swamy and Arora: share of region means taken off {low:.3f} to {high:.3f}",
                low=float(theta.min()),
                high=float(theta.max()),
            )
        ]
        fixed = [name for name in listed if name not in varying]
        if fixed:
            notes.append(
                text("Not compared with fixed effects, which absorb them: {columns}", columns=names(fixed))
            )
        matrix = found.cov.to_numpy()[: k + 1, : k + 1]
        return self.finish(
            sample,
            terms,
            named(matrix, [*listed, "const"]),
            {
                "r2_overall": float(found.rsquared_overall),
                "r2_between": float(found.rsquared_between),
                "vcov": self.vcov,
                "clusters": self.cluster_counts(sample),
                "df": df,
                "theta": [float(theta.min()), float(theta.max())],
                "effects": ["time"] if self.time_effects else [],
            },
            [parts],
            notes,
        )

    def cluster_counts(self, sample: Sample) -> list[int]:
        """Return the number of clusters, as a list, when the errors are clustered."""
        return [int(sample.clusters[0].max()) + 1] if self.vcov == "cluster" else []

    def df(self, sample: Sample, found: Any) -> float:
        """Return G - 1 for clustered errors, n - K otherwise."""
        counts = self.cluster_counts(sample)
        return float(counts[0] - 1) if counts else float(found.df_resid)

    def gls(self, sample: Sample, x: FloatArray, labels: list[str], vcov: str = "") -> Any:
        """Return linearmodels' random-effects result on ``x`` (n, k), a constant and year dummies."""
        from linearmodels.panel import RandomEffects

        years = np.eye(int(sample.time.max()) + 1)[sample.time][:, 1:]
        columns = [x, np.ones((len(x), 1)), *([years] if self.time_effects else [])]
        heads = [*labels, "const"]
        heads += [f"year {t}" for t in sample.panel.times[1:]] if self.time_effects else []
        index = pd.MultiIndex.from_arrays([sample.entity, sample.years])
        frame = pd.DataFrame(np.column_stack(columns), index=index, columns=heads)
        model = RandomEffects(pd.Series(sample.y, index=index, name=self.outcome), frame)
        kind = vcov or self.vcov
        if kind == "cluster":
            groups = pd.DataFrame({"cluster": sample.clusters[0]}, index=index)
            return model.fit(cov_type="clustered", clusters=groups, debiased=True, group_debias=True)
        return model.fit(cov_type={"hc1": "robust", "iid": "unadjusted"}[kind], debiased=True)


def choose(model: PanelRandom, sample: Sample, found: Any) -> tuple[Any, list[str]]:
    """Return the part ``tests`` and the columns that vary within regions and are compared."""
    listed = list(model.named_columns())
    within = model.design(sample, entity=True).residualise(sample.x)
    absorbed, _ = unidentified(within, sample.x)
    varying = [j for j in range(len(listed)) if j not in absorbed]
    rows = []
    if varying:
        rows += [hausman(model, sample, varying), mundlak(model, sample, varying)]
    rows.append(breusch_pagan(model, sample))
    return tests_part(rows), [listed[j] for j in varying]


def hausman(model: PanelRandom, sample: Sample, varying: list[int]) -> dict[str, object]:
    """Return Hausman's (1978) test on the columns that vary, chi2; both variances on the fixed effects' s2.

    With one s2 the difference of the variances cannot be negative (the ``sigmaless`` form).
    """
    listed = list(model.named_columns())
    design = model.design(sample, entity=True)
    swept = design.residualise(np.column_stack([sample.y, sample.x[:, varying]]))
    fixed = least_squares(swept[:, 0], swept[:, 1:])
    s2 = float(fixed.resid @ fixed.resid) / (len(sample.y) - _all_parameters(design.effects, len(varying)))
    random = model.gls(sample, sample.x, listed, "iid")
    at = np.array(varying)
    spread = s2 * (fixed.bread - random.cov.to_numpy()[np.ix_(at, at)] / float(random.s2))
    gap = fixed.beta - random.params.to_numpy()[at]
    statistic = float(gap @ np.linalg.pinv(spread, hermitian=True) @ gap)
    return row_for("hausman", statistic, len(varying), float("inf"))


def _all_parameters(effects: tuple[IntArray, ...], slopes: int) -> int:
    return slopes + 1 + sum(int(effect.max()) for effect in effects)


def mundlak(model: PanelRandom, sample: Sample, varying: list[int]) -> dict[str, object]:
    """Return Mundlak's (1978) test: region means added to random effects, clustered Wald F on them."""
    listed = list(model.named_columns())
    size = int(sample.entity.max()) + 1
    count = np.bincount(sample.entity, minlength=size)[:, None]
    means = (group_sums(sample.x[:, varying], sample.entity, size) / count)[sample.entity]
    labels = [*listed, *(f"mean of {listed[j]}" for j in varying)]
    found = model.gls(sample, np.column_stack([sample.x, means]), labels, "cluster")
    at = slice(len(listed), len(labels))
    beta, matrix = found.params.to_numpy()[at], found.cov.to_numpy()[at, at]
    statistic = float(beta @ np.linalg.solve(matrix, beta)) / len(varying)
    return row_for("mundlak", statistic, len(varying), float(sample.clusters[0].max()))


def breusch_pagan(model: PanelRandom, sample: Sample) -> dict[str, object]:
    """Return the Lagrange multiplier test of no region effects (Breusch and Pagan 1980, Baltagi and Li 1990)."""
    design = model.design(sample, entity=False)
    swept = design.residualise(np.column_stack([sample.y, sample.x]))
    resid = least_squares(swept[:, 0], swept[:, 1:]).resid
    count = np.bincount(sample.entity).astype(np.float64)
    total = np.bincount(sample.entity, resid)
    n = len(resid)
    ratio = float(total @ total / (resid @ resid)) - 1
    statistic = n**2 * ratio**2 / (2 * float(np.sum(count * (count - 1))))
    return row_for("breusch_pagan", statistic, 1, float("inf"))
