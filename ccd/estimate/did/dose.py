"""Dose response: the effect of a policy by how strongly it works in a region, and its slope."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from ccd.arrays import FloatArray, IntArray
from ccd.errors import EstimationError
from ccd.estimate.did.assemble import NORMAL, assemble
from ccd.estimate.did.dose_response.curve import Arm, Changes, arm, errors, responses
from ccd.estimate.did.dose_response.spline import DEGREE, knots_of
from ccd.estimate.did.dose_response.weights import ONE_DATE, slope_weights
from ccd.estimate.did.effects import Effect
from ccd.estimate.did.estimator import Estimator
from ccd.estimate.did.group_time.att_gt import CellDesign, group_time
from ccd.estimate.did.group_time.effects import effects_of
from ccd.estimate.linear.inference import infer
from ccd.estimate.linear.studentised import studentised
from ccd.estimate.rows.deals import dealt, led_note
from ccd.estimate.rows.doses import dealing_notes, dealt_doses, with_doses
from ccd.estimate.rows.event_study import event_study
from ccd.estimate.rows.influence import entity_clusters, few_clusters, influence_note, influence_vcov
from ccd.estimate.rows.sample import Sample
from ccd.estimate.rows.wide import widen
from ccd.panel import Panel
from ccd.results import (
    DoseResponse,
    Estimate,
    EventCovariance,
    EventStudy,
    MeanSlope,
    Named,
    Part,
    Permutation,
)
from ccd.split import in_blocks
from ccd.streams import Stream
from ccd.words import Name, Text, names, text

#: A cohort has at least so many treated regions more than the spline has columns.
SPARE = 10
#: Doses at which the response is shown, evenly from the least to the largest of the treated.
SHOWN = 41
#: Draws that are made at a time.
STEP = 100
#: No doses: the means alone.
NONE = np.zeros(0)


@dataclass(frozen=True)
class Cohort:
    """Regions first treated in one year: ``rows`` (n,) in the order of their doses, and every ``change`` (N,)."""

    start: float
    rows: IntArray
    change: FloatArray
    arm: Arm


class Dose(Estimator):
    """``estimator = "dose"``: the response to a policy's intensity (Callaway, Goodman-Bacon & Sant'Anna 2024)."""

    needs: ClassVar[tuple[str, ...]] = ("scipy.optimize", "scipy.interpolate")
    label: ClassVar[Text | None] = text("Dose response")
    weighs: ClassVar[bool] = False
    batches: ClassVar[bool] = True
    deals: ClassVar[int] = 4999
    estimator: Literal["dose"]
    intensity: str | None = None
    """Column, one value a region, that says how strongly the policy works there; none: that of the policy."""
    knots: int = Field(default=0, ge=0, le=20)
    """Inner knots of the cubic spline, at quantiles of the doses of treated regions."""

    def columns(self) -> tuple[str, ...]:
        """Return the outcome, the intensity and the columns of the places."""
        return (*super().columns(), *((self.intensity,) if self.intensity else ()))

    def sample(self, panel: Panel) -> Sample:
        """Return the rows with the dose of each region. Raises EstimationError for what cannot be compared."""
        column = self.column_of(panel)
        found = with_doses(
            super().sample(panel), column, text("model '{name}'", name=self.name), positive=True
        )
        if not np.isnan(found.entity_cohort).any():
            raise self.fail(
                text("no region is never treated"),
                fix=text("a dose response compares with regions that are not"),
            )
        if not found.balanced:
            raise self.fail(
                text(
                    "some regions are not seen in every year, and a dose response compares regions over all years"
                ),
                fix=text("drop these regions, or choose years in which all are seen"),
            )
        self.refuse_few(found)
        return found

    def column_of(self, panel: Panel) -> str:
        """Return the column of the intensity: the model's, or that of the policy."""
        column = self.intensity or panel.intensities.get(self.policy)
        if column is None:
            raise self.fail(
                text("neither the model nor the policy '{policy}' names an intensity", policy=self.policy),
                fix=text("intensity = COLUMN, here or under {key}", key=f"[policies.{self.policy}]"),
            )
        return column

    def refuse_few(self, sample: Sample) -> None:
        """Raise EstimationError where a cohort has fewer treated regions than the spline needs."""
        need = SPARE + self.width
        starts, sizes = np.unique(sample.entity_cohort[np.isfinite(sample.entity_cohort)], return_counts=True)
        short = [f"{g:.0f} ({n})" for g, n in zip(starts, sizes, strict=True) if n < need]
        if short:
            raise self.fail(
                text(
                    "a dose response of {columns} columns needs {need} treated regions in each cohort; too few are in "
                    "{cohorts}",
                    columns=self.width,
                    need=need,
                    cohorts=names(short),
                ),
                fix=text(
                    'fewer knots, leave these cohorts out, or estimator = "twfe" with the same intensity'
                ),
            )

    @property
    def width(self) -> int:
        """Return how many columns the spline has, its constant among them."""
        return 1 + DEGREE + self.knots

    def grid(self, sample: Sample) -> FloatArray:
        """Return the doses at which the response is shown."""
        doses = sample.entity_dose[np.isfinite(sample.entity_cohort)]
        return np.linspace(doses.min(), doses.max(), SHOWN)

    def cohorts(self, sample: Sample, at: FloatArray) -> list[Cohort]:
        """Return the cohorts with the maps of their changes to effects at ``at`` (k,). Raises EstimationError."""
        wide = widen(sample)
        treated = np.isfinite(wide.cohort)
        knots = knots_of(sample.entity_dose[treated], self.knots)
        inner = knots[DEGREE : len(knots) - DEGREE]
        if not (np.diff(inner) > 0).all():
            raise self.fail(
                text("so many regions share an intensity that knots at its quantiles fall together"),
                fix=text("fewer knots"),
            )
        found = []
        for g in wide.cohorts:
            base = int(np.flatnonzero(wide.years < g)[-1])  # the treated of the first year have left
            rows = np.flatnonzero(wide.cohort == g)
            rows = rows[np.argsort(sample.entity_dose[rows], kind="stable")]
            change = wide.y[:, wide.years >= g].mean(axis=1) - wide.y[:, base]
            try:
                maps = arm(sample.entity_dose[rows], knots, at, len(rows) / treated.sum())
            except np.linalg.LinAlgError as error:
                raise self.fail(
                    text(
                        "the doses of cohort {cohort} do not tell the columns of the spline apart",
                        cohort=int(g),
                    ),
                    fix=text('fewer knots, or estimator = "twfe" with the same intensity'),
                ) from error
            found.append(Cohort(float(g), rows, change, maps))
        return found

    def response(self, sample: Sample, at: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return mean ATT, mean ACRT, ATT(d) and ACRT(d), (2 + 2 k,), and their influences (N, 2 + 2 k)."""
        cohorts = self.cohorts(sample, at)
        never = np.flatnonzero(np.isnan(sample.entity_cohort))
        changes = [Changes(one.change[None, one.rows], one.change[None, never]) for one in cohorts]
        effects, own, others = responses([one.arm for one in cohorts], changes)
        psi = np.zeros((len(sample.panel.entities), effects.shape[1]))
        for one, influence in zip(cohorts, own, strict=True):
            psi[one.rows] = influence[0]
        psi[never] = others[0]
        return effects[0], psi

    def estimate(self, sample: Sample, stream: Stream) -> Estimate:
        """Return the mean effect and the mean slope over treated regions, the response, and the event study."""
        where = text("model '{name}'", name=self.name)
        at, column = self.grid(sample), self.column_of(sample.panel)
        groups = entity_clusters(sample, where=where)
        effects, psi = self.response(sample, at)
        matrix = influence_vcov(psi, groups)
        doses = np.where(np.isfinite(sample.entity_cohort), sample.entity_dose, 0.0)
        each = infer(effects, np.sqrt(np.diag(matrix)), NORMAL)
        value = response_of(each.estimate, each.std_error, each.conf_low, each.conf_high, at, doses, column)
        return assemble(
            self,
            sample,
            effects[:2],
            matrix[:2, :2],
            NORMAL,
            vcov="influence",
            clusters=[int(g.max()) + 1 for g in groups],
            terms=[MeanSlope(Named(self.policy))],
            controls=(),
            details={"intensity": column, "knots": self.knots, "columns": self.width},
            parts=(Part(value), *self.studied(sample)),
            notes=[*self.assumed(sample, column), influence_note(groups), *few_clusters(groups, where=where)],
        )

    def assumed(self, sample: Sample, column: str) -> list[Text]:
        """Return what the estimates stand on."""
        notes = [
            text(
                "ATT(d), the effect where {column} is d, needs parallel trends of regions at d and never treated "
                "ones; slopes, and comparing one d with another, need strong parallel trends: regions at one d would "
                "have moved at another as those do that are there",
                column=Name(column),
            ),
            text("Means are over treated regions; slopes are for one unit of {column}", column=Name(column)),
        ]
        known = np.isfinite(sample.entity_cohort)
        if len(np.unique(sample.entity_cohort[known])) > 1:
            notes.append(ONE_DATE)
        doses, cohort = sample.entity_dose[known], sample.entity_cohort[known]
        short = [
            f"{g:.0f}"
            for g in np.unique(cohort)
            if doses[cohort == g].min() > doses.min() or doses[cohort == g].max() < doses.max()
        ]
        if short:
            notes.append(
                text(
                    "Carried on beyond the doses of their own regions: cohorts {cohorts}",
                    cohorts=names(short),
                )
            )
        return [*notes, *dealing_notes(sample, column)]

    def studied(self, sample: Sample) -> tuple[Part[EventStudy], Part[EventCovariance]]:
        """Return the event study of the treated at any dose, against never treated and the last year before."""
        wide = widen(sample)
        cells = group_time(wide, np.zeros((*wide.y.shape, 0)), CellDesign(universal=True))
        effects = effects_of(cells, wide, only="dynamic")
        place = effects.keys("dynamic")
        shown = [int(effects.labels[j][1]) for j in place]
        groups = entity_clusters(sample, where=text("model '{name}'", name=self.name))
        matrix = effects.covariance(groups)[np.ix_(place, place)]
        return event_study(
            shown, effects.estimate[place], matrix, NORMAL, base={-1} - set(shown), window=self.window
        )

    def event_effects(self, sample: Sample, stream: Stream) -> EventStudy | None:
        """Return the event study alone."""
        return self.studied(sample)[0].value

    def events_reassigned(
        self, sample: Sample, event_time: IntArray, cohorts: FloatArray, stream: Stream
    ) -> tuple[FloatArray, FloatArray]:
        """Return the event studies (R, k) of all draws with their covariances; doses do not enter."""
        k = len(event_time)
        beta, matrix = np.full((len(cohorts), k), np.nan), np.full((len(cohorts), k, k), np.nan)
        whole = self.model_copy(update={"window": None})
        for r, cohort in enumerate(cohorts):
            shown, joint = whole.studied(replace(sample, cohort=cohort[sample.entity]))
            study, covariance = shown.value, joint.value
            if np.isin(event_time, covariance.event_time).all():
                place = np.searchsorted(covariance.event_time, event_time)
                beta[r] = study.estimate[np.searchsorted(study.event_time, event_time)]
                matrix[r] = covariance.matrix[np.ix_(place, place)]
        return beta, matrix

    def effect(self, sample: Sample, stream: Stream) -> Effect:
        """Return the mean effect over treated regions alone."""
        effects, psi = self.response(sample, NONE)
        groups = entity_clusters(sample, where=text("model '{name}'", name=self.name))
        return Effect(float(effects[0]), float(np.sqrt(influence_vcov(psi[:, :1], groups)[0, 0])))

    def reassigned(
        self, sample: Sample, cohorts: FloatArray, stream: Stream
    ) -> tuple[FloatArray, FloatArray]:
        """Return mean effect and error (R,) of all draws."""
        estimate, error = self.redrawn(sample, cohorts, NONE, stream)
        return estimate[:, 0], error[:, 0]

    def reassigned_terms(
        self, sample: Sample, cohorts: FloatArray, stream: Stream
    ) -> tuple[FloatArray, FloatArray]:
        """Return mean effect and mean slope (R, 2) of all draws with their errors."""
        return self.redrawn(sample, cohorts, NONE, stream)

    def redrawn(
        self, sample: Sample, cohorts: FloatArray, at: FloatArray, stream: Stream
    ) -> tuple[FloatArray, FloatArray]:
        """Return all effects (R, 2 + 2 k) and their errors under ``cohorts`` (R, N), doses dealt with them.

        Draws that permute the cohorts share the maps of the sample, so that they are sums; others are fitted.
        """
        doses = dealt_doses(sample, cohorts, stream)
        own = self.cohorts(sample, at)
        alone = len(sample.clusters) == 1 and np.array_equal(sample.clusters[0], sample.entity)
        kept = np.isfinite(doses).all(axis=1) & alone
        for one in own:
            kept &= (cohorts == one.start).sum(axis=1) == len(one.rows)
        found, error = (np.full((len(cohorts), 2 + 2 * len(at)), np.nan) for _ in range(2))
        quick = np.flatnonzero(kept)
        for start in range(0, len(quick), STEP):
            rows = quick[start : start + STEP]
            drawn = cohorts[rows]
            never = np.argsort(np.isfinite(drawn), axis=1, kind="stable")
            never = never[:, : np.isnan(sample.entity_cohort).sum()]
            changes = []
            for one in own:
                dose = np.where(drawn == one.start, doses[rows], np.inf)
                place = np.argsort(dose, axis=1, kind="stable")[:, : len(one.rows)]
                changes.append(Changes(one.change[place], one.change[never]))
            found[rows], treated, others = responses([one.arm for one in own], changes)
            error[rows] = errors(treated, others)
        for r in np.flatnonzero(~kept & np.isfinite(doses).all(axis=1)):
            dealt_one = replace(sample, cohort=cohorts[r][sample.entity], dose=doses[r][sample.entity])
            with suppress(EstimationError):
                effects, psi = self.response(dealt_one, at)
                groups = entity_clusters(dealt_one, where=text("model '{name}'", name=self.name))
                found[r], error[r] = effects, np.sqrt(np.diag(influence_vcov(psi, groups)))
        return found, error

    def fit(self, panel: Panel, stream: Stream) -> Estimate:
        """Return the estimate; where the permutation leads, so it does for the response at every dose."""
        estimate = super().fit(panel, stream)
        permuted, value = estimate.value(Permutation), estimate.value(DoseResponse)
        if permuted is None or value is None or estimate.headline_p != "permutation":
            return estimate
        sample, draws = self.sample(panel), len(permuted.draw)
        cohorts = dealt(sample, draws, stream, self.strata(sample))
        make = lambda rows: self.redrawn(sample, cohorts[rows], value.at, stream)  # noqa: E731
        drawn, error = in_blocks(make, draws, self.block(sample), "dose", sample.y, cohorts)
        with np.errstate(divide="ignore", invalid="ignore"):
            t = np.where(error > 0, drawn / error, np.nan)[:, 2:]
        k = len(value.at)
        led = studentised(
            np.concatenate([value.estimate, value.slope]),
            np.concatenate([value.std_error, value.slope_std_error]),
            t,
        )
        value_led = replace(
            value,
            conf_low=led.conf_low[:k],
            conf_high=led.conf_high[:k],
            slope_conf_low=led.conf_low[k:],
            slope_conf_high=led.conf_high[k:],
        )
        parts = tuple(
            Part(value_led, part.name, (*part.notes, led_note(draws))) if part.value is value else part
            for part in estimate.parts
        )
        return replace(estimate, parts=parts)


def response_of(
    estimate: FloatArray,
    std_error: FloatArray,
    low: FloatArray,
    high: FloatArray,
    at: FloatArray,
    doses: FloatArray,
    column: str,
) -> DoseResponse:
    """Return the response at ``at`` (k,) from the effects (2 + 2 k,) and their inference; ``doses`` (N,), 0 = never."""
    effect, slope = slice(2, 2 + len(at)), slice(2 + len(at), None)
    return DoseResponse(
        at=at,
        estimate=estimate[effect],
        slope=estimate[slope],
        std_error=std_error[effect],
        slope_std_error=std_error[slope],
        weight=slope_weights(doses, at),
        conf_low=low[effect],
        conf_high=high[effect],
        slope_conf_low=low[slope],
        slope_conf_high=high[slope],
        intensity=column,
        doses=np.sort(doses[doses > 0]),
    )
