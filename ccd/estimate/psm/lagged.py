"""Matching columns that are the outcome of an earlier year, which fall back to their mean afterwards."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

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
    y = panel.frame[outcome].unstack()
    found = []
    for column in columns:
        x = panel.frame[column].unstack().to_numpy(dtype=np.float64)
        for lag in range(6):
            earlier = y.reindex(columns=np.asarray(y.columns, dtype=np.int64) - lag).to_numpy(
                dtype=np.float64
            )
            both = np.isfinite(x) & np.isfinite(earlier)
            if both.any() and bool((x[both] == earlier[both]).all()):
                found.append(column)
                break
    return tuple(found)
