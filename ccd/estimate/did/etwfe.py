"""Wooldridge's extended two-way fixed effects."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np

from ccd.arrays import BoolArray, IntArray
from ccd.estimate.did.cohort_regression import CohortRegression
from ccd.estimate.rows.sample import Sample
from ccd.estimate.rows.wide import Wide
from ccd.words import Text, text


class Etwfe(CohortRegression):
    """``estimator = "etwfe"``: Wooldridge (2021), an effect for every treated cohort and year.

    Untreated cells of all regions are the comparison, so there are no leads.
    """

    label: ClassVar[Text | None] = text("Extended two-way fixed effects")
    estimator: Literal["etwfe"]

    def pairs(self, wide: Wide) -> IntArray:
        """Return the treated cells of the cohorts that are seen before treatment."""
        found = []
        for number, g in enumerate(wide.cohorts):
            seen = np.flatnonzero(wide.seen[wide.cohort == g].any(axis=0))
            found += [(number, t) for t in seen[wide.years[seen] >= g]]
        return np.array(found, dtype=np.intp).reshape(-1, 2)

    def compares(self, sample: Sample) -> BoolArray:
        """Return the untreated rows."""
        return np.asarray(~sample.treated)

    def base(self, shown: list[int]) -> set[int]:
        """Return no event time: years before treatment are all part of the comparison."""
        return set()

    def remarks(self) -> list[Text]:
        """Return how the cells are averaged."""
        return [
            text(
                "Effects of cohort and year averaged by region-years; the comparison is every untreated cell"
            )
        ]
