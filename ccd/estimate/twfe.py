"""Two-way fixed-effects difference-in-differences with its event study."""

from __future__ import annotations

from typing import Literal

import numpy as np

from ccd.arrays import FloatArray
from ccd.estimate.base import named, terms_frame
from ccd.estimate.did import DidRegression, event_study
from ccd.estimate.ols import demean, least_squares, unidentified
from ccd.estimate.sample import Sample
from ccd.estimate.vcov import Vcov, cluster, hc1, iid, parameters
from ccd.results import Estimate, Part
from ccd.streams import Stream


class Twfe(DidRegression):
    """``kind = "did"``, ``estimator = "twfe"``: y = a_i + l_t + b D_it + x'c + u."""

    estimator: Literal["twfe"] = "twfe"
    vcov: Literal["cluster", "hc1", "iid"] = "cluster"
    """Covariance of the estimates."""
    weight: str | None = None
    """Column of analytic weights."""

    def weights(self) -> str:
        """Return the column of analytic weights, or an empty string."""
        return self.weight or ""

    def estimate(self, sample: Sample, stream: Stream) -> Estimate:
        """Return the TWFE estimate with event study (METHODS 3)."""
        names = [self.policy, *self.controls]
        beta, vcov, r2 = self.regress(sample, sample.treated.astype(float)[:, None], names)
        return self.finish(
            sample,
            terms_frame(names, beta, vcov),
            named(vcov.matrix, names),
            {"r2_within": r2, "vcov": vcov.kind, "clusters": list(vcov.clusters)},
            self.event_study(sample),
            [vcov.note],
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

    def event_study(self, sample: Sample) -> tuple[Part, Part]:
        """Return the coefficients on every event time but -1 (no never treated: the smallest leaves too)."""
        event = self.event_times(sample)
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
        return event_study(shown, beta[:k], vcov.matrix[:k, :k], vcov.df, base=base, window=self.window)
