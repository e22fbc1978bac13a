"""Levin, Lin and Chu's test of a unit root that all regions share; its table of moments starts at 25 years."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ccd.arrays import FloatArray
from ccd.unit_roots import TERMS, Terms

#: Years, and mean and standard deviation of the statistic without terms, with drift, with trend (Levin, Lin & Chu 2002,
#: table 2).
YEARS = (25, 30, 35, 40, 45, 50, 60, 70, 80, 90, 100, 250, 500)
MEAN = (
    (0.004, 0.003, 0.002, 0.002, 0.001, 0.001, 0.001, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0),
    (-0.554, -0.546, -0.541, -0.537, -0.533, -0.531, -0.527, -0.524, -0.521, -0.52, -0.518, -0.509, -0.5),
    (-0.703, -0.674, -0.653, -0.637, -0.624, -0.614, -0.598, -0.587, -0.578, -0.571, -0.566, -0.533, -0.5),
)
SPREAD = (
    (1.049, 1.035, 1.027, 1.021, 1.017, 1.014, 1.011, 1.008, 1.007, 1.006, 1.005, 1.001, 1.0),
    (0.919, 0.889, 0.867, 0.85, 0.837, 0.826, 0.81, 0.798, 0.789, 0.782, 0.776, 0.742, 0.707),
    (1.003, 0.949, 0.906, 0.871, 0.842, 0.818, 0.78, 0.751, 0.728, 0.71, 0.695, 0.603, 0.5),
)


class Regions(NamedTuple):
    """Of one region: change and level less all else over their spread, and the ratio of long-run to short-run sd."""

    change: FloatArray
    level: FloatArray
    ratio: float


def levin_lin_chu(y: FloatArray, lags: int, terms: Terms) -> float:
    """Return the adjusted t of a panel y (N, T) without gaps, standard normal under a unit root in every region.

    Levin, Lin & Chu (2002, Journal of Econometrics 108), moments at T, Bartlett weights with 3.21 T^(1/3) lags, no
    correction for degrees of freedom, as plm. Raises ValueError under 25 years.
    """
    count, years = y.shape
    if years < YEARS[0]:
        raise ValueError("the table of moments starts at 25 years")
    each = [_region(one, lags, terms) for one in y]
    change, level = (np.concatenate([getattr(one, name) for one in each]) for name in ("change", "level"))
    square = level @ level
    slope = level @ change / square
    left = change - slope * level
    rows = years - lags - 1
    variance = left @ left / (count * rows)
    error = np.sqrt(left @ left / len(left) / square)
    ratio = np.mean([one.ratio for one in each])
    k = TERMS.index(terms)
    mean, spread = (float(np.interp(years, YEARS, table[k])) for table in (MEAN, SPREAD))
    return float((slope / error - count * rows * ratio / variance * error * mean) / spread)


def _region(y: FloatArray, lags: int, terms: Terms) -> Regions:
    change = np.diff(y)
    rows = len(y) - 1 - lags
    fixed = _fixed(rows, terms)
    earlier = [change[lags - back : lags - back + rows] for back in range(1, lags + 1)]
    beside = np.column_stack([*earlier, fixed]) if earlier or fixed.size else np.empty((rows, 0))
    now, level = change[lags:], y[lags:-1]
    both = np.column_stack([level, beside])
    short = np.sqrt(np.mean(_left(now, both) ** 2))
    return Regions(_left(now, beside) / short, _left(level, beside) / short, _long_run(change, terms) / short)


def _fixed(rows: int, terms: Terms) -> FloatArray:
    """Return constant and trend (rows, ..), as ``terms`` ask."""
    both = np.column_stack([np.ones(rows), np.arange(rows, dtype=np.float64)])
    return np.asarray(both[:, : TERMS.index(terms)], dtype=np.float64)


def _left(y: FloatArray, x: FloatArray) -> FloatArray:
    return y - x @ np.linalg.lstsq(x, y, rcond=None)[0] if x.shape[1] else y


def _long_run(change: FloatArray, terms: Terms) -> float:
    """Return the long-run standard deviation of changes (T - 1,) less their mean, or their trend."""
    years = len(change) + 1
    left = _left(change, _fixed(len(change), terms))
    last = round(3.21 * years ** (1 / 3))
    found = left @ left / (years - 1)
    for lag in range(1, last + 1):
        found += 2 * (1 - lag / (last + 1)) * (left[:-lag] @ left[lag:]) / (years - 1)
    return float(np.sqrt(found))
