"""What the estimators by cohort and year share: cells ATT(g, t), their means, their event study."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from dataclasses import replace
from typing import Literal

import numpy as np
from pydantic import Field

from ccd.arrays import FloatArray
from ccd.errors import EstimationError
from ccd.estimate.did.assemble import NORMAL, assemble
from ccd.estimate.did.checks.dealt_tables import Tables
from ccd.estimate.did.checks.permuted_study import Redrawn, Shown
from ccd.estimate.did.effects import Effect
from ccd.estimate.did.estimator import Estimator
from ccd.estimate.did.group_time.aggregate import aggregates_part, att_gt_part
from ccd.estimate.did.group_time.att_gt import CellDesign, CellError, GroupTime, base_year
from ccd.estimate.did.group_time.effects import Effects, effects_of, simultaneous
from ccd.estimate.did.group_time.multiplier import Bootstrap, with_band
from ccd.estimate.did.notes import cells_without_control, cohorts_without_base, lone_cohorts
from ccd.estimate.did.sampling import Reads
from ccd.estimate.linear.pretrend import joint_test
from ccd.estimate.rows.deals import few_treated
from ccd.estimate.rows.event_study import event_study
from ccd.estimate.rows.influence import entity_clusters, few_clusters, influence_note, influence_vcov
from ccd.estimate.rows.sample import Sample
from ccd.estimate.rows.signs import SIGN_WORDS
from ccd.estimate.rows.weights import region_weights
from ccd.estimate.rows.wide import Wide, spread_all, spread_regions, widen
from ccd.results import Aggregates, AttGt, Estimate, EventCovariance, EventStudy, Part, PreTrend
from ccd.streams import Stream
from ccd.words import Figure, P, Text, text

#: The parts of an estimate: event study and its covariance, effects by cohort and year, and their means.
Parts = tuple[Part[EventStudy], Part[EventCovariance], Part[AttGt], Part[Aggregates]]


class GroupTimeModel(Estimator):
    """An estimator of ATT(g, t) with the influence of every region; it says how its ``cells`` are compared."""

    estimator: str
    covariates: tuple[str, ...] = ()
    """Columns taken at each cell's base year."""
    control_group: Literal["never", "not-yet"] = "never"
    """Regions never treated, or also those not yet treated."""
    method: Literal["dr", "dr-improved", "reg", "ipw"] = "dr"
    """Doubly robust, its improved form, outcome regression, or probability weighting; the same without covariates."""
    base_period: Literal["varying", "universal"] = "varying"
    """Before treatment compare with the year before, or always with the last year before treatment."""
    anticipation: int = Field(default=0, ge=0)
    """Years before treatment in which it may already act."""
    bootstrap: Bootstrap | None = None
    """Multiplier bootstrap of simultaneous bands, e.g. { draws = 999 }."""

    def imports(self) -> tuple[str, ...]:
        """Return statsmodels where scores are fitted, and what all kinds need."""
        scored = self.covariates and self.method in ("dr", "ipw")
        return (*self.needs, *(("statsmodels.discrete.discrete_model",) if scored else ()))

    def reads(self) -> Reads:
        """Return the covariates, which a row may lack, and the weight."""
        return Reads(covariates=self.covariates, weight=self.weight or "")

    def tables_reassigned(self, sample: Sample, shown: Shown, cohorts: FloatArray, stream: Stream) -> Redrawn:
        """Return event studies, cells and means of all draws, without the bootstrap of the bands."""
        plain = self.model_copy(update={"bootstrap": None})
        return super(GroupTimeModel, plain).tables_reassigned(sample, shown, cohorts, stream)

    def afterwards(self, sample: Sample, estimate: Estimate) -> list[Text]:
        """Return the pre-test of all cells before treatment, with its p by permutation where that leads."""
        cells = estimate.value(AttGt)
        if cells is None or cells.before is None:
            return []
        return pretest(cells.before, few=few_treated(self.acting(sample)))

    def adjusts(self) -> tuple[str, ...]:
        """Return the covariates."""
        return self.covariates

    def taken_before(self) -> tuple[str, ...]:
        """Return the covariates, which are taken at each cell's base year."""
        return self.covariates

    @abstractmethod
    def cells(self, sample: Sample, wide: Wide, *, leads: bool = True) -> GroupTime:
        """Return ATT(g, t), without ``leads`` those of t >= g. Raises EstimationError."""

    def counted(self, sample: Sample, wide: Wide) -> Wide:
        """Return the matrices whose cohorts are those that weigh in the means."""
        return wide

    def estimate(self, sample: Sample, stream: Stream) -> Estimate:
        """Return ATT(g, t), its simple mean as headline, aggregates and event study (METHODS 3)."""
        where = text("model '{name}'", name=self.name)
        sample, notes = with_base(self, sample)
        groups = entity_clusters(sample, where=where)
        wide = self.wide(sample)
        found = self.cells(sample, wide)
        effects = effects_of(found, self.counted(sample, wide))
        matrix = effects.covariance(groups)
        before = cells_before(effects, matrix, self.anticipation)
        study, covariance, att, means = parts_of(self, effects, matrix)
        parts = study, covariance, replace(att, value=replace(att.value, before=before)), means
        if self.bootstrap is not None:
            if len(groups) > 1:
                raise self.fail(
                    text("the multiplier bootstrap takes one cluster column"), fix=text("name one in cluster")
                )
            rng = stream("bootstrap")
            c = simultaneous(effects, matrix, groups[0], self.window, self.bootstrap, rng)
            study, covariance, att, means = parts
            parts = (
                with_band(study, np.full(len(study.value.estimate), c.event_study)),
                covariance,
                with_band(att, np.full(len(att.value.estimate), c.cells)),
                with_band(means, c.means),
            )
        return assemble(
            self,
            self.acting(sample),
            effects.estimate[:1],
            matrix[:1, :1],
            NORMAL,
            vcov="influence",
            clusters=[int(g.max()) + 1 for g in groups],
            details={
                "control_group": self.control_group,
                "method": self.method,
                "base_period": self.base_period,
                "anticipation": self.anticipation,
                "pre_treatment_cells": before.facts(),
                **self.facts(sample),
            },
            parts=parts,
            notes=[
                *notes,
                *remarks(self, found),
                *self.assumed(sample, found),
                influence_note(groups),
                *few_clusters(groups, where=where),
                *lone_cohorts(self.acting(sample)),
            ],
        )

    @property
    def last_lead(self) -> int:
        """Return the last event time before treatment or its anticipation that is not the base for all others.

        With a varying base the last year before it is compared with the year before that: a lead as the others.
        """
        return -1 - self.anticipation - (self.base_period == "universal")

    def facts(self, sample: Sample) -> dict[str, object]:
        """Return what the estimator adds to summary.json."""
        return {}

    def assumed(self, sample: Sample, found: GroupTime) -> list[Text]:
        """Return what the estimator has to say of its cells beyond what all say."""
        return []

    def wide(self, sample: Sample) -> Wide:
        """Return the sample as matrices with the weights of the regions."""
        weight = region_weights(sample, where=text("model '{name}'", name=self.name))
        return replace(widen(sample), weight=weight)

    def event_effects(self, sample: Sample, stream: Stream) -> EventStudy | None:
        """Return the event study without the multiplier bootstrap."""
        sample, _ = with_base(self, sample)
        wide = self.wide(sample)
        effects = effects_of(self.cells(sample, wide), self.counted(sample, wide), only="dynamic")
        groups = entity_clusters(sample, where=text("model '{name}'", name=self.name))
        return parts_of(self, effects, effects.covariance(groups))[0].value

    def effect(self, sample: Sample, stream: Stream) -> Effect:
        """Return the simple mean of the cells t >= g alone."""
        kept, _ = with_base(self, sample)
        mean, psi = self._simple(kept)
        groups = entity_clusters(kept, where=text("model '{name}'", name=self.name))
        return Effect(mean, float(np.sqrt(influence_vcov(psi[:, None], groups)[0, 0])))

    def scores(self, sample: Sample) -> tuple[float, FloatArray]:
        """Return the simple mean and what each region adds to its error."""
        kept, _ = with_base(self, sample)
        mean, psi = self._simple(kept)
        return mean, spread_regions(sample, kept, psi)

    def tables(self, sample: Sample) -> Tables:
        """Return effects by event time, cells and means with the influence of each region."""
        kept, _ = with_base(self, sample)
        wide = self.wide(kept)
        effects = effects_of(self.cells(kept, wide), self.counted(kept, wide))
        dynamic, q = effects.keys("dynamic"), len(effects.labels)
        order = [*dynamic, *range(q, len(effects.estimate)), *range(q)]
        cells, psi = effects.cells, effects.base @ effects.mix
        return Tables(
            event_time=[int(effects.labels[j][1]) for j in dynamic],
            cells=list(zip(cells.cohort.tolist(), cells.time.tolist(), strict=True)),
            means=effects.labels,
            estimate=effects.estimate[order],
            psi=spread_regions(sample, kept, psi[:, order]),
            before=np.flatnonzero(cells.event < -self.anticipation).tolist(),
        )

    def _simple(self, sample: Sample) -> tuple[float, FloatArray]:
        """Return the simple mean and the influence of each region on it, (N,)."""
        wide = self.wide(sample)
        effects = effects_of(self.cells(sample, wide, leads=False), self.counted(sample, wide), only="simple")
        return float(effects.estimate[0]), effects.base @ effects.mix[:, 0]


