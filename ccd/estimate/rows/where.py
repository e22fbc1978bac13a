"""The rows at which a condition holds, ``where = "region3 == 'East' and year >= 2012"``."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from ccd.arrays import BoolArray
from ccd.errors import DataError, Words, suggest
from ccd.estimate.rows.condition import Among, Both, Column, Compared, Condition, Either, Not, Operand
from ccd.panel import Panel
from ccd.words import text

_TESTS: Mapping[str, Callable[[Any, Any], Any]] = {
    "==": operator.eq,
    "!=": operator.ne,
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
    "<": operator.lt,
}
#: The same comparison with its sides exchanged.
_MIRRORED = {"==": "==", "!=": "!=", ">=": "<=", "<=": ">=", ">": "<", "<": ">"}


class Truth(NamedTuple):
    """Where a condition holds and where it does not, each (n,); neither: a cell that would decide is missing."""

    holds: BoolArray
    fails: BoolArray

    @property
    def unknown(self) -> BoolArray:
        """Return where a missing cell leaves the condition open, (n,)."""
        return ~(self.holds | self.fails)


def truth(tree: Condition, panel: Panel, where: Words) -> Truth:
    """Return at which rows of ``panel`` a condition holds, by the three-valued logic of Kleene (1952).

    Raises DataError for a column that is not there or not of its kind, and for text that a column never holds.
    """
    if isinstance(tree, Not):
        inner = truth(tree.inner, panel, where)
        return Truth(inner.fails, inner.holds)
    if isinstance(tree, Both | Either):
        left, right = truth(tree.left, panel, where), truth(tree.right, panel, where)
        if isinstance(tree, Both):
            return Truth(left.holds & right.holds, left.fails | right.fails)
        return Truth(left.holds | right.holds, left.fails & right.fails)
    if isinstance(tree, Among):
        return _among(tree.column, tree.values, panel, where)
    return _compared(tree, panel, where)


def _compared(tree: Compared, panel: Panel, where: Words) -> Truth:
    left, sign, right = tree.left, tree.operator, tree.right
    for side in (left, right):
        if isinstance(side, Column):
            _values(side, panel, where)  # text without its quotes is told before a column of the wrong kind
    if not isinstance(left, Column):
        left, sign, right = right, _MIRRORED[sign], left
    if isinstance(right, str) and isinstance(left, Column):
        found = _among(left, (right,), panel, where)
        return found if sign == "==" else Truth(found.fails, found.holds)
    first, second = _numbers(left, panel, where), _numbers(right, panel, where)
    known = np.isfinite(first) & np.isfinite(second)
    with np.errstate(invalid="ignore"):
        holds = np.asarray(_TESTS[sign](first, second), dtype=bool)
    return Truth(holds & known, ~holds & known)


def _among(column: Column, values: tuple[str | float, ...], panel: Panel, where: Words) -> Truth:
    if not isinstance(values[0], str):
        cells = _numbers(column, panel, where)
        known, holds = np.isfinite(cells), np.isin(cells, np.array(values, dtype=float))
        return Truth(holds & known, ~holds & known)
    cells = _values(column, panel, where).map(as_shown)
    seen = set(cells)
    for value in values:
        if value not in seen:
            listed = sorted(seen - {""})
            raise DataError(
                text("column '{column}' has no value '{value}'", column=column.name, value=value),
                where=text("{where}, where, character {at}", where=where, at=column.at),
                fix=text(
                    "{near}values are: {known}", near=suggest(str(value), listed), known=tuple(listed[:20])
                ),
            )
    known, holds = (cells != "").to_numpy(), cells.isin([str(value) for value in values]).to_numpy()
    return Truth(holds & known, ~holds & known)


def _numbers(side: Operand, panel: Panel, where: Words) -> Any:
    if not isinstance(side, Column):
        return np.full(len(panel.frame), side, dtype=np.float64)
    values = _values(side, panel, where)
    if not pd.api.types.is_numeric_dtype(values):
        raise DataError(
            text("column '{name}' holds text and is compared with numbers", name=side.name),
            where=text("{where}, where, character {at}", where=where, at=side.at),
            fix=text("write text in quotes: {name} == 'East'", name=side.name),
        )
    return values.to_numpy(dtype=np.float64)


def _values(column: Column, panel: Panel, where: Words) -> pd.Series[Any]:
    try:
        return panel.group(column.name)
    except DataError as error:
        raise DataError(
            error.said[0],
            where=text("{where}, where, character {at}", where=where, at=column.at),
            fix=text("text stands in quotes: '{name}'; {fix}", name=column.name, fix=error.said[2]),
        ) from error


def as_shown(value: object) -> str:
    """Return a cell as text: whole numbers without a decimal point, a missing one empty."""
    if isinstance(value, int | float):
        return f"{value:.15g}" if math.isfinite(value) else ""
    return str(value)
