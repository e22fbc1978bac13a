"""A region's own past: lags, differences, growth. They go by year, not by row."""

from __future__ import annotations

import numpy as np
from pydantic import Field

from ccd.arrays import FloatArray
from ccd.panel import Panel
from ccd.spec import Spec
from ccd.transforms.operation import Made, Operation, refuse
from ccd.words import text


class Steps(Spec):
    """Keys of what looks back."""

    lag: str | None = None
    """Value of a column ``years`` earlier; missing where that year is."""
    diff: str | None = None
    """Value less that of ``years`` earlier; missing where either is."""
    growth: str | None = None
    """Value divided by that of ``years`` earlier, less 1; missing where either is."""
    years: int = Field(default=1, ge=1)
    """Years back for lag, diff and growth."""


def _before(panel: Panel, column: str, years: int) -> FloatArray:
    return panel.lagged([column], years)[column].to_numpy()


def _lag(panel: Panel, spec: Steps, name: str) -> Made:
    return Made(_before(panel, str(spec.lag), spec.years))


def _diff(panel: Panel, spec: Steps, name: str) -> Made:
    column = str(spec.diff)
    return Made(np.asarray(panel.column(column) - _before(panel, column, spec.years)))


def _growth(panel: Panel, spec: Steps, name: str) -> Made:
    column = str(spec.growth)
    values, before = panel.column(column), _before(panel, column, spec.years)
    followed = np.zeros(len(values), dtype=bool)
    at = panel.earlier(spec.years)
    followed[at[at >= 0]] = True
    refuse(panel, name, column, followed & (values == 0), text("cannot divide"),
           text("mend the cell or leave it empty"))  # fmt: skip
    return Made(np.asarray(values / before - 1))


OPERATIONS = {
    "lag": Operation(_lag, ("years",)),
    "diff": Operation(_diff, ("years",)),
    "growth": Operation(_growth, ("years",)),
}
