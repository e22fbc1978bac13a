"""Changes-in-changes: the effect on the whole distribution of the treated, by cohort and year."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar, Literal, Self

import numpy as np
from pydantic import Field, field_validator, model_validator

from ccd.arrays import FloatArray, IntArray
from ccd.errors import SpecError
from ccd.estimate.did.assemble import NORMAL, assemble
from ccd.estimate.did.changes.cells import (
    MEAN,
    QUANTILES,
    Found,
    cells_of,
    drawn_counts,
    matrix_of,
    means,
    simple,
    table_of,
)
from ccd.estimate.did.changes.four import outside, ties
from ccd.estimate.did.changes.parts import bounds_part, quantiles_part
from ccd.estimate.did.checks.permuted_study import Redrawn, Shown
from ccd.estimate.did.effects import Effect
from ccd.estimate.did.estimator import Estimator
from ccd.estimate.did.group_time.aggregate import aggregates_part, att_gt_part
from ccd.estimate.did.notes import cohorts_without_base
from ccd.estimate.rows.deals import by_data
from ccd.estimate.rows.event_study import event_study
from ccd.estimate.rows.levels import DECILES, ordered, spread_of
from ccd.estimate.rows.sample import Sample
from ccd.estimate.rows.wide import widen
from ccd.results import Estimate, Part, Value
from ccd.streams import Stream, fingerprint
from ccd.words import Text, names, text

#: Share of repeated outcomes above which bounds stand beside the effect.
TIED = 0.05
#: Draws of regions behind the error of one permutation.
REDRAWN = 99


class Cic(Estimator):
    """``estimator = "cic"``: changes-in-changes (Athey & Imbens 2006).

    The change that never treated regions of the same outcome made is what a treated region would have made:
    k(y) = F01^-1(F00(y)), base the last year before treatment. Effects on the mean and on quantiles of the treated,
    by cohort and year, averaged by treated regions; errors from redrawn regions.
    """

    label: ClassVar[Text | None] = text("Changes-in-changes")
    weighs: ClassVar[bool] = False
    always_permuted: ClassVar[bool] = True
    why_permuted: ClassVar[Text] = text(
        "the comparison of ranks leans by about half a gap between outcomes, which normal intervals miss"
    )
    estimator: Literal["cic"]
    quantiles: tuple[float, ...] = DECILES
    """Quantiles of the treated regions' outcome whose effects are shown; they need 20 regions in each group."""
    draws: int = Field(default=999, ge=99)
    """Draws of regions, among the treated and among the never treated, behind the errors."""

    @field_validator("quantiles")
    @classmethod
    def _quantiles_rise(cls, levels: tuple[float, ...]) -> tuple[float, ...]:
        return ordered(levels)

    @model_validator(mode="after")
    def _regions_are_drawn(self) -> Self:
        if self.cluster:
            raise SpecError(text("cic draws regions: leave cluster out"))
        return self

    def cells(self, sample: Sample, *, leads: bool = True) -> Found:
        """Return the cells by cohort and year. Raises EstimationError where none is large enough."""
        wide = widen(sample)
        found = cells_of(wide, leads=leads)
        if found.after:
            return found
        never = int(np.isnan(wide.cohort).sum())
        largest = max((int(np.sum(wide.cohort == g)) for g in wide.cohorts), default=0)
        raise self.fail(
            text(
                "changes-in-changes compares distributions and needs {least} regions in a cohort and {least} never "
                "treated; the largest cohort has {largest}, {never} {never:is|are} never treated",
                least=MEAN,
                largest=largest,
                never=never,
            ),
            fix=text("more regions, or an estimator of means such as callaway-santanna"),
        )

    def counts(self, sample: Sample, draws: int, stream: Stream) -> IntArray:
        """Return how often each region comes in each draw, (draws, N): the same in every model of these cohorts."""
        name = fingerprint(np.sort(sample.entity_cohort).tolist(), sample.panel.times)
        rng = stream.shared()(f"cic {name}")
        return drawn_counts(sample.entity_cohort, by_data(sample), draws, rng)

    def effect(self, sample: Sample, stream: Stream) -> Effect:
        """Return the mean of the cells from treatment on, with the error of few draws."""
        found = self.cells(sample, leads=False)
        draws = self.counts(sample, min(self.draws, REDRAWN), stream)
        whole = simple(*matrix_of(found.after, whole_of(draws)))
        return Effect(float(whole[0]), float(spread_of(simple(*matrix_of(found.after, draws))[:, None])[0]))

    def of_trend(self, sample: Sample, stream: Stream) -> dict[int, float]:
        """Return nothing: the leads are not linear in the outcome, so no trend maps to them."""
        return {}

    def tables_reassigned(self, sample: Sample, shown: Shown, cohorts: FloatArray, stream: Stream) -> Redrawn:
        """Return event studies, cells and means of all draws, each with the errors of few draws of regions."""
        plain = self.model_copy(update={"draws": min(self.draws, REDRAWN), "quantiles": ()})
        return super(Cic, plain).tables_reassigned(sample, shown, cohorts, stream)

    def alone(self, sample: Sample, stream: Stream) -> Estimate:
        """Return the estimate without quantiles."""
        return self.model_copy(update={"quantiles": ()}).estimate(sample, stream)

    def estimate(self, sample: Sample, stream: Stream) -> Estimate:
        """Return the effect on the treated, by cohort, year and event time, and on quantiles (METHODS 12)."""
        found = self.cells(sample)
        draws = self.counts(sample, self.draws, stream)
        whole = whole_of(draws)
        table = table_of(found.cells)
        att, size = matrix_of(found.cells, whole)
        drawn = matrix_of(found.cells, draws)
        labels, shown = means(table, att, size)
        _, redrawn = means(table, *drawn)
        error = spread_of(redrawn)
        dynamic = [j for j, (name, key) in enumerate(labels) if name == "dynamic" and key != "overall"]
        known = redrawn[np.isfinite(redrawn).all(axis=1)]
        covariance = np.cov(known.T).reshape(len(labels), len(labels))
        parts: list[Part[Value]] = [
            *event_study(
                [int(labels[j][1]) for j in dynamic],
                shown[0, dynamic],
                covariance[np.ix_(dynamic, dynamic)],
                NORMAL,
                base={-1},
                window=self.window,
            ),
            att_gt_part(table, att[0], spread_of(drawn[0]), NORMAL),
            aggregates_part(labels, shown[0], error, NORMAL),
        ]
        repeated = max(ties(cell.four) for cell in found.after)
        beyond, failed = [], []
        if self.quantiles and found.wide:
            parts.append(quantiles_part(self, found, whole, draws, tied=repeated > TIED))
            beyond = self.some_quantiles(found)
        elif self.quantiles:
            failed.append(
                text(
                    "Effects on quantiles need {least} regions in a cohort and {least} never treated: not computed",
                    least=QUANTILES,
                )
            )
        if repeated > TIED:
            parts.append(bounds_part(self.policy, found, whole, draws, len(sample.y)))
        out, treated = support(found)
        estimate = assemble(
            self,
            sample,
            shown[0, :1],
            covariance[:1, :1],
            NORMAL,
            vcov="bootstrap",
            clusters=[len(sample.panel.entities)],
            details={
                "draws": self.draws,
                "outside_support": out,
                "treated_before": treated,
                "repeated": repeated,
            },
            parts=parts,
            notes=[*self.remarks(found, out, treated), *beyond, *failed],
        )
        return replace(estimate, failed=tuple(failed))

    def remarks(self, found: Found, out: int, treated: int) -> list[Text]:
        """Return what is assumed, what was left out, and where the comparison has no support."""
        notes = [
            text(
                "Changes-in-changes: without {policy} a treated region would have moved as never treated regions of "
                "the same outcome did, from the last year before treatment; ranks do not depend on the unit of the "
                "outcome",
                policy=self.policy,
            ),
            text(
                "Errors from {draws} draws of regions, among the treated and among the never treated",
                draws=self.draws,
            ),
        ]
        gone = sorted({g for g, _ in found.small} - {cell.cohort for cell in found.cells})
        if gone:
            notes.append(
                text(
                    "Cohorts with fewer than {least} regions, left out of the effect: {cohorts}",
                    least=MEAN,
                    cohorts=names(map(str, gone)),
                )
            )
        if found.lost:
            notes.append(cohorts_without_base(found.lost))
        cells = [one for one in found.small if one[0] not in gone]
        if cells:
            notes.append(
                text(
                    "{count} {count:cell|cells} (cohort/year) left out, fewer than {least} regions are seen: {cells}",
                    count=len(cells),
                    least=MEAN,
                    cells=names(f"{g}/{t}" for g, t in cells),
                )
            )
        if out:
            notes.append(
                text(
                    "{out} of {treated} treated regions lie outside the range of the never treated in their last year "
                    "before treatment: what they would have become is not identified, and taken from its end",
                    out=out,
                    treated=treated,
                )
            )
        return notes

    def some_quantiles(self, found: Found) -> list[Text]:
        """Return the note on cohorts that are in the mean and not in the quantiles."""
        kept = {cell.cohort for cell in found.wide}
        left = sorted({cell.cohort for cell in found.after} - kept)
        if not left:
            return []
        return [
            text(
                "Effects on quantiles without the cohorts of fewer than {least} regions: {cohorts}",
                least=QUANTILES,
                cohorts=names(map(str, left)),
            )
        ]


def whole_of(counts: IntArray) -> IntArray:
    """Return counts (1, N) that take every region once."""
    return np.ones((1, counts.shape[1]), dtype=np.int64)


def support(found: Found) -> tuple[int, int]:
    """Return how many treated regions lie outside the never treated's range before treatment, and of how many."""
    first = {cell.cohort: cell for cell in reversed(found.after)}
    return sum(outside(cell.four) for cell in first.values()), sum(
        len(cell.treated) for cell in first.values()
    )
