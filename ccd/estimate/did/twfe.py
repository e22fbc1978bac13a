"""Two-way fixed-effects difference-in-differences with its event study, Bacon weights and batched draws."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from ccd.arrays import FloatArray
from ccd.errors import EstimationError
from ccd.estimate.did.checks.bacon import bacon_finding
from ccd.estimate.did.checks.mechanism import mechanism
from ccd.estimate.did.checks.moderator import moderator
from ccd.estimate.did.checks.wild import WildSpec, wild_finding
from ccd.estimate.did.draws import redrawn
from ccd.estimate.did.effects import Effect, Finding
from ccd.estimate.did.events import event_effects
from ccd.estimate.did.spec import DidRegression, event_study
from ccd.estimate.linear.design import AbsorbingDesign
from ccd.estimate.linear.inference import named, terms_frame
from ccd.estimate.linear.ols import stack_columns
from ccd.estimate.linear.vcov import Vcov
from ccd.estimate.rows.effects import effect_codes
from ccd.estimate.rows.influence import few_clusters
from ccd.estimate.rows.nuisance import Nuisance, gather
from ccd.estimate.rows.sample import Sample
from ccd.panel import Panel
from ccd.results import Estimate
from ccd.streams import Stream
from ccd.words import Text, names, text


class Twfe(DidRegression):
    """``estimator = "twfe"``: y = a_i + l_t + b D_it + x'c + u."""

    estimator: Literal["twfe"] = "twfe"
    vcov: Literal["cluster", "hc1", "iid", "driscoll-kraay", "conley"] = "cluster"
    """Covariance of the estimates."""
    weight: str | None = None
    """Column of analytic weights."""
    fixed_effects: tuple[str, ...] = ()
    """More fixed effects: a column, or several joined by " x ", such as "region3 x year"."""
    trends: Literal["entity"] | None = None
    """A linear trend for every entity."""
    controls_by_year: tuple[str, ...] = ()
    """Columns whose mean before the earliest treatment is interacted with year dummies."""
    other_policies: tuple[str, ...] = ()
    """Policies whose own treatment dummy enters as a control."""
    anticipation: int = Field(default=0, ge=0)
    """Years before treatment that are left out, so that the base is not what regions did in advance."""
    coordinates: tuple[str, str] | None = None
    """Columns of longitude and latitude in degrees, for vcov = "conley"; provinces know lon_capital, lat_capital."""
    cutoff: float = Field(default=300.0, gt=0)
    """Kilometres within which errors of one year correlate, for vcov = "conley"."""
    mechanism: tuple[str, ...] = ()
    """Channels: the effect on each, and the share of the effect that runs through it."""
    mechanism_draws: int = Field(default=499, ge=19)
    """Cluster bootstrap draws behind the interval of that share."""
    moderator: str = ""
    """Column that the effect may vary with."""
    wild: WildSpec | None = None
    """Wild cluster bootstrap: { draws = 9999, signs = "webb" }."""

    @model_validator(mode="after")
    def _keys_agree(self) -> Self:
        if self.vcov == "conley" and self.coordinates is None:
            raise ValueError('vcov = "conley" needs coordinates = [LONGITUDE, LATITUDE]')
        if self.wild is not None and len(self.clusters()) > 1:
            raise ValueError("the wild cluster bootstrap takes one cluster column")
        return self

    def weights(self) -> str:
        """Return the column of analytic weights, or an empty string."""
        return self.weight or ""

    def regressors(self) -> tuple[str, ...]:
        """Return controls and the columns interacted with years."""
        return tuple(dict.fromkeys((*self.controls, *self.controls_by_year)))

    def columns(self) -> tuple[str, ...]:
        """Return the numeric columns that the model reads."""
        beside = (*self.mechanism, *((self.moderator,) if self.moderator else ()))
        return (*super().columns(), *(self.coordinates or ()), *beside)

    def policies_read(self) -> tuple[str, ...]:
        """Return the policy, that of the neighbours, and the others that enter as controls."""
        return (*super().policies_read(), *self.other_policies)

    def sample(self, panel: Panel) -> Sample:
        """Return the rows of the model, less the years of anticipation."""
        sample = super().sample(panel)
        if not self.anticipation:
            return sample
        early = (sample.cohort - self.anticipation <= sample.years) & ~sample.treated
        note = text(
            "{count} region-years up to {years} years before treatment left out (anticipation)",
            count=int(early.sum()),
            years=self.anticipation,
        )
        kept = sample.rows(~early)
        return replace(kept, notes=(*kept.notes, note))

    def estimate(self, sample: Sample, stream: Stream) -> Estimate:
        """Return the TWFE estimate with event study and Bacon weights (METHODS 3)."""
        design, nuisance = self.design(sample), self.nuisance(sample)
        d = sample.treated.astype(float)
        fit, vcov = design.regress(sample.y, stack_columns(d, nuisance.x), [self.policy, *nuisance.labels])
        terms_of = [self.policy, *nuisance.names]
        k = len(terms_of)
        residual = fit.x @ fit.bread[:, 0] / fit.bread[0, 0]
        plain = design.plain and not nuisance.labels
        found = [self.event_study(sample, design, nuisance), bacon_finding(sample, residual, plain)]
        if self.wild is not None and self.wild.draws:
            found.append(wild_finding(sample.y, fit, design, self.wild, self.policy, stream("wild")))
        terms = terms_frame(terms_of, fit.beta[:k], replace(vcov, matrix=vcov.matrix[:k, :k]))
        facts: dict[str, object] = {"r2_within": fit.r2, "vcov": vcov.kind, "clusters": list(vcov.clusters)}
        facts |= {"df": vcov.df, "k": design.parameters(fit.x.shape[1]), "controls": list(nuisance.names)}
        facts["effects"] = self._effects()
        p_values = {"analytic": float(terms["p_value"].iloc[0])}
        for finding in found:
            facts |= finding.facts
            p_values |= finding.p_values
        return self.finish(
            sample,
            terms,
            named(vcov.matrix[:k, :k], terms_of),
            {**facts, "p_values": p_values},
            [p for f in found for p in f.parts],
            [vcov.note, *self._few(sample), *self._design_notes(), *(n for f in found for n in f.notes)],
        )

    def by_group(
        self, sample: Sample, group: NDArray[np.object_], kept: Sequence[str]
    ) -> tuple[FloatArray, FloatArray, float]:
        """Return the policy's effect in each group (k,), their covariance and df, from one regression."""
        nuisance = self.nuisance(sample)
        d = [sample.treated & (group == key) for key in kept]
        labels = [*(f"{self.policy} in {key}" for key in kept), *nuisance.labels]
        fit, vcov = self.design(sample).regress(
            sample.y, np.column_stack([*d, nuisance.x]).astype(float), labels
        )
        k = len(kept)
        return fit.beta[:k], vcov.matrix[:k, :k], vcov.df

    def own_findings(self, sample: Sample, stream: Stream) -> tuple[Finding, ...]:
        """Return the mechanism and the moderator that the study asks for."""
        found = [mechanism(self, sample, stream)] if self.mechanism else []
        return tuple([*found, moderator(self, sample)] if self.moderator else found)

    def effect(self, sample: Sample, stream: Stream) -> Effect:
        """Return the policy's term alone."""
        nuisance = self.nuisance(sample)
        d = sample.treated.astype(float)
        fit, vcov = self.design(sample).regress(
            sample.y, stack_columns(d, nuisance.x), [self.policy, *nuisance.labels]
        )
        return Effect(float(fit.beta[0]), float(vcov.std_error[0]), vcov.df)

    def reassigned(
        self, sample: Sample, cohorts: FloatArray, stream: Stream
    ) -> tuple[FloatArray, FloatArray]:
        """Return estimate and error (R,) of all draws at once; the controls stay, only D changes."""
        return redrawn(sample, self.design(sample), self.nuisance(sample).x, cohorts)

    def design(self, sample: Sample) -> AbsorbingDesign:
        """Return what the regression takes out and how its errors are made."""
        extra = tuple(effect_codes(sample.panel, name) for name in self.fixed_effects)
        places = None
        if self.vcov == "conley" and self.coordinates is not None:
            longitude, latitude = (sample.panel.column(name) for name in self.coordinates)
            places = (longitude, latitude)
        return AbsorbingDesign(
            effects=(sample.entity, sample.time, *extra),
            clusters=sample.clusters,
            time=sample.time,
            vcov=self.vcov,
            weight=sample.weight,
            trend=sample.years.astype(float) if self.trends else None,
            places=places,
            cutoff=self.cutoff,
            where=f"model '{self.name}'",
        )

    def nuisance(self, sample: Sample) -> Nuisance:
        """Return controls, other policies' dummies, the neighbours' dummy, and pre-period controls x year."""
        flagged = self.spillover.policy if self.spillover and self.spillover.how == "flag" else None
        return gather(
            sample, self.controls, self.other_policies, flagged, self.controls_by_year, f"model '{self.name}'"
        )

    def _few(self, sample: Sample) -> list[Text]:
        clustered = self.vcov == "cluster"
        return few_clusters(sample.clusters, where=f"model '{self.name}'") if clustered else []

    def _effects(self) -> list[str]:
        more = [*self.fixed_effects, *(["trends"] if self.trends else [])]
        return ["entity", "time", *more, *(["controls_by_year"] if self.controls_by_year else [])]

    def _design_notes(self) -> list[Text]:
        notes = []
        if self.controls_by_year:
            notes.append(
                text(
                    "Interacted with every year, at their mean before the earliest treatment: {columns}",
                    columns=names(self.controls_by_year),
                )
            )
        if self.fixed_effects:
            notes.append(text("More fixed effects: {effects}", effects=self.fixed_effects))
        if self.trends:
            notes.append(text("A linear trend for every region"))
        return notes

    def event_study(self, sample: Sample, design: AbsorbingDesign, nuisance: Nuisance) -> Finding:
        """Return the coefficients on every event time but the base, or a note where they are not identified.

        The base is e = -1; the smallest event time leaves too when there is no never treated region, and one
        more with entity trends (both make a straight line of e a combination of the other regressors).
        """
        event = self.event_times(sample)
        seen = sorted(int(e) for e in np.unique(event[np.isfinite(event)]))
        last = -1 - self.anticipation
        base = {last} if last in seen else {max((e for e in seen if e < 0), default=seen[0])}
        straight = int(np.isfinite(sample.entity_cohort).all()) + int(self.trends is not None)
        base |= set([e for e in seen if e not in base][:straight])
        shown = [e for e in seen if e not in base]
        k, many = len(shown), len(shown) + nuisance.x.shape[1]
        quick = None
        if design.plain and self.vcov == "cluster":
            quick = event_effects(sample, event, shown, nuisance.x, design.parameters(many))
        try:
            beta, vcov = quick or self.by_rows(sample, design, nuisance, event, shown)
        except EstimationError as error:
            return Finding(notes=(text("No event study: {why}", why=error.what),))
        parts = event_study(shown, beta[:k], vcov.matrix[:k, :k], vcov.df, base=base, window=self.window)
        return Finding(parts)

    def by_rows(
        self, sample: Sample, design: AbsorbingDesign, nuisance: Nuisance, event: FloatArray, shown: list[int]
    ) -> tuple[FloatArray, Vcov]:
        """Return coefficients and covariance of the regression on event-time dummies, row by row."""
        dummies = [event == e for e in shown]
        fit, vcov = design.regress(
            sample.y,
            np.column_stack([*dummies, nuisance.x]).astype(float),
            [*(f"event time {e}" for e in shown), *nuisance.labels],
        )
        return fit.beta, vcov
