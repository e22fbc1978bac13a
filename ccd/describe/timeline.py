"""When policies reach regions."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ccd.panel import Panel
from ccd.results import Part, PolicyCalendar


def timeline(panel: Panel, policies: Sequence[str]) -> tuple[Part[PolicyCalendar], ...]:
    """Return which policies are in force in which region and year; nothing without policies."""
    if not policies:
        return ()
    starts = np.column_stack([panel.cohort(policy).to_numpy(dtype=float) for policy in policies])
    on = panel.years[:, None] >= starts[panel.entity_codes]
    seen = np.where(on.any(axis=1), panel.years, np.inf)
    first = np.full(len(panel.entities), np.inf)
    np.minimum.at(first, panel.entity_codes, seen)
    value = PolicyCalendar(
        regions=tuple(panel.entities),
        place=panel.entity_codes,
        year=panel.years,
        policies=tuple(policies),
        on=on,
        first=np.where(np.isfinite(first), first, np.nan),
    )
    return (Part(value, "timeline"),)
