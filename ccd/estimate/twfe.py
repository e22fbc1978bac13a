"""Two-way fixed-effects difference-in-differences with its event study."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd
from pydantic import Field

from ccd.arrays import FloatArray
from ccd.estimate.base import ModelSpec, inference, named, terms_frame
from ccd.estimate.ols import demean, least_squares, unidentified
from ccd.estimate.sample import Sample, draw_sample
from ccd.estimate.vcov import Vcov, cluster, hc1, iid, parameters
from ccd.panel import Panel
from ccd.results import Estimate, Part
from ccd.streams import Stream


class Twfe(ModelSpec):
    """``kind = "did"``, ``estimator = "twfe"``: y = a_i + l_t + b D_it + x'c + u."""

    kind: Literal["did"]
    estimator: Literal["twfe"] = "twfe"
    policy: str
    """Policy whose effect is estimated; its name is the effect's term."""
    controls: tuple[str, ...] = ()
    """Time-varying control columns."""
    cluster: str | tuple[str, ...] = ()
    """Column, or two, to cluster by; none: the entity."""
    vcov: Literal["cluster", "hc1", "iid"] = "cluster"
    """Covariance of the estimates."""
    weight: str | None = None
    """Column of analytic weights."""
    window: tuple[int, int] | None = Field(default=None)
    """Event times shown, [first, last]; all enter the regression."""

    def columns(self) -> tuple[str, ...]:
        """Return outcome, controls and weight."""
        return (self.outcome, *self.controls, *((self.weight,) if self.weight else ()))

    def policies(self) -> tuple[str, ...]:
        """Return the policy."""
        return (self.policy,)

    def fit(self, panel: Panel, stream: Stream) -> Estimate:
        """Return the TWFE estimate with event study (METHODS 3)."""
        clusters = (self.cluster,) if isinstance(self.cluster, str) else self.cluster
        sample = draw_sample(
            panel,
            self.outcome,
            self.controls,
            self.policy,
            clusters,
            self.weight,
            where=f"model '{self.name}'",
        )
        names = [self.policy, *self.controls]
        beta, vcov, r2 = self.regress(sample, sample.treated.astype(float)[:, None], names)
        terms = terms_frame(names, beta, vcov)
        facts = {
            **sample.facts(),
            "r2_within": r2,
            "vcov": vcov.kind,
            "clusters": list(vcov.clusters),
            "p_values": {"analytic": float(terms["p_value"].iloc[0])},
        }
        return Estimate(
            kind=self.kind,
            estimator=self.estimator,
            outcome=self.outcome,
            headline=self.policy,
            terms=terms,
            vcov=named(vcov.matrix, names),
            facts=facts,
            notes=(*sample.notes, vcov.note),
            parts=(self.event_study(sample),),
        )

    def regress(self, sample: Sample, focus: FloatArray, names: list[str]) -> tuple[FloatArray, Vcov, float]:
        """Return beta, covariance and within R2 of y on ``focus`` (n, k) and the controls, two-way demeaned."""
        raw = np.column_stack([focus, sample.x])
        effects = [sample.entity, sample.time]
        x = demean(raw, effects, sample.weight)
        self.refuse_unidentified(x, raw, names, sample.weight)
        fit = least_squares(demean(sample.y[:, None], effects, sample.weight)[:, 0], x, sample.weight)
        slopes = x.shape[1]
        if self.vcov == "cluster":
            return (
                fit.beta,
                cluster(fit, sample.clusters, parameters(slopes, effects, sample.clusters)),
                fit.r2,
            )
        make = {"hc1": hc1, "iid": iid}[self.vcov]
        return fit.beta, make(fit, parameters(slopes, effects)), fit.r2

    def refuse_unidentified(
        self, x: FloatArray, raw: FloatArray, names: list[str], weight: FloatArray | None
    ) -> None:
        """Raise EstimationError naming columns that the fixed effects absorb or other columns imply."""
        absorbed, collinear = unidentified(x, raw, weight)
        if absorbed:
            listed = ", ".join(names[j] for j in absorbed)
            raise self.fail(
                f"{listed}: no variation is left after region and year effects",
                fix="leave it out, or take a column that varies within regions differently over time",
            )
        if collinear:
            listed = ", ".join(names[j] for j in collinear)
            raise self.fail(f"{listed}: collinear with the other regressors", fix="leave it out")

    def event_study(self, sample: Sample) -> Part:
        """Return the coefficients on every event time but -1 (no never treated: the smallest leaves too)."""
        event = sample.years - sample.cohort
        seen = sorted(int(e) for e in np.unique(event[np.isfinite(event)]))
        base = {-1} if -1 in seen else {max((e for e in seen if e < 0), default=seen[0])}
        if np.isfinite(sample.entity_cohort).all():
            base.add(seen[0])
        shown = [e for e in seen if e not in base]
        beta, vcov, _ = self.regress(
            sample,
            np.column_stack([event == e for e in shown]).astype(float),
            [f"event time {e}" for e in shown] + list(sample.controls),
        )
        k = len(shown)
        frame = inference(shown, beta[:k], vcov.std_error[:k], vcov.df).rename(columns={"term": "event_time"})
        zero = pd.DataFrame({"event_time": sorted(base), "estimate": 0.0})
        frame = pd.concat([frame, zero]).sort_values("event_time", ignore_index=True)
        if self.window:
            frame = frame[frame["event_time"].between(*self.window)].reset_index(drop=True)
        columns = ["event_time", "estimate", "std_error", "conf_low", "conf_high", "statistic", "p_value"]
        return Part("event_study", frame[columns])
