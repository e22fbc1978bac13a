"""Gardner's two-stage difference-in-differences."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np

from ccd.arrays import BoolArray
from ccd.estimate.did.imputation import ByEventTime, Imputation, spread
from ccd.estimate.linear.counterfactual import Counterfactual
from ccd.estimate.rows.event_study import event_times
from ccd.estimate.rows.sample import Sample
from ccd.words import Text, text


class Gardner(Imputation):
    """``estimator = "gardner"``: Gardner (2022), two stages with the variance of both.

    First stage: y = a_i + l_t + x'c on untreated cells. Second stage: what is left of y, on treatment or on
    event-time dummies over all cells. Its effects are those of imputation; its leads are means of first-stage
    residuals, event time by event time.
    """

    label: ClassVar[Text | None] = text("Gardner")
    estimator: Literal["gardner"]  # type: ignore[assignment]

    def by_event_time(self, sample: Sample, fit: Counterfactual, used: BoolArray) -> ByEventTime:
        """Return the second stage on a dummy for every event time, before treatment too."""
        event = event_times(sample, self.ends)
        rows = (used | ~sample.treated) & fit.imputable & np.isfinite(event)
        keys, own = np.unique(event[rows].astype(int), return_inverse=True)
        return ByEventTime([int(e) for e in keys], (), *fit.influence(spread(rows, own), len(keys)))

    def remarks(self) -> list[Text]:
        """Return how to read the leads."""
        return [
            text(
                "Leads are means of first-stage residuals and so lie nearer to zero than leads of a regression "
                "with a base year (Gardner 2022, second stage)"
            )
        ]
