"""Fixed effects that a study names: columns, and pairs of columns."""

from __future__ import annotations

import numpy as np

from ccd.arrays import IntArray
from ccd.estimate.linear.ols import codes
from ccd.panel import Panel

#: ``"province x year"``: the effect of every pair of the two columns.
CROSS = " x "


def effect_codes(panel: Panel, name: str) -> IntArray:
    """Return the codes (n,) of a fixed effect: a column, or several joined by ``" x "``."""
    crossed = np.zeros(len(panel.frame), dtype=np.intp)
    for column in name.split(CROSS):
        level = codes(panel.group(column.strip()).to_numpy())
        crossed = codes(crossed * (int(level.max()) + 1) + level)
    return crossed
