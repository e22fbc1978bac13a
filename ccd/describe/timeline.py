"""When policies reach regions."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from ccd.panel import Panel
from ccd.results import Part, Value, loose


def timeline(panel: Panel, policies: Sequence[str]) -> tuple[Part[Value], ...]:
    """Return when each policy reaches which region, as a calendar of region, year, count and 0/1 columns.

    Nothing is returned without policies.
    """
    if not policies:
        return ()
    starts = np.column_stack([panel.cohort(policy).to_numpy(dtype=float) for policy in policies])
    on = (panel.years[:, None] >= starts[panel.entity_codes]).astype(int)
    frame = pd.DataFrame(
        {
            "region": [panel.entities[i] for i in panel.entity_codes],
            "year": panel.years,
            "count": on.sum(axis=1),
            **{policy: on[:, p] for p, policy in enumerate(policies)},
        }
    )
    return (loose("policy_calendar", frame, "timeline", {"policies": list(policies)}),)
