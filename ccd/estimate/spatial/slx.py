"""The panel model with spatial lags of regressors, by least squares."""

from __future__ import annotations

from typing import Literal

import numpy as np

from ccd.estimate.autoregressive.lm import multipliers
from ccd.estimate.autoregressive.sweep import flat
from ccd.estimate.linear.design import AbsorbingDesign
from ccd.estimate.linear.inference import terms_of
from ccd.estimate.rows.impacts import analytic_part
from ccd.estimate.spatial.data import data_of, size
from ccd.estimate.spatial.spec import Durbin
from ccd.estimate.spatial.specification import multiplier_tests, tests_part
from ccd.panel import Panel
from ccd.results import Estimate
from ccd.streams import Stream
from ccd.words import text


class SpatialSlx(Durbin):
    """``estimator = "slx"``: y = X b + WX h + a_i + l_t + u, by least squares with clustered errors."""

    estimator: Literal["slx"]
    cluster: str = ""
    """Column to cluster by; none: the entity."""

    def group_columns(self) -> tuple[str, ...]:
        """Return the columns of the subset and of the clusters."""
        return (*super().group_columns(), *((self.cluster,) if self.cluster else ()))

    def fit(self, panel: Panel, stream: Stream) -> Estimate:
        """Return the estimate with its impacts and the multiplier tests."""
        data, where = data_of(self, panel, self.cluster, alone=True), text("model '{name}'", name=self.name)
        sample, out = data.sample, self.taken_out()
        x, terms = data.with_lags(self.lagged)
        shown = [k for k, term in enumerate(terms) if str(term) != "const"]
        effects = (
            *((sample.entity,) if out.entity else ()),
            *((sample.time,) if out.time else ()),
        ) or (np.zeros(len(sample.y), dtype=np.intp),)
        design = AbsorbingDesign(effects, sample.clusters, sample.time, where=where)
        names = [str(terms[k]) for k in shown]
        fit, vcov = design.regress(sample.y, flat(x)[:, shown], names)
        made = terms_of([terms[k] for k in shown], fit.beta, vcov.std_error, vcov.df)
        k = len(self.x)
        lags = [k + self.lagged.index(name) if name in self.lagged else None for name in self.x]
        direct, indirect = fit.beta[:k], np.array([0.0 if at is None else fit.beta[at] for at in lags])
        choose = np.zeros((2 * k, len(fit.beta)))
        choose[np.arange(k), np.arange(k)] = 1.0
        for row, at in enumerate(lags):
            if at is not None:
                choose[k + row, at] = 1.0
        covariance = choose @ vcov.matrix @ choose.T
        classic = multipliers(data.y, data.x, data.weights.matrix, out, classic=True)
        asked = multiplier_tests(multipliers(data.y, data.x, data.weights.matrix, out))
        return Estimate(
            kind=self.kind,
            estimator=self.estimator,
            outcome=self.outcome,
            headline=made.term[0],
            terms=made,
            covariance=vcov.matrix,
            sample=size(sample),
            vcov=vcov.kind,
            clusters=vcov.clusters,
            df=vcov.df,
            effects=self.effect_names(),
            r2_within=fit.r2,
            p_values={"analytic": float(made.p_value[0])},
            headline_p="analytic",
            details={"weights": self.weights, "lm_classic": classic._asdict()},
            notes=(*sample.notes, vcov.note),
            parts=(
                analytic_part(direct, indirect, covariance, vcov.df, self.x, self.outcome, self.weights),
                tests_part(asked),
            ),
        )
