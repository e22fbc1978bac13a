"""Rings around treated regions: does the policy radiate to its surroundings, or drain them?"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Annotated, ClassVar, Literal, Self

import numpy as np
import pandas as pd
from pydantic import Field, model_validator

from ccd.arrays import FloatArray, IntArray
from ccd.errors import EstimationError, SpecError
from ccd.estimate.did.assemble import NORMAL, assemble
from ccd.estimate.did.effects import with_cohorts
from ccd.estimate.did.estimator import Estimator
from ccd.estimate.did.notes import lone_cohorts
from ccd.estimate.did.spatial.bands import CLEAN, DONUT, TREATED, Bands, entered
from ccd.estimate.did.spatial.tell import comparison, event_studies, map_part, rings_part
from ccd.estimate.did.spec import DidRegression
from ccd.estimate.linear.counterfactual import Counterfactual, impute
from ccd.estimate.linear.design import AbsorbingDesign
from ccd.estimate.linear.ols import stack_columns
from ccd.estimate.rows.event_study import event_study, event_times
from ccd.estimate.rows.influence import entity_clusters, influence_note, influence_vcov
from ccd.estimate.rows.leads import leads
from ccd.estimate.rows.sample import Sample
from ccd.estimate.rows.space import weights_of
from ccd.panel import Panel
from ccd.results import Estimate, EventCovariance, EventStudies, EventStudy, Part, Ring
from ccd.space.distance import distances, needed, places_of
from ccd.streams import Stream
from ccd.words import Text, text

#: Column that carries the distance to the nearest region that is treated throughout.
ALWAYS = "distance to the always treated"
#: Clean regions in a year, and regions of a ring, below which there is a warning.
FEW_CLEAN, FEW_RING = 5, 3


@dataclass(frozen=True)
class Fitted:
    """Untreated outcomes fitted on clean cells, the state of each row (n,), and the bands that are seen."""

    fit: Counterfactual
    state: IntArray
    seen: tuple[int, ...]

    @property
    def key(self) -> IntArray:
        """Return the place of each row's band among those seen, -1 for rows that are not averaged, (n,)."""
        place = {band: k for k, band in enumerate(self.seen)}
        own = np.array([place.get(int(state), -1) for state in self.state], dtype=np.intp)
        return np.where(self.fit.imputable, own, -1)


