"""Callaway & Sant'Anna's group-time effects and their means."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from pydantic import Field

from ccd.arrays import FloatArray, IntArray
from ccd.errors import EstimationError
from ccd.estimate.did.effects import Effect
from ccd.estimate.did.group_time.aggregate import (
    Cells,
    aggregates_part,
    aggregations,
    att_gt_part,
    membership,
    share_influence,
    stack,
)
from ccd.estimate.did.group_time.att_gt import CellDesign, CellError, GroupTime, base_year, group_time, order
from ccd.estimate.did.group_time.multiplier import Bootstrap, critical_values, with_band
from ccd.estimate.did.spec import DidSpec, event_study, lone_cohorts
from ccd.estimate.linear.inference import inference, named
from ccd.estimate.rows.influence import entity_clusters, few_clusters, influence_note, influence_vcov
from ccd.estimate.rows.sample import Sample
from ccd.estimate.rows.wide import Wide, spread_all, widen
from ccd.results import Estimate, Part
from ccd.streams import Stream
from ccd.words import Text, names, text

NORMAL = float("inf")


@dataclass(frozen=True)
class Effects:
    """Means of ATT(g, t), named by ``labels`` (q), then the cells (K): ``estimate`` (q + K,).

    Their influences are ``base`` @ ``mix``: (N, K + C), those of the cells and which cohort a region is in.
    """

    cells: Cells
    treated: IntArray
    labels: list[tuple[str, str]]
    estimate: FloatArray
    base: FloatArray
    mix: FloatArray

    def keys(self, name: str) -> list[int]:
        """Return the positions of an aggregation's keys."""
        return [j for j, (one, key) in enumerate(self.labels) if one == name and key != "overall"]

    def covariance(self, groups: tuple[IntArray, ...]) -> FloatArray:
        """Return the covariance of all, (q + K, q + K), clustered by ``groups`` of regions."""
        return np.asarray(self.mix.T @ influence_vcov(self.base, groups) @ self.mix)


