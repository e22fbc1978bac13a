"""Triple differences: the regions inside a partition against those outside it and against later or never cohorts."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import ClassVar, Literal, Self

import numpy as np
from pydantic import field_validator, model_validator

from ccd.arrays import BoolArray, IntArray
from ccd.errors import EstimationError, SpecError
from ccd.estimate.did.cells_by_cohort import GroupTimeModel, compared, with_base
from ccd.estimate.did.effects import Check, Effect, Finding, infer_each
from ccd.estimate.did.group_time.att_gt import CellDesign, GroupTime, group_time
from ccd.estimate.did.group_time.effects import effects_of
from ccd.estimate.did.group_time.triple import triple_differences
from ccd.estimate.did.sampling import Reads
from ccd.estimate.linear.design import AbsorbingDesign
from ccd.estimate.linear.vcov import crossed
from ccd.estimate.rows.condition import columns_of, condition
from ccd.estimate.rows.influence import entity_clusters, influence_vcov
from ccd.estimate.rows.sample import Sample
from ccd.estimate.rows.where import truth
from ccd.estimate.rows.wide import Wide
from ccd.results import Comparison, Estimate, Part
from ccd.streams import Stream
from ccd.words import Name, Text, names, text


class Ddd(GroupTimeModel):
    """``estimator = "ddd"``: triple differences (Ortiz-Villavicencio & Sant'Anna 2025)."""

    label: ClassVar[Text | None] = text("Triple differences")
    estimator: Literal["ddd"]
    partition: str
    """Regions on which the policy acts once enabled: a column of 0 and 1, or a condition, "region3 == 'East'"."""

    @field_validator("partition")
    @classmethod
    def _partition_is_read(cls, written: str) -> str:
        if is_condition(written):
            condition(written)
        return written

    @model_validator(mode="after")
    def _checks_keep_the_partition(self) -> Self:
        for key in ("placebo", "heterogeneity", "compare"):
            if getattr(self, key):
                raise SpecError(
                    text(
                        "{key} moves regions across the partition: leave it out; the permutation stays inside",
                        key=key,
                    )
                )
        return self

    def reads(self) -> Reads:
        """Return the partition, the covariates and the weight."""
        column = () if is_condition(self.partition) else (self.partition,)
        return super().reads()._replace(before=column)

    def group_columns(self) -> tuple[str, ...]:
        """Return the columns read as groups, those of the condition among them."""
        named = columns_of(condition(self.partition)) if is_condition(self.partition) else ()
        return tuple(dict.fromkeys((*super().group_columns(), *(column.name for column, _ in named))))

    def row_columns(self) -> tuple[str, ...]:
        """Return the columns of numbers that decide rows or the side of the partition."""
        named = columns_of(condition(self.partition)) if is_condition(self.partition) else ()
        return (*super().row_columns(), *(column.name for column, textual in named if not textual))

    def inside(self, sample: Sample) -> BoolArray:
        """Return which regions (N,) are inside the partition. Raises EstimationError unless 0 or 1 by region."""
        if is_condition(self.partition):
            found = truth(condition(self.partition), sample.panel, text("model '{name}'", name=self.name))
            values = np.where(found.unknown, np.nan, found.holds.astype(float))
        else:
            values = sample.panel.column(self.partition)
        of_region = np.zeros(len(sample.panel.entities))
        of_region[sample.entity] = values
        if not np.isin(values, (0, 1)).all() or (of_region[sample.entity] != values).any():
            raise self.fail(
                text("the partition '{column}' is not 0 or 1, the same in all years", column=self.partition),
                fix=text("a column that says of each region whether the policy acts on it once enabled"),
            )
        return np.asarray(of_region == 1)

    def acting(self, sample: Sample) -> Sample:
        """Return the sample in which the regions outside the partition are never treated."""
        return replace(sample, cohort=np.where(self.inside(sample)[sample.entity], sample.cohort, np.nan))

    def strata(self, sample: Sample) -> IntArray | None:
        """Return the side of the partition of each region (N,)."""
        return self.inside(sample).astype(np.intp)

    def counted(self, sample: Sample, wide: Wide) -> Wide:
        """Return the matrices in which the regions inside the partition alone weigh in the means."""
        return replace(wide, cohort=np.where(self.inside(sample), wide.cohort, np.nan))

    def cells(self, sample: Sample, wide: Wide, *, leads: bool = True) -> GroupTime:
        """Return ATT(g, t) by three comparisons a control cohort. Raises EstimationError."""
        inside = self.inside(sample)
        return compared(
            self, sample, wide, lambda x, design: triple_differences(wide, inside, x, design), leads=leads
        )

    def facts(self, sample: Sample) -> dict[str, object]:
        """Return the partition and how many regions are on which side, enabled or not."""
        inside, enabled = self.inside(sample), np.isfinite(sample.entity_cohort)
        sides = {
            "enabled_inside": enabled & inside,
            "enabled_outside": enabled & ~inside,
            "never_inside": ~enabled & inside,
            "never_outside": ~enabled & ~inside,
        }
        return {"partition": self.partition, **{name: int(side.sum()) for name, side in sides.items()}}

    def assumed(self, sample: Sample, found: GroupTime) -> list[Text]:
        """Return what is assumed, and the cohorts that lack a side of the partition."""
        inside = self.inside(sample)
        cohort = sample.entity_cohort
        lacking = [
            str(int(g))
            for g in np.unique(cohort[np.isfinite(cohort)])
            if len(np.unique(inside[cohort == g])) < 2
        ]
        notes = [
            text(
                "It is the effect if, without the policy, the gap between regions inside and outside of {partition} "
                "had moved alike in enabled and other regions",
                partition=Name(self.partition),
            )
        ]
        if self.control_group == "not-yet":
            notes.append(
                text("One estimate for each control cohort, combined with the weights of least variance")
            )
        if lacking:
            notes.append(
                text(
                    "Cohorts without regions on both sides of the partition: {cohorts}",
                    cohorts=names(lacking),
                )
            )
        return notes

    def afterwards(self, sample: Sample, estimate: Estimate) -> list[Text]:
        """Return the pre-test, and inside what cohorts were permuted."""
        said = super().afterwards(sample, estimate)
        if estimate.headline_p != "permutation":
            return said
        return [
            *said,
            text("Cohorts are permuted within each side of {partition}", partition=Name(self.partition)),
        ]

    def own_checks(self, sample: Sample, deals: int, stream: Stream) -> tuple[Check, ...]:
        """Return the same effect by ways that papers take and that are biased in general."""
        return (Check(text("Other ways to a triple difference"), lambda: self.beside(sample, stream)),)

    def beside(self, sample: Sample, stream: Stream) -> Finding:
        """Return triple differences, two differences-in-differences subtracted, and three-way fixed effects."""
        sample, _ = with_base(self, sample)
        ways = {
            text("Triple differences"): self.effect,
            text("One difference-in-differences less another"): self.subtracted,
            text("Three-way fixed effects"): self.three_way,
        }
        nowhere = Effect(float("nan"), float("nan"))
        found = dict.fromkeys(ways, nowhere)
        for label, way in ways.items():
            with suppress(EstimationError):
                found[label] = way(sample, stream)
        rows = infer_each(list(found.values()))
        value = Comparison(
            label=tuple(found),
            estimate=rows.estimate,
            std_error=rows.std_error,
            p_value=rows.p_value,
            conf_low=rows.conf_low,
            conf_high=rows.conf_high,
            nobs=np.full(len(found), len(sample.y)),
            title=text("Triple differences in three ways, with analytic errors"),
            term=Name(self.policy),
        )
        said = text(
            "Two differences-in-differences subtracted are biased where covariates differ between the sides, three-way "
            "fixed effects where cohorts begin in different years"
        )
        return Finding((Part(value, "ways", (said,)),))

    def subtracted(self, sample: Sample, stream: Stream) -> Effect:
        """Return the simple mean of ATT(g, t) inside less that outside, against regions of the same side."""
        inside, wide = self.inside(sample), self.wide(sample)

        def both(x: np.ndarray, design: CellDesign) -> GroupTime:
            halves = [
                group_time(replace(wide, y=np.where(side[:, None], wide.y, np.nan)), x, design)
                for side in (inside, ~inside)
            ]
            return difference(*halves)

        found = compared(self, sample, wide, both, leads=False)
        effects = effects_of(found, self.counted(sample, wide), only="simple")
        groups = entity_clusters(sample, where=text("model '{name}'", name=self.name))
        psi = effects.base @ effects.mix[:, :1]
        return Effect(float(effects.estimate[0]), float(np.sqrt(influence_vcov(psi, groups)[0, 0])))

    def three_way(self, sample: Sample, stream: Stream) -> Effect:
        """Return the slope on D of regions inside, less region, cohort-by-year and partition-by-year effects."""
        acting = self.acting(sample)
        cohort = np.unique(np.nan_to_num(sample.cohort, nan=0.0), return_inverse=True)[1]
        side = self.inside(sample)[sample.entity].astype(np.intp)
        design = AbsorbingDesign(
            effects=(sample.entity, sample.time, crossed(cohort, sample.time), crossed(side, sample.time)),
            clusters=sample.clusters,
            time=sample.time,
            weight=sample.weight,
            where=text("model '{name}'", name=self.name),
        )
        fit, vcov = design.regress(sample.y, acting.treated.astype(float)[:, None], [self.policy])
        return Effect(float(fit.beta[0]), float(vcov.std_error[0]), vcov.df)


def is_condition(partition: str) -> bool:
    """Tell whether a partition is written as a condition rather than as the name of a column."""
    return any(sign in partition for sign in (" ", "=", "<", ">"))


def difference(first: GroupTime, second: GroupTime) -> GroupTime:
    """Return the effects of the cells that both have, and their influences, the second taken away."""
    one, other = ({**_cells(found)} for found in (first, second))
    shared = [key for key in one if key in other]
    made = GroupTime()
    for key in shared:
        made.cohort.append(key[0])
        made.time.append(key[1])
        made.att.append(one[key][0] - other[key][0])
        made.treated.append(one[key][2])
        made.columns.append(one[key][1] - other[key][1])
    return made


def _cells(found: GroupTime) -> dict[tuple[int, int], tuple[float, np.ndarray, int]]:
    """Return effect, influences (N, 1) and treated regions by cohort and year."""
    columns = np.concatenate(found.columns, axis=1) if found.columns else np.zeros((0, 0))
    keys = zip(found.cohort, found.time, strict=True)
    return {key: (found.att[j], columns[:, j : j + 1], found.treated[j]) for j, key in enumerate(keys)}
