"""Where cells are missing: by variable, and by region and year."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ccd.arrays import FloatArray
from ccd.panel import Panel
from ccd.results import Missing


def missing(panel: Panel, series: Mapping[str, FloatArray]) -> Missing:
    """Return the missing cells of ``series`` (each (n,), in the rows of ``panel``) and their map."""
    gone = np.column_stack([~np.isfinite(values) for values in series.values()])
    years = np.array(panel.times)
    cells = np.full((len(panel.entities), len(years)), -1, dtype=np.int64)
    cells[panel.entity_codes, panel.time_codes] = gone.sum(axis=1)
    count = gone.sum(axis=0)
    when = [panel.years[column] for column in gone.T]
    return Missing(
        variable=tuple(series),
        missing=count,
        share=count / len(gone),
        entities=np.array([len(np.unique(panel.entity_codes[column])) for column in gone.T]),
        first=np.array([one.min() if len(one) else np.nan for one in when], dtype=np.float64),
        last=np.array([one.max() if len(one) else np.nan for one in when], dtype=np.float64),
        absent=int((cells < 0).sum()),
        nobs=len(gone),
        cells=cells,
        regions=panel.entities,
        years=years,
    )