def design_of(model: GroupTimeModel) -> CellDesign:
    """Return how the cells are compared."""
    return CellDesign(
        model.control_group == "not-yet",
        model.base_period == "universal",
        model.anticipation,
        model.method,
    )


def with_base(model: GroupTimeModel, sample: Sample) -> tuple[Sample, list[Text]]:
    """Return the sample without the cohorts that have no year before treatment, which are listed."""
    wide, design = widen(sample), design_of(model)
    lost = [int(g) for g in wide.cohorts if base_year(wide, int(g), design) is None]
    if not lost:
        return sample, []
    if len(lost) == len(wide.cohorts):
        raise model.fail(
            text("no cohort has a year before treatment to compare with"),
            fix=text("a panel that begins earlier, or less anticipation"),
        )
    return sample.rows(~np.isin(sample.cohort, lost)), [cohorts_without_base(lost)]


def compared(
    model: GroupTimeModel,
    sample: Sample,
    wide: Wide,
    make: Callable[[FloatArray, CellDesign], GroupTime],
    *,
    leads: bool,
) -> GroupTime:
    """Return ATT(g, t) that ``make`` finds from covariates (N, T, k); faults of a cell name where and what."""
    if model.control_group == "never" and np.isfinite(wide.cohort).all():
        raise model.fail(text("no region is never treated"), fix=text('control_group = "not-yet"'))
    columns = [sample.panel.column(c) for c in model.covariates]
    covariates = spread_all(sample, np.array(columns).reshape(len(columns), len(sample.y)).T)
    try:
        found = make(covariates, replace(design_of(model), leads=leads))
    except CellError as error:
        raise unestimable(model, error) from error
    if not any(t >= g for g, t in zip(found.cohort, found.time, strict=True)):
        raise model.fail(
            text("no never- or not-yet-treated region is left to compare a treated one with"),
            fix=text(
                "end the panel later than the last cohort begins, or add regions that are never treated"
            ),
        )
    return found


