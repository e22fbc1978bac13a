"""The effect of a panel regression in groups of regions: what its estimators share to compare them in pairs."""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar

from ccd.arrays import BoolArray, FloatArray
from ccd.estimate.contrasts.compare import CompareSpec, Difference, compare, refitted
from ccd.estimate.contrasts.findings import Check, Effect, added, answered
from ccd.estimate.panel.regression import size
from ccd.estimate.panel.spec import PanelSpec
from ccd.estimate.rows.sample import Sample
from ccd.panel import Panel
from ccd.results import Estimate, SampleSize
from ccd.streams import Stream
from ccd.words import text


class ComparedPanel(PanelSpec):
    """A panel regression that knows its effect on other rows, so that groups of regions can be compared."""

    deals: ClassVar[int] = 999  # permutations of each pair where the study gives no number

    compare: CompareSpec | None = None
    """Differences of the first effect between groups of regions, in pairs: { by = COLUMN, draws = 999 }."""

    def group_columns(self) -> tuple[str, ...]:
        """Return the columns of the subset, of the clusters and of the groups to compare."""
        compared = (self.compare.by,) if self.compare else ()
        return tuple(dict.fromkeys((*super().group_columns(), *compared)))

    def methods(self) -> tuple[str, ...]:
        """Return the keys of the regression, and of the comparison."""
        return (*super().methods(), *(("check:compare",) if self.compare else ()))

    def headline(self, panel: Panel, stream: Stream) -> Estimate:
        """Return the estimate without the groups compared."""
        return self.model_copy(update={"compare": None}).fit(panel, stream)

    def with_groups(self, estimate: Estimate, sample: Sample, stream: Stream) -> Estimate:
        """Return the estimate with the groups compared that the study asks for."""
        pairs = self.compare
        if pairs is None:
            return estimate
        asked = Check(
            text("Differences between groups"),
            lambda: compare(self, sample, pairs.at_most(self.deals), stream),
        )
        return added(estimate, [answered(asked)])

    @abstractmethod
    def effect(self, sample: Sample, stream: Stream) -> Effect:
        """Return the headline effect alone on ``sample``. Raises EstimationError."""

    @abstractmethod
    def apart(self, sample: Sample, first: BoolArray) -> Difference | None:
        """Return the difference of the effects on the rows ``first`` (n,) and the others; None: no regression."""

    def stands_on(self, sample: Sample) -> SampleSize:
        """Return the size of the sample."""
        return size(sample)

    def relabelled(self, sample: Sample, inside: BoolArray, stream: Stream) -> tuple[FloatArray, FloatArray]:
        """Return effects and errors (R, 2) on the regions ``inside`` (R, N) of each draw and on the others."""
        return refitted(lambda rows: self.effect(rows, stream), sample, inside)


def halves(sample: Sample, first: BoolArray) -> tuple[Sample, Sample]:
    """Return the sample of the first group and that of the others."""
    return sample.rows(first), sample.rows(~first)
