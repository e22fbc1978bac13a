"""Figures against a base year: an index of a column, and money in the prices of one year.

The price columns are the user's own: an index of a province says little of the prices of its cities.
"""

from __future__ import annotations

import numpy as np
from pydantic import Field

from ccd.arrays import FloatArray
from ccd.panel import Panel
from ccd.spec import Spec
from ccd.transforms.operation import Made, Operation, no_base, refuse
from ccd.words import text


class Prices(Spec):
    """Keys of what stands against a base year."""

    index: str | None = None
    """Column as an index of its own region: 100 in the year ``base``."""
    deflate: str | None = None
    """Column of money in the prices of the year ``base``, by the price index ``price``."""
    price: str | None = None
    """Column with the price index for deflate."""
    chained: bool = False
    """Whether ``price`` is an index against the year before (the year before = 100), to be chained."""
    base: int | None = Field(default=None, ge=1000, le=2999)
    """Base year for index and deflate."""


def _in_base(panel: Panel, values: FloatArray, base: int) -> tuple[FloatArray, list[str]]:
    """Return each row's value of its region in the base year, (n,), and the regions that have none above 0."""
    own = np.full(len(panel.entities), np.nan)
    rows = panel.years == base
    own[panel.entity_codes[rows]] = values[rows]
    return own[panel.entity_codes], [e for e, value in zip(panel.entities, own, strict=True) if not value > 0]


def _index(panel: Panel, spec: Prices, name: str) -> Made:
    column, base = str(spec.index), int(spec.base or 0)
    values = panel.column(column)
    at_base, lacking = _in_base(panel, values, base)
    if lacking:
        raise no_base(panel, name, column, base, lacking)
    return Made(np.asarray(100 * values / at_base))


def _deflate(panel: Panel, spec: Prices, name: str) -> Made:
    column, base = str(spec.price), int(spec.base or 0)
    prices = panel.column(column)
    refuse(panel, name, column, prices <= 0, text("is no price"), text("mend the cell or leave it empty"))
    level = _chain(panel, prices, base) if spec.chained else prices
    at_base, lacking = _in_base(panel, level, base)
    if lacking:
        raise no_base(panel, name, column, base, lacking)
    return Made(np.asarray(panel.column(str(spec.deflate)) * at_base / level))


def _chain(panel: Panel, steps: FloatArray, base: int) -> FloatArray:
    """Return price levels, 1 in the base year, from steps of 100 = the year before; missing beyond a gap."""
    level = np.where(panel.years == base, 1.0, np.nan)
    before = panel.earlier(1)
    rows = np.flatnonzero(before >= 0)
    for row in rows:  # a region's rows are in the order of their years
        if np.isnan(level[row]):
            level[row] = level[before[row]] * steps[row] / 100
    for row in rows[::-1]:
        if np.isnan(level[before[row]]):
            level[before[row]] = level[row] / (steps[row] / 100)
    return level


OPERATIONS = {
    "index": Operation(_index, ("base",), needs=("base",)),
    "deflate": Operation(_deflate, ("price", "base", "chained"), columns=("price",), needs=("price", "base")),
}