def unestimable(model: GroupTimeModel, error: CellError) -> EstimationError:
    """Return what a cell's fault means and how to mend it."""
    listed = tuple(model.covariates)
    own = tuple(model.covariates[j] for j in error.fault.columns) or listed
    few = text('fewer covariates, method = "reg", or cohorts of more regions')
    said = {
        "constant": (
            text("{columns}: constant among treated and control regions", columns=own),
            text("leave it out"),
        ),
        "collinear": (
            text("{columns}: collinear among treated or control regions", columns=listed),
            text("leave one out"),
        ),
        "few": (
            text("fewer control regions than {columns} and a constant", columns=listed),
            text("fewer covariates"),
        ),
        "separated": (
            text(
                "{columns}: separate treated from control regions, so the logit has no maximum",
                columns=listed,
            ),
            few,
        ),
        "variance": (
            text("the estimates against each control cohort have no joint variance to weigh them by"),
            text('control_group = "never", or cohorts of more regions'),
        ),
        "outside": (
            text("{columns}: no weights on the control regions give the treated means", columns=listed),
            few,
        ),
    }
    what, fix = said[error.fault.reason]
    where = text(
        "model '{name}', cohort {cohort}, base year {base}",
        name=model.name,
        cohort=error.cohort,
        base=error.base,
    )
    return EstimationError(what, where=where, fix=fix)