class CallawaySantAnna(DidSpec):
    """``estimator = "callaway-santanna"``: Callaway & Sant'Anna (2021)."""

    estimator: Literal["callaway-santanna"]
    covariates: tuple[str, ...] = ()
    """Columns taken at each cell's base year."""
    control_group: Literal["never", "not-yet"] = "never"
    """Regions never treated, or also those not yet treated."""
    method: Literal["dr", "reg", "ipw"] = "dr"
    """Doubly robust, outcome regression, or inverse probability weighting; the same without covariates."""
    base_period: Literal["varying", "universal"] = "varying"
    """Before treatment compare with the year before, or always with the last year before treatment."""
    anticipation: int = Field(default=0, ge=0)
    """Years before treatment in which it may already act."""
    bootstrap: Bootstrap | None = None
    """Multiplier bootstrap of simultaneous bands, e.g. { draws = 999 }."""

    def imports(self) -> tuple[str, ...]:
        """Return statsmodels where scores are fitted, and what all kinds need."""
        scored = self.covariates and self.method != "reg"
        return (*self.needs, *(("statsmodels.discrete.discrete_model",) if scored else ()))

    def columns(self) -> tuple[str, ...]:
        """Return the outcome and the covariates."""
        return (self.outcome, *self.covariates)

    def prepared(self) -> tuple[str, ...]:
        """Return the covariates: ``lag`` and ``winsorise`` change them as they do regressors."""
        return self.covariates

    def estimate(self, sample: Sample, stream: Stream) -> Estimate:
        """Return ATT(g, t), its simple mean as headline, aggregates and event study (METHODS 3)."""
        where = f"model '{self.name}'"
        sample, notes = self.with_base(sample)
        groups = entity_clusters(sample, where=where)
        wide = widen(sample)
        found = self.group_time(sample, wide)
        effects = effects_of(found, wide)
        matrix = effects.covariance(groups)
        parts = self.parts(effects, matrix)
        facts: dict[str, object] = {
            "vcov": "influence",
            "clusters": [int(g.max()) + 1 for g in groups],
            "control_group": self.control_group,
            "method": self.method,
            "base_period": self.base_period,
            "anticipation": self.anticipation,
        }
        if self.bootstrap is not None:
            parts = self.banded(self.bootstrap, parts, effects, matrix, groups, stream)
        notes += [*self.remarks(found), influence_note(groups), *few_clusters(groups, where=where)]
        return self.finish(
            sample,
            inference([self.policy], effects.estimate[:1], np.sqrt(matrix[:1, 0]), NORMAL),
            named(matrix[:1, :1], [self.policy]),
            facts,
            parts,
            [*notes, *lone_cohorts(sample)],
        )

    def effect(self, sample: Sample, stream: Stream) -> Effect:
        """Return the simple mean of the cells t >= g alone."""
        sample, _ = self.with_base(sample)
        wide = widen(sample)
        found = self.group_time(sample, wide, leads=False)
        effects = effects_of(found, wide, only="simple")
        groups = entity_clusters(sample, where=f"model '{self.name}'")
        psi = effects.base @ effects.mix[:, :1]
        return Effect(float(effects.estimate[0]), float(np.sqrt(influence_vcov(psi, groups)[0, 0])))

    def with_base(self, sample: Sample) -> tuple[Sample, list[Text]]:
        """Return the sample without the cohorts that have no year before treatment, which are listed."""
        wide = widen(sample)
        lost = [int(g) for g in wide.cohorts if base_year(wide, int(g), self.design()) is None]
        if not lost:
            return sample, []
        if len(lost) == len(wide.cohorts):
            raise self.fail(
                "no cohort has a year before treatment to compare with",
                fix="a panel that begins earlier, or less anticipation",
            )
        note = text(
            "Cohorts without a year before treatment, left out: {cohorts}", cohorts=names(map(str, lost))
        )
        return sample.rows(~np.isin(sample.cohort, lost)), [note]

    def design(self) -> CellDesign:
        """Return how the cells are compared."""
        return CellDesign(
            self.control_group == "not-yet",
            self.base_period == "universal",
            self.anticipation,
            self.method,
        )

    def group_time(self, sample: Sample, wide: Wide, *, leads: bool = True) -> GroupTime:
        """Return ATT(g, t); faults of a cell name its cohort, base year and covariates."""
        if self.control_group == "never" and np.isfinite(wide.cohort).all():
            raise self.fail("no region is never treated", fix='control_group = "not-yet"')
        columns = [sample.panel.column(c) for c in self.covariates]
        covariates = spread_all(sample, np.array(columns).reshape(len(columns), len(sample.y)).T)
        try:
            found = group_time(wide, covariates, replace(self.design(), leads=leads))
        except CellError as error:
            raise self.unestimable(error) from error
        if not any(t >= g for g, t in zip(found.cohort, found.time, strict=True)):
            raise self.fail(
                "no never- or not-yet-treated region is left to compare a treated one with",
                fix="end the panel later than the last cohort begins, or add regions that are never treated",
            )
        return found

    def unestimable(self, error: CellError) -> EstimationError:
        """Return what a cell's fault means and how to mend it."""
        listed = ", ".join(self.covariates)
        own = ", ".join(self.covariates[j] for j in error.fault.columns) or listed
        said = {
            "constant": (f"{own}: constant among treated and control regions", "leave it out"),
            "collinear": (f"{listed}: collinear among treated or control regions", "leave one out"),
            "few": (f"fewer control regions than {listed} and a constant", "fewer covariates"),
            "separated": (
                f"{listed}: separate treated from control regions, so the logit has no maximum",
                'fewer covariates, method = "reg", or cohorts of more regions',
            ),
        }
        what, fix = said[error.fault.reason]
        where = f"model '{self.name}', cohort {error.cohort}, base year {error.base}"
        return EstimationError(what, where=where, fix=fix)

    def parts(self, effects: Effects, matrix: FloatArray) -> list[Part]:
        """Return event_study, event_vcov, att_gt and aggregates."""
        dynamic, q = effects.keys("dynamic"), len(effects.labels)
        shown = [int(effects.labels[j][1]) for j in dynamic]
        base = {-1 - self.anticipation} - set(shown) if self.base_period == "universal" else set()
        own = np.ix_(dynamic, dynamic)
        estimate, std_error = effects.estimate, np.sqrt(np.diag(matrix))
        return [
            *event_study(shown, estimate[dynamic], matrix[own], NORMAL, base=base, window=self.window),
            att_gt_part(effects.cells, estimate[q:], std_error[q:], NORMAL, effects.treated),
            aggregates_part(effects.labels, estimate[:q], std_error[:q], NORMAL),
        ]

    def banded(
        self,
        bootstrap: Bootstrap,
        parts: list[Part],
        effects: Effects,
        matrix: FloatArray,
        groups: tuple[IntArray, ...],
        stream: Stream,
    ) -> list[Part]:
        """Return the parts with simultaneous bands over the shown event times, the cells, and each set of keys."""
        if len(groups) > 1:
            raise self.fail("the multiplier bootstrap takes one cluster column", fix="name one in cluster")
        q = len(effects.labels)
        sets = [effects.keys(name) for name in ("group", "calendar", "dynamic")]
        inside = [j for j in sets[2] if self.shows(int(effects.labels[j][1]))]
        families = [np.arange(q, len(matrix)), *map(np.asarray, (inside, *sets))]
        std_error = np.sqrt(np.diag(matrix))
        value = critical_values(
            effects.base, effects.mix, std_error, families, groups[0], bootstrap, stream("bootstrap")
        )
        keyed = np.full(q, np.nan)
        for own, critical in zip(sets, value[2:], strict=True):
            keyed[own] = critical
        study, covariance, att, aggregates = parts
        return [
            with_band(study, np.full(len(study.frame), value[1])),
            covariance,
            with_band(att, np.full(len(att.frame), value[0])),
            with_band(aggregates, keyed),
        ]

    def remarks(self, found: GroupTime) -> list[Text]:
        """Return what was left out and how the event study before treatment is to be read."""
        notes = []
        if found.without_control:
            listed = tuple(f"{g}/{t}" for g, t in sorted(found.without_control)[:8])
            notes.append(
                text(
                    "{count} cells (cohort/year) left out, no region is untreated: {cells}{more}",
                    count=len(found.without_control),
                    cells=listed,
                    more=", ..." if len(found.without_control) > 8 else "",
                )
            )
        if found.incomplete:
            notes.append(
                text(
                    "{count} region-cells left out, a covariate is missing in the base year",
                    count=found.incomplete,
                )
            )
        if self.base_period == "varying":
            notes.append(
                text(
                    "Before treatment each year is compared with the year before it (varying base), after it with "
                    "the last year before treatment"
                )
            )
        if self.bootstrap is not None:
            notes.append(
                text(
                    "Bands cover all effects shown at once: multiplier bootstrap, {draws} draws, {signs}",
                    draws=self.bootstrap.draws,
                    signs=self.bootstrap.signs,
                )
            )
        return notes


def effects_of(found: GroupTime, wide: Wide, only: str = "") -> Effects:
    """Return the cells sorted by cohort and year, and their means (``only`` one aggregation's), with influences.

    A cell weighs as its cohort's number of regions, and the shares of cohorts are estimated.
    """
    sort = order(found)
    cohort = np.asarray(found.cohort, dtype=np.intp)[sort]
    member = membership(wide.cohort)
    size = member.sum(axis=0)[np.searchsorted(wide.cohorts, cohort)]
    cells = Cells(cohort, np.asarray(found.time, dtype=np.intp)[sort], size, size)
    att = np.asarray(found.att)[sort]
    each = tuple(one for one in aggregations(cells) if only in ("", one.name))
    labels, weights = stack(each)
    k, q = len(att), len(labels)
    mix = np.zeros((k + member.shape[1], q + k))
    mix[:k, :q], mix[:k, q:] = weights.T, np.eye(k)
    mix[k:, :q] = share_influence(cells, att, each, wide.cohort)
    base = np.column_stack([found.psi[:, sort], member])
    estimate = np.concatenate([weights @ att, att])
    return Effects(cells, np.asarray(found.treated)[sort], labels, estimate, base, mix)
