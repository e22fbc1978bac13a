"""Intervals by leaving one region out at a time, group by group."""

from __future__ import annotations

import numpy as np

from ccd.arrays import FloatArray, IntArray


def jackknife(without: FloatArray, codes: IntArray) -> float:
    """Return the standard error of a statistic from its values (n,) without each region.

    V = sum_k (n_k - 1)/n_k SS_k over groups (Shao and Tu 1995, ch. 6); a group of one adds nothing.
    """
    total = 0.0
    for group in np.unique(codes):
        own = without[codes == group]
        if len(own) > 1:
            total += (len(own) - 1) / len(own) * float(((own - own.mean()) ** 2).sum())
    return float(np.sqrt(total))


def bounds(estimate: float, error: float, df: int) -> tuple[float, float]:
    """Return the 95% interval on t(df); nan without degrees of freedom."""
    from scipy.stats import t

    if df < 1:
        return np.nan, np.nan
    reach = float(t.ppf(0.975, df)) * error
    return estimate - reach, estimate + reach
