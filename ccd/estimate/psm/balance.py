"""The balance of the matching columns."""

from __future__ import annotations

from typing import Any

import numpy as np

from ccd.estimate.matching import Matched, balance_summary, balance_table
from ccd.estimate.psm.design import MatchingDesign
from ccd.results import Balance, BalanceSide, Part
from ccd.words import names

#: Bias beyond this percentage is called unbalanced.
LIMIT = 10.0


def balance_part(design: MatchingDesign, matched: Matched, columns: tuple[str, ...]) -> Part[Balance]:
    """Return how alike treated and controls are in ``columns`` (k) of the design, before and after matching."""
    table = balance_table(design.x, design.treated, matched.weight, columns)
    lender = None if design.by_year else design.entity
    found: dict[str, Any] = balance_summary(design.x, design.treated, matched.weight, table, lender)
    found["before"], found["after"] = (BalanceSide(**found[side]) for side in ("before", "after"))
    numbers: dict[str, Any] = {str(c): table[c].to_numpy(dtype=np.float64) for c in table if c != "variable"}
    over, over_before = (
        names(
            column for column, bias in zip(columns, numbers[f"bias_{side}"], strict=True) if abs(bias) > LIMIT
        )
        for side in ("after", "before")
    )
    return Part(
        Balance(variable=columns, limit=LIMIT, over=over, over_before=over_before, **numbers, **found)
    )
