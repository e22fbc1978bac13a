"""Missing cells between a region's known years, filled and listed."""

from __future__ import annotations

from typing import Literal

import numpy as np

from ccd.arrays import FloatArray
from ccd.panel import Panel
from ccd.spec import Spec
from ccd.transforms.operation import Made, Operation
from ccd.words import Name, text


class Gaps(Spec):
    """Keys of interpolation."""

    interpolate: str | None = None
    """Column with the missing cells between two known years of a region filled; none before its first or after its
    last. Every filled cell is listed."""
    how: Literal["linear", "nearest"] = "linear"
    """On the line between the two years, or as the nearer of them (the earlier of two as near)."""


def _interpolate(panel: Panel, spec: Gaps, name: str) -> Made:
    column = str(spec.interpolate)
    values = panel.column(column)
    filled = values.copy()
    for code in range(len(panel.entities)):
        rows = np.flatnonzero(panel.entity_codes == code)
        filled[rows] = between(panel.years[rows].astype(np.float64), values[rows], spec.how)
    new = np.isnan(values) & np.isfinite(filled)
    if not new.any():
        return Made(filled)
    where = tuple(f"{entity} {year}" for entity, year in panel.frame.index[new])
    note = text(
        "{count} missing {count:cell|cells} of {indicator} filled ({method}): {where}",
        count=int(new.sum()), indicator=Name(column), method=spec.how, where=where,
    )  # fmt: skip
    return Made(filled, (note,))


def between(years: FloatArray, values: FloatArray, how: str) -> FloatArray:
    """Return the values of one region, (t,), with those between two known years filled."""
    known = np.isfinite(values)
    if known.sum() < 2:
        return values
    x, y = years[known], values[known]
    inside = ~known & (years > x[0]) & (years < x[-1])
    filled = values.copy()
    if how == "linear":
        filled[inside] = np.interp(years[inside], x, y)
    else:
        after = np.searchsorted(x, years[inside])
        earlier = years[inside] - x[after - 1] <= x[after] - years[inside]
        filled[inside] = np.where(earlier, y[after - 1], y[after])
    return filled


OPERATIONS = {"interpolate": Operation(_interpolate, ("how",))}