def parts_of(model: GroupTimeModel, effects: Effects, matrix: FloatArray) -> Parts:
    """Return event_study, event_vcov, att_gt and aggregates."""
    dynamic, q = effects.keys("dynamic"), len(effects.labels)
    shown = [int(effects.labels[j][1]) for j in dynamic]
    base = {-1 - model.anticipation} - set(shown) if model.base_period == "universal" else set()
    own = np.ix_(dynamic, dynamic)
    estimate = effects.estimate
    std_error = np.sqrt(np.maximum(np.diag(matrix), 0.0))  # of an outcome without noise: rounding about 0
    return (
        *event_study(shown, estimate[dynamic], matrix[own], NORMAL, base=base, window=model.window),
        att_gt_part(effects.cells, estimate[q:], std_error[q:], NORMAL, effects.treated),
        aggregates_part(effects.labels, estimate[:q], std_error[:q], NORMAL),
    )


def cells_before(effects: Effects, matrix: FloatArray, anticipation: int) -> PreTrend:
    """Return the Wald test that every ATT(g, t) before treatment, or before its anticipation, is 0.

    The statistic is W/q of q cells, against chi2(q)/q: the pre-test that the authors' did prints. Not testable
    where the covariance is singular.
    """
    before = np.flatnonzero(effects.cells.event < -anticipation) + len(effects.labels)
    event = effects.cells.event[before - len(effects.labels)]
    test = joint_test(effects.estimate[before], matrix[np.ix_(before, before)], NORMAL)
    if not len(before):
        return test
    return replace(test, first=int(event.min()), last=int(event.max()))


def pretest(test: PreTrend, *, few: bool) -> list[Text]:
    """Return the note that prints the pre-test as did does, with its p by permutation where that leads.

    With ``few`` treated regions and no permutation it says how to take it.
    """
    if not test.testable or test.statistic is None or test.p_value is None:
        return []
    if test.p_analytic is not None:
        return [
            text(
                "Pre-test of parallel trends, that all {q} effects by cohort and year before treatment are 0: "
                "chi2({q}) = {wald}, p {p} by permutation of the cohorts ({draws} draws, in steps of 1/{steps}); "
                "against chi2 p {analytic}",
                q=test.q,
                wald=Figure(test.q * test.statistic, 2),
                p=P(test.p_value),
                draws=test.draws,
                steps=(test.draws or 0) + 1,
                analytic=P(test.p_analytic),
            )
        ]
    note = text(
        "Pre-test of parallel trends, that all {q} effects by cohort and year before treatment are 0: "
        "chi2({q}) = {wald}, p {p}",
        q=test.q,
        wald=Figure(test.q * test.statistic, 2),
        p=P(test.p_value),
    )
    warning = text(
        "With few treated regions this pre-test rejects too often; the joint test of the leads does not"
    )
    return [note, warning] if few else [note]


def remarks(model: GroupTimeModel, found: GroupTime) -> list[Text]:
    """Return what was left out and how the event study before treatment is to be read."""
    notes = cells_without_control(sorted(found.without_control))
    if found.incomplete:
        notes.append(
            text(
                "{count} {count:region-cell|region-cells} left out, a covariate is missing in the base year",
                count=found.incomplete,
            )
        )
    if model.base_period == "varying":
        notes.append(
            text(
                "Before treatment each year is compared with the year before it (varying base), after it with "
                "the last year before treatment"
            )
        )
    if model.bootstrap is not None:
        notes.append(
            text(
                "Bands cover all effects shown at once: multiplier bootstrap, {draws} draws, {signs}",
                draws=model.bootstrap.draws,
                signs=SIGN_WORDS[model.bootstrap.signs],
            )
        )
    return notes
