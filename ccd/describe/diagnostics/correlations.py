"""Correlations of variables, pair by pair."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations
from typing import Literal

import numpy as np

from ccd.arrays import FloatArray
from ccd.errors import DataError
from ccd.results import Correlations
from ccd.words import text

Method = Literal["pearson", "spearman"]


def correlations(
    series: Mapping[str, FloatArray], method: Method, missing: Literal["pairwise", "listwise"]
) -> Correlations:
    """Return the correlations of ``series`` (each (n,)) with two-sided p-values (scipy), rows taken as independent.

    Listwise takes the rows without any missing cell for every pair. nan for a column that does not vary; raises
    DataError where no row is complete.
    """
    from scipy import stats

    complete = np.logical_and.reduce([np.isfinite(values) for values in series.values()])
    if missing == "listwise" and not complete.any():
        raise DataError(
            text("no region-year has all of the variables"),
            where=text("study, {key}", key="diagnostics.missing"),
            fix=text('take missing = "pairwise", or fewer variables'),
        )
    test = stats.pearsonr if method == "pearson" else stats.spearmanr
    rows = []
    for first, second in combinations(series, 2):
        a, b = series[first], series[second]
        kept = complete if missing == "listwise" else np.isfinite(a) & np.isfinite(b)
        a, b = a[kept], b[kept]
        varies = len(a) > 2 and np.ptp(a) > 0 and np.ptp(b) > 0
        found = test(a, b) if varies else (np.nan, np.nan)
        rows.append((first, second, float(found[0]), float(found[1]), len(a)))
    one, other, r, p, n = zip(*rows, strict=True)
    return Correlations(
        first=one,
        second=other,
        correlation=np.array(r),
        p_value=np.array(p),
        nobs=np.array(n, dtype=np.int64),
        method=method,
        missing=missing,
        variables=tuple(series),
    )
