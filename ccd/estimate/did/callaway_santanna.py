"""Callaway & Sant'Anna's group-time effects and their means."""

from __future__ import annotations

from typing import ClassVar, Literal

from ccd.estimate.did.cells_by_cohort import GroupTimeModel, compared
from ccd.estimate.did.group_time.att_gt import GroupTime, group_time
from ccd.estimate.rows.sample import Sample
from ccd.estimate.rows.wide import Wide
from ccd.words import Text, text


class CallawaySantAnna(GroupTimeModel):
    """``estimator = "callaway-santanna"``: Callaway & Sant'Anna (2021)."""

    linear: ClassVar[bool] = True
    tabled: ClassVar[bool] = True
    label: ClassVar[Text | None] = text("Callaway and Sant'Anna")
    estimator: Literal["callaway-santanna"]

    def cells(self, sample: Sample, wide: Wide, *, leads: bool = True) -> GroupTime:
        """Return ATT(g, t) against regions never treated, or not yet. Raises EstimationError."""
        return compared(self, sample, wide, lambda x, design: group_time(wide, x, design), leads=leads)
