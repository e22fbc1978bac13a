"""Sigma convergence: does the spread over regions fall."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ccd.arrays import FloatArray


@dataclass(frozen=True)
class Equal:
    """The test that two years of the same regions have one variance: correlation, t(df) and its p-value."""

    r: float
    statistic: float
    df: int
    p_value: float


def pitman_morgan(first: FloatArray, last: FloatArray) -> Equal:
    """Return the test of equal variances of first (n,) and last (n,) of the same regions (Pitman 1939; Morgan 1939).

    r = corr(first + last, first - last) is zero where the variances are equal; t = r sqrt((n-2)/(1-r^2)) on t(n-2).
    An F test would take the two years for two samples. Positive r: the spread fell.
    """
    from scipy.stats import t

    total, change = first + last, first - last
    df = len(first) - 2
    if df < 1 or not total.std() > 0 or not change.std() > 0:
        return Equal(float("nan"), float("nan"), df, float("nan"))
    r = float(np.corrcoef(total, change)[0, 1])
    statistic = r * float(np.sqrt(df / max(1 - r**2, 1e-300)))
    return Equal(r, statistic, df, float(2 * t.sf(abs(statistic), df)))