class Rings(DidRegression, Estimator):
    """``estimator = "rings"``: Butts (2023). Effects of treated regions and of distance bands around them.

    y = a_i + l_t + x'c is fitted on clean cells: untreated, in no ring, in no donut; effects are means of y less that
    over treated cells and over the cells of each ring.
    """

    one_base: ClassVar[bool] = False
    label: ClassVar[Text | None] = text("Rings (imputation)")
    weighs: ClassVar[bool] = False
    redraws: ClassVar[bool] = False

    estimator: Literal["rings"]
    edges: tuple[Annotated[float, Field(gt=0)], ...] = Field(min_length=1)
    """Outer edges of the rings, ascending: km, or orders of neighbours with ``weights``."""
    weights: str | None = None
    """Weights whose orders of neighbours are counted; none: great-circle distances in km."""
    donut: float = Field(default=0.0, ge=0)
    """Km (or orders) beyond the last edge that are neither ring nor clean."""
    sources: Literal["sample", "all"] = "sample"
    """Treated regions that rings are drawn around: those of the sample, or those treated throughout too."""
    lon: str | None = None
    """Column of longitude in degrees; none: the capitals of provinces."""
    lat: str | None = None
    """Column of latitude in degrees."""

    @model_validator(mode="after")
    def _edges_rise(self) -> Self:
        if list(self.edges) != sorted(set(self.edges)):
            raise SpecError(text("edges rise: [100, 200, 300]"))
        if (self.lon is None) != (self.lat is None):
            raise SpecError(text("lon and lat go together"))
        return self

    def columns(self) -> tuple[str, ...]:
        """Return the numeric columns, those of the places among them."""
        return (*super().columns(), *(name for name in (self.lon, self.lat) if name is not None))

    def weights_read(self) -> tuple[str, ...]:
        """Return the weights."""
        return (*super().weights_read(), *(() if self.weights is None else (self.weights,)))

    def far(self, panel: Panel) -> FloatArray:
        """Return how far regions lie apart, (N, N): km, or orders of neighbours (infinite where none leads there)."""
        from scipy.sparse.csgraph import shortest_path

        where = text("model '{name}'", name=self.name)
        if self.weights is not None:
            found = weights_of(panel, self.weights, (self.outcome,), where=where, alone=True)
            return np.asarray(shortest_path(found.raw, unweighted=True))
        return distances(*needed(places_of(panel, self.lon, self.lat, where=where), where))

    def sample(self, panel: Panel) -> Sample:
        """Return the sample, which knows how far the regions treated throughout are."""
        chosen = self.chosen_rows(panel)
        far = np.full(len(panel.entities), np.inf)
        starts = panel.cohort(self.policy).to_numpy(dtype=np.float64)
        always = np.flatnonzero(starts <= chosen.times[0])
        if self.sources == "all" and len(always):
            far = self.far(panel)[:, always].min(axis=1)
        column = pd.DataFrame({ALWAYS: far[panel.entity_codes]}, index=panel.frame.index)
        return super().sample(panel.with_columns(column))

    def foresee(self, panel: Panel) -> None:
        """Raise where a year has no clean region."""
        self.clean(self.sample(panel))

    def bands(self, sample: Sample) -> Bands:
        """Return the bands among the regions of the sample."""
        always = np.full(len(sample.panel.entities), np.inf)
        always[sample.entity] = sample.panel.column(ALWAYS)
        return Bands(self.far(sample.panel), np.array(self.edges), self.donut, always)

    def states(self, sample: Sample, bands: Bands) -> IntArray:
        """Return the state of each row, (n,)."""
        times = np.asarray(sample.panel.times, dtype=float)
        return bands.states(sample.entity_cohort, times)[sample.entity, sample.time]

    def clean(self, sample: Sample) -> tuple[Bands, list[Text]]:
        """Return the bands, and warnings of years with few clean regions. Raises EstimationError for none."""
        bands = self.bands(sample)
        count = np.bincount(
            sample.time[self.states(sample, bands) == CLEAN], minlength=len(sample.panel.times)
        )
        if (count == 0).any():
            raise self.fail(
                text(
                    "no clean region is left in {times}: every untreated one lies in a ring",
                    times=sample.panel.times[int(np.argmin(count))],
                ),
                fix=text("take smaller edges, a smaller donut, or end the panel earlier"),
            )
        few = [sample.panel.times[s] for s in np.flatnonzero(count < FEW_CLEAN)]
        if not few:
            return bands, []
        return bands, [text("Fewer than {few} clean regions in {years}", few=FEW_CLEAN, years=tuple(few))]

    def fitted(self, sample: Sample, bands: Bands) -> Fitted:
        """Return the fit on clean cells. Raises EstimationError where it reaches no treated cell."""
        state = self.states(sample, bands)
        fit = impute(sample.y, sample.x, sample.entity, sample.time, state == CLEAN)
        blamed = [self.controls[j] for j in (*fit.absorbed, *fit.collinear)]
        if blamed:
            raise self.fail(
                text("{blamed}: not told apart on clean cells", blamed=tuple(blamed)),
                fix=text("leave it out"),
            )
        counted = [int(np.sum(fit.imputable & (state == k))) for k in range(len(self.edges) + 1)]
        if not counted[TREATED]:
            raise self.fail(
                text("no clean region-year is left to impute a treated one from"),
                fix=text("take smaller edges"),
            )
        return Fitted(fit, state, tuple(k for k, cells in enumerate(counted) if cells))

    def ring(self, band: int) -> Ring:
        """Return the term of a band 1..K."""
        low = 0.0 if band == 1 else float(self.edges[band - 2])
        return Ring(self.policy, low, float(self.edges[band - 1]), km=self.weights is None)

    def estimate(self, sample: Sample, stream: Stream) -> Estimate:
        """Return the effects of treated regions and of rings, with event studies by time since each was entered."""
        where = text("model '{name}'", name=self.name)
        groups = entity_clusters(sample, where=where)
        bands, few = self.clean(sample)
        found = self.fitted(sample, bands)
        mean, psi = found.fit.influence(found.key, len(found.seen))
        shown = [self.ring(band) for band in found.seen if band]
        studies = self.studies(sample, found, groups)
        return assemble(
            self,
            sample,
            mean,
            influence_vcov(psi, groups),
            NORMAL,
            vcov="influence",
            clusters=[int(g.max()) + 1 for g in groups],
            terms=shown,
            effects=("entity", "time"),
            details={"clean_cells": int(np.sum(found.state == CLEAN))},
            parts=studies,
            notes=[*few, *self.remarks(sample, found), influence_note(groups), *lone_cohorts(sample)],
        )

    def fit(self, panel: Panel, stream: Stream) -> Estimate:
        """Return the estimate with rings whose p and intervals are those that lead, and twfe beside."""
        estimate = super().fit(panel, stream)
        sample = self.sample(panel)
        found = self.fitted(sample, self.bands(sample))
        rings = [self.ring(band) for band in found.seen if band]
        twfe = self.twfe(sample, found)
        regions = [len(set(sample.entity[found.key == k].tolist())) for k in range(len(found.seen))]
        cells = [int(np.sum(found.key == k)) for k in range(len(found.seen))]
        shown = (
            rings_part(estimate, rings, cells, regions),
            comparison(estimate, twfe, len(rings) + 1),
            map_part(
                sample.panel, found.state, [self.ring(k + 1) for k in range(len(self.edges))], self.policy
            ),
        )
        return replace(estimate, parts=(*shown, *estimate.parts))

    def twfe(self, sample: Sample, found: Fitted) -> tuple[FloatArray, FloatArray, float]:
        """Return estimates (1 + K,), their errors, and the degrees of freedom of a two-way regression on rings."""
        kept = sample.rows(found.state != DONUT)
        state = found.state[found.state != DONUT]
        design = AbsorbingDesign(
            (kept.entity, kept.time), kept.clusters, kept.time, where=text("model '{name}'", name=self.name)
        )
        dummies = np.column_stack([state == band for band in found.seen]).astype(float)
        names = [self.policy, *(str(self.ring(band)) for band in found.seen if band), *self.controls]
        fit, vcov = design.regress(kept.y, stack_columns(dummies, kept.x), names)
        k = len(found.seen)
        return fit.beta[:k], vcov.std_error[:k], vcov.df

    def reassigned_terms(
        self, sample: Sample, cohorts: FloatArray, stream: Stream
    ) -> tuple[FloatArray, FloatArray]:
        """Return effects of treated regions and of the rings seen (R, k) with their errors; nan for rings not seen."""
        groups = entity_clusters(sample, where=text("model '{name}'", name=self.name))
        bands = self.bands(sample)
        own = self.fitted(sample, bands).seen
        estimate, error = (np.full((len(cohorts), len(own)), np.nan) for _ in range(2))
        for r, cohort in enumerate(cohorts):
            with suppress(EstimationError):
                found = self.fitted(with_cohorts(sample, cohort), bands)
                mean, psi = found.fit.influence(found.key, len(found.seen))
                spread = np.sqrt(np.diag(influence_vcov(psi, groups)))
                at = [own.index(band) for band in found.seen if band in own]
                taken = [k for k, band in enumerate(found.seen) if band in own]
                estimate[r, at], error[r, at] = mean[taken], spread[taken]
        return estimate, error

    def reassigned(
        self, sample: Sample, cohorts: FloatArray, stream: Stream
    ) -> tuple[FloatArray, FloatArray]:
        """Return estimate and error (R,) of the effect on treated regions."""
        estimate, error = self.reassigned_terms(sample, cohorts, stream)
        return estimate[:, 0], error[:, 0]

    def studies(
        self, sample: Sample, found: Fitted, groups: Sequence[IntArray]
    ) -> tuple[Part[EventStudy], Part[EventCovariance], Part[EventStudies]]:
        """Return the event study of treated regions, and those of rings by time since they were entered."""
        event = event_times(sample, self.ends)
        used = found.fit.imputable & (found.state == TREATED)
        keys, mean, psi = self.by_time(found, np.where(used, event, np.nan))
        before = leads(sample, event, found.state == CLEAN)
        matrix = influence_vcov(np.column_stack([before.psi, psi]), groups)
        shown = [*before.shown, *(int(e) for e in keys)]
        own = event_study(
            shown, np.concatenate([before.beta, mean]), matrix, NORMAL, base=before.base, window=self.window
        )
        times, told = np.asarray(sample.panel.times, dtype=float), []
        states = np.full((len(sample.panel.entities), len(times)), DONUT, dtype=np.intp)
        states[sample.entity, sample.time] = found.state
        for band in found.seen[1:]:
            since = entered(states, times, band)[sample.entity, sample.time]
            keys, mean, psi = self.by_time(found, np.where(found.fit.imputable, since, np.nan))
            told.append((self.ring(band), keys, mean, np.sqrt(np.diag(influence_vcov(psi, groups)))))
        return (*own, event_studies(told, self.outcome, self.policy))

    def by_time(self, found: Fitted, event: FloatArray) -> tuple[IntArray, FloatArray, FloatArray]:
        """Return event times (k,), means (k,) and influences (N, k) of the rows where ``event`` (n,) is known."""
        known = np.isfinite(event)
        keys, own = np.unique(event[known].astype(np.intp), return_inverse=True)
        key = np.full(len(event), -1, dtype=np.intp)
        key[known] = own
        mean, psi = found.fit.influence(key, len(keys))
        return keys, mean, psi

    def remarks(self, sample: Sample, found: Fitted) -> list[Text]:
        """Return what is left out, and which rings rest on few regions."""
        notes, state = [], found.state
        lost = int(np.sum((state >= 0) & ~found.fit.imputable))
        if lost:
            notes.append(
                text(
                    "{count} {count:region-year|region-years} left out: no clean one joins {count:its|their} "
                    "region and year",
                    count=lost,
                )
            )
        donut = int(np.sum(state == DONUT))
        if donut:
            notes.append(
                text(
                    "{count} {count:region-year|region-years} beyond the last edge left out (donut)",
                    count=donut,
                )
            )
        for band in range(1, len(self.edges) + 1):
            regions = len(set(sample.entity[(state == band) & found.fit.imputable].tolist()))
            if regions < FEW_RING:
                notes.append(
                    text("{ring}: {count} {count:region|regions}", ring=self.ring(band).words, count=regions)
                )
        return notes
