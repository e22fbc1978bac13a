"""Matching and difference-in-differences in groups of regions: each group is matched anew, within itself."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ccd.arrays import BoolArray, FloatArray
from ccd.estimate.contrasts.compare import CompareSpec, Difference, compare, refitted
from ccd.estimate.contrasts.crossed import contrast, stacked
from ccd.estimate.contrasts.findings import Effect, Finding
from ccd.estimate.psm.design import Question
from ccd.estimate.psm.fit import MatchedFit, match_and_regress
from ccd.estimate.psm.pipeline import Pipeline
from ccd.estimate.psm.regression import regressed, weighed
from ccd.estimate.psm.sample import designed
from ccd.estimate.rows.sample import Sample
from ccd.panel import Panel
from ccd.results import SampleSize
from ccd.streams import Stream
from ccd.words import text

#: Permutations of each pair where the study gives no number: each takes two matches, about 20 milliseconds.
DEALS = 499


@dataclass(frozen=True)
class MatchedGroups:
    """A matched DID that can be made anew of some regions of ``panel``: units, score, match and regression."""

    name: str
    panel: Panel
    question: Question
    pipeline: Pipeline

    def matched(self, sample: Sample) -> MatchedFit:
        """Return the regression on what is matched within ``sample``. Raises EstimationError."""
        own, design = designed(self.panel, sample, self.question)
        return match_and_regress(replace(self.pipeline, design=design), own, self.question)

    def effect(self, sample: Sample, stream: Stream) -> Effect:
        """Return the policy's effect, matched within ``sample``."""
        return _effect(self.matched(sample))

    def stands_on(self, sample: Sample) -> SampleSize:
        """Return the size of the matched regression."""
        return self.matched(sample).regression.size()

    def relabelled(self, sample: Sample, inside: BoolArray, stream: Stream) -> tuple[FloatArray, FloatArray]:
        """Return effects and errors (R, 2) on the regions ``inside`` (R, N) of each draw and on the others."""
        return refitted(lambda rows: self.effect(rows, stream), sample, inside)

    def apart(self, sample: Sample, first: BoolArray) -> Difference:
        """Return the difference of two groups, by stacked scores and by one weighted regression with all crossed.

        Both take the weights of the two matches as fixed.
        """
        fits = [self.matched(sample.rows(rows)) for rows in (first, ~first)]
        weight, index = np.zeros(len(sample.y)), sample.panel.frame.index
        for fit in fits:
            place = index.get_indexer(fit.sample.panel.frame.index)
            weight[place] = fit.design.row_weights(fit.matched.weight, fit.sample)
        rows, known = weighed(sample, weight)
        names, own = self.question.keys, first[rows.place]
        both = regressed(rows, known, sample.treated[rows.place, None], names, self.question.where, own)
        crossed, shared = contrast(both.beta, both.vcov.matrix, both.vcov.df, len(names))
        return Difference(stacked([_effect(fit) for fit in fits], shared), crossed)


def groups_compared(groups: MatchedGroups, sample: Sample, spec: CompareSpec, stream: Stream) -> Finding:
    """Return the groups and their differences; a column of exact strata that makes the groups is constant in each."""
    question = groups.question
    notes = [text("Groups compared: score and matching made anew within each group, in the draws too")]
    if question.exact == spec.by:
        groups = replace(groups, question=replace(question, exact=""))
    found = compare(groups, sample, spec.at_most(DEALS), stream)
    return replace(found, notes=(*notes, *found.notes))


def _effect(fit: MatchedFit) -> Effect:
    found = fit.regression
    return Effect(float(found.beta[0]), float(found.vcov.std_error[0]), found.vcov.df)
