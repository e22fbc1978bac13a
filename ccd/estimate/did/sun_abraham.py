"""Sun & Abraham's interaction-weighted event study."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np

from ccd.arrays import BoolArray, IntArray
from ccd.estimate.did.cohort_regression import CohortRegression
from ccd.estimate.rows.sample import Sample
from ccd.estimate.rows.wide import Wide
from ccd.words import Text, text


class SunAbraham(CohortRegression):
    """``estimator = "sun-abraham"``: Sun & Abraham (2021).

    Every cohort has an effect in every year but its last before treatment; the effects at an event time are
    averaged by the cohorts' shares. Never treated regions are the comparison, without them the last cohort.
    """

    label: ClassVar[Text | None] = text("Sun and Abraham")
    study_deals: ClassVar[int] = 199  # each takes several times as long as that of the others
    estimator: Literal["sun-abraham"]

    def pairs(self, wide: Wide) -> IntArray:
        """Return all cells seen but each cohort's last year before treatment."""
        found = []
        compared = len(wide.cohorts) - int(not np.isnan(wide.cohort).any())
        for number, g in enumerate(wide.cohorts[:compared]):
            seen = np.flatnonzero(wide.seen[wide.cohort == g].any(axis=0))
            before = seen[wide.years[seen] < g]
            found += [(number, t) for t in seen if t != before[-1]]
        return np.array(found, dtype=np.intp).reshape(-1, 2)

    def compares(self, sample: Sample) -> BoolArray:
        """Return the rows of the never treated; without them, those of the last cohort before its treatment."""
        never = np.isnan(sample.cohort)
        if never.any():
            return np.asarray(never)
        return np.asarray((sample.cohort == sample.cohort.max()) & ~sample.treated)

    def base(self, shown: list[int]) -> set[int]:
        """Return e = -1, unless a gap in the years made another year the base."""
        return {-1} - set(shown)

    def remarks(self) -> list[Text]:
        """Return how the weights enter the error."""
        return [
            text(
                "Cohort effects weighted by region-years at each event time; the error takes the weights as fixed"
            )
        ]
