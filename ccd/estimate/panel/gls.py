"""Feasible generalised least squares of random effects, by linearmodels."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from ccd.arrays import FloatArray
from ccd.estimate.linear.ols import unidentified
from ccd.estimate.panel.regression import design_of
from ccd.estimate.panel.spec import PanelSpec
from ccd.estimate.rows.sample import Sample


def gls(spec: PanelSpec, sample: Sample, x: FloatArray, labels: list[str], vcov: str, *, exact: bool) -> Any:
    """Return linearmodels' random-effects result on ``x`` (n, k), a constant and year dummies.

    ``exact`` variance components are Swamy and Arora's in an unbalanced panel, else Stata's default.
    """
    from linearmodels.panel import RandomEffects

    years = np.eye(int(sample.time.max()) + 1)[sample.time][:, 1:]
    columns = [x, np.ones((len(x), 1)), *([years] if spec.time_effects else [])]
    heads = [*labels, "const"]
    heads += [f"year {t}" for t in sample.panel.times[1:]] if spec.time_effects else []
    index = pd.MultiIndex.from_arrays([sample.entity, sample.years])
    frame = pd.DataFrame(np.column_stack(columns), index=index, columns=heads)
    model = RandomEffects(pd.Series(sample.y, index=index, name=spec.outcome), frame)
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
