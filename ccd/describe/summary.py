"""Size, centre and spread of single variables."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ccd.arrays import FloatArray
from ccd.results import Summary


def summary(series: Mapping[str, FloatArray]) -> Summary:
    """Return nobs, mean, sd (n-1), minimum, median and maximum of each series, missing cells left out."""
    rows = np.array([_measures(values[np.isfinite(values)]) for values in series.values()]).reshape(-1, 5)
    nobs = np.array([np.isfinite(values).sum() for values in series.values()], dtype=np.int64)
    return Summary(tuple(series), nobs, *rows.T)


def _measures(known: FloatArray) -> tuple[float, ...]:
    """Return mean, sd, minimum, median and maximum of the values; nan without any."""
    if not len(known):
        return (np.nan,) * 5
    spread = known.std(ddof=1) if len(known) > 1 else np.nan
    return known.mean(), spread, known.min(), np.median(known), known.max()
