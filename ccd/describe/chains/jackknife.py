"""Intervals of a statistic of regions, by leaving each out."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ccd.arrays import FloatArray, IntArray


def jackknife(statistic: Callable[[IntArray], float], n: int) -> tuple[float, float, float]:
    """Return the statistic of all ``n`` regions with its 95 % interval, t(n-1); it is asked with those that stay.

    Efron and Tibshirani (1993, eq. 11.5). The interval speaks of regions as a sample; shares are remade without each.
    """
    from scipy.stats import t

    every = np.arange(n)
    whole = statistic(every)
    without: FloatArray = np.array([statistic(np.delete(every, i)) for i in range(n)])
    error = float(np.sqrt((n - 1) / n * ((without - without.mean()) ** 2).sum()))
    reach = float(t.ppf(0.975, n - 1)) * error
    return whole, whole - reach, whole + reach
