"""A declared policy as a column: 1 from the first treated year on, 0 before and where it never comes."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from ccd.panel import Panel


def with_treated(panel: Panel, wanted: Iterable[str]) -> Panel:
    """Return the panel with a 0/1 column of each policy that is wanted and not itself a column of the data."""
    known = {*panel.frame.columns, *panel.groups.columns}
    asked = [name for name in dict.fromkeys(wanted) if name in panel.cohorts and name not in known]
    if not asked:
        return panel
    starts = {name: panel.cohort(name).to_numpy(dtype=np.float64)[panel.entity_codes] for name in asked}
    columns = {name: (panel.years >= start).astype(np.float64) for name, start in starts.items()}
    return panel.with_columns(pd.DataFrame(columns, index=panel.frame.index))
