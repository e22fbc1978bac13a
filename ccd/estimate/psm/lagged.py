"""Matching columns that are the outcome of an earlier year, which fall back to their mean afterwards."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ccd.arrays import FloatArray
from ccd.panel import Panel
from ccd.words import Text, names, text


def lagged_note(panel: Panel, outcome: str, columns: Sequence[str]) -> list[Text]:
    """Return the warning that outcomes of earlier years are matched on, nothing where none is."""
    found = lagged_outcomes(panel, outcome, columns)
    if not found:
        return []
    return [
        text(
            "{columns}: the outcome of earlier years is matched on, and what stood out by chance falls back to "
            "the mean afterwards (regression to the mean)",
            columns=names(found),
        )
    ]


def lagged_outcomes(panel: Panel, outcome: str, columns: Sequence[str]) -> tuple[str, ...]:
    """Return the matching columns that are the outcome, or the outcome of an earlier year."""
    earlier = [panel.lagged([outcome], lag)[outcome].to_numpy() for lag in range(6)]
    return tuple(column for column in columns if any(_equal(panel.column(column), y) for y in earlier))


def _equal(one: FloatArray, two: FloatArray) -> bool:
    """Tell whether two columns agree wherever both are known, and are known somewhere together."""
    both = np.isfinite(one) & np.isfinite(two)
    return bool(both.any() and (one[both] == two[both]).all())
