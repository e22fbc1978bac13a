"""The two-way regression on a region's own policy and that of its neighbours."""

from __future__ import annotations

from contextlib import suppress
from typing import ClassVar, Literal

import numpy as np

from ccd.arrays import FloatArray
from ccd.errors import EstimationError
from ccd.estimate.autoregressive.sweep import Effects, lag
from ccd.estimate.did.assemble import assemble
from ccd.estimate.did.effects import with_cohorts
from ccd.estimate.did.spatial.draws import Wide, exposure_draws
from ccd.estimate.did.spatial.keys import SpatialKeys, treated
from ccd.estimate.did.two_way.event_study import event_finding
from ccd.estimate.linear.design import AbsorbingDesign
from ccd.estimate.linear.ols import stack_columns
from ccd.estimate.linear.vcov import nested
from ccd.estimate.rows.event_study import event_times
from ccd.estimate.rows.influence import few_clusters
from ccd.estimate.rows.nuisance import Nuisance
from ccd.estimate.rows.sample import Sample
from ccd.results import Estimate, Named, Neighbouring
from ccd.streams import Stream
from ccd.words import Name, Text, text


class SpatialSlxDid(SpatialKeys):
    """``estimator = "slx"``: y = a_i + l_t + b D_it + h (WD)_it + x'c + u."""

    label: ClassVar[Text | None] = text("Neighbours' exposure (SLX)")
    lonely: ClassVar[bool] = True

    estimator: Literal["slx"]
    exposure: Literal["share", "any"] = "share"
    """What the neighbours add: W D, with rows of 1 their treated share, or whether any is treated."""

    def exposed(self, sample: Sample) -> FloatArray:
        """Return the exposure of every row, (n,)."""
        found = lag(self.among(sample).matrix, treated(sample))
        return np.asarray(found > 0, dtype=float).ravel() if self.exposure == "any" else found.ravel()

    def design(self, sample: Sample) -> AbsorbingDesign:
        """Return what the regression takes out."""
        where = text("model '{name}'", name=self.name)
        return AbsorbingDesign((sample.entity, sample.time), sample.clusters, sample.time, where=where)

    def estimate(self, sample: Sample, stream: Stream) -> Estimate:
        """Return effect and spillover with the event study of the treated, exposure beside."""
        design, exposure = self.design(sample), self.exposed(sample)
        names = [self.policy, f"{self.policy}_neighbours", *self.controls]
        x = stack_columns(sample.treated.astype(float), exposure, sample.x)
        fit, vcov = design.regress(sample.y, x, names)
        beside = Nuisance(stack_columns(exposure, sample.x), tuple(names[1:]), tuple(names[1:]))
        event = event_times(sample, self.ends)
        return assemble(
            self,
            sample,
            fit.beta,
            vcov.matrix,
            vcov.df,
            vcov=vcov.kind,
            clusters=vcov.clusters,
            terms=(Neighbouring(Named(self.policy)), *self.controls),
            controls=self.controls,
            effects=("entity", "time"),
            r2_within=fit.r2,
            details={"weights": self.weights, "exposure": self.exposure},
            findings=[event_finding(sample, design, beside, event, -1, self.window)],
            notes=[vcov.note, *few_clusters(sample.clusters, where=design.where), self.remark()],
        )

    def remark(self) -> Text:
        """Return what the spillover is."""
        return text(
            "{policy} of neighbours: the effect of having every neighbour under the policy ({weights})",
            policy=Name(self.policy),
            weights=Name(self.weights),
        )

    def reassigned(
        self, sample: Sample, cohorts: FloatArray, stream: Stream
    ) -> tuple[FloatArray, FloatArray]:
        """Return estimate and error (R,) of the policy's own effect."""
        estimate, error = self.reassigned_terms(sample, cohorts, stream)
        return estimate[:, 0], error[:, 0]

    def reassigned_terms(
        self, sample: Sample, cohorts: FloatArray, stream: Stream
    ) -> tuple[FloatArray, FloatArray]:
        """Return effect and spillover (R, 2) with their errors; W stays, the cohorts move."""
        if len(sample.clusters) > 1 or not nested(sample.entity, sample.clusters[0]):
            return self.fitted_terms(sample, cohorts, stream)
        wide = wide_of(sample, self.design(sample), 2)
        y = wide.swept(sample.y.reshape(len(wide.groups), -1, 1))
        return exposure_draws(wide, y, self.among(sample).matrix, self.exposure, cohorts)

    def fitted_terms(
        self, sample: Sample, cohorts: FloatArray, stream: Stream
    ) -> tuple[FloatArray, FloatArray]:
        """Return the same draw by draw, for clusters that are no sums over regions."""
        estimate, error = (np.full((len(cohorts), 2), np.nan) for _ in range(2))
        for r, cohort in enumerate(cohorts):
            with suppress(EstimationError):
                terms = self.estimate(with_cohorts(sample, cohort), stream).terms
                estimate[r], error[r] = terms.estimate[:2], terms.std_error[:2]
        return estimate, error


def wide_of(sample: Sample, design: AbsorbingDesign, slopes: int, *, corrected: bool = True) -> Wide:
    """Return what every draw shares. ``slopes`` counts the policy's columns.

    Clusters that cut a region are replaced by regions, so that draws stay sums over regions.
    """
    n = len(sample.panel.entities)
    own = sample.clusters[0] if nested(sample.entity, sample.clusters[0]) else sample.entity
    groups = own.reshape(n, -1)[:, 0]
    size, rows = int(groups.max()) + 1, len(sample.y)
    effects = Effects(entity=True, time=True, corrected=corrected)
    k = sample.x.shape[1]
    swept = effects.sweep(sample.x.reshape(n, rows // n, k)).reshape(rows, k)
    factor = size / (size - 1) * (rows - 1) / (rows - design.parameters(slopes + k))
    return Wide(np.asarray(sample.panel.times, dtype=float), groups, np.linalg.qr(swept)[0], factor, effects)
