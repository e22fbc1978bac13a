"""A column against its own distribution over all region-years: centred, standardised, winsorised."""

from __future__ import annotations

import numpy as np
from pydantic import Field

from ccd.panel import Panel
from ccd.spec import Spec
from ccd.transforms.operation import Made, Operation, refuse
from ccd.words import Name, text


class Scaling(Spec):
    """Keys of what looks at a whole column."""

    centre: str | None = None
    """Column less its mean over all region-years."""
    standardise: str | None = None
    """Column less its mean, divided by its standard deviation (n - 1) over all region-years."""
    winsorise: str | None = None
    """Column with its tails set to their quantiles over all region-years."""
    tails: float = Field(default=0.01, gt=0, lt=0.5)
    """Share of each tail for winsorise."""


def _centre(panel: Panel, spec: Scaling, name: str) -> Made:
    values = panel.column(str(spec.centre))
    return Made(np.asarray(values - np.nanmean(values)))


def _standardise(panel: Panel, spec: Scaling, name: str) -> Made:
    column = str(spec.standardise)
    values = panel.column(column)
    known = values[np.isfinite(values)]
    same = np.full(len(values), len(known) < 2 or bool(np.all(known == known[0])))
    refuse(panel, name, column, same, text("is the value of every cell: nothing to standardise"),
           text("leave the column out"))  # fmt: skip
    return Made(np.asarray((values - known.mean()) / known.std(ddof=1)))


def _winsorise(panel: Panel, spec: Scaling, name: str) -> Made:
    column = str(spec.winsorise)
    values = panel.column(column)
    low, high = np.nanquantile(values, [spec.tails, 1 - spec.tails])
    note = text(
        "{column} winsorised at {share:g} % in each tail: {count} {count:cell|cells} moved",
        column=Name(column),
        share=100 * spec.tails,
        count=int(np.sum((values < low) | (values > high))),
    )
    return Made(np.clip(values, low, high), (note,))


OPERATIONS = {
    "centre": Operation(_centre),
    "standardise": Operation(_standardise),
    "winsorise": Operation(_winsorise, ("tails",)),
}
