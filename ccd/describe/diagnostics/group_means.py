"""Means of variables in groups of regions, two groups at a time."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from itertools import combinations
from typing import Literal

import numpy as np

from ccd.arrays import FloatArray, IntArray
from ccd.results import GroupMeans
from ccd.words import Name, Text

Unit = Literal["region", "region-year"]


def group_means(
    series: Mapping[str, FloatArray],
    group: IntArray,
    labels: tuple[Text | Name, ...],
    entity: IntArray,
    by: str,
    unit: Unit,
) -> GroupMeans:
    """Return each variable in each pair of groups.

    ``series`` (n,) each, ``group`` (n,) the place of a row's group in ``labels`` (-1: none), the same in all rows of an
    ``entity`` (n, codes) where ``unit`` is region: then a region counts once, by its mean over the years, since its
    years are no independent draws. Tests are scipy's (Welch; Mann-Whitney, ties corrected); nan with fewer than two.
    """
    rows = [
        (
            name,
            a,
            b,
            *_pair(_units(values, group == a, entity, unit), _units(values, group == b, entity, unit)),
        )
        for name, values in series.items()
        for a, b in combinations(range(len(labels)), 2)
    ]
    columns = list(zip(*rows, strict=True))
    numbers = [np.array(column, dtype=np.float64) for column in columns[3:]]
    return GroupMeans(
        variable=columns[0],
        first=tuple(labels[a] for a in columns[1]),
        second=tuple(labels[b] for b in columns[2]),
        mean_first=numbers[0],
        mean_second=numbers[1],
        std_dev_first=numbers[2],
        std_dev_second=numbers[3],
        nobs_first=numbers[4].astype(np.int64),
        nobs_second=numbers[5].astype(np.int64),
        difference=numbers[0] - numbers[1],
        statistic=numbers[6],
        p_value=numbers[7],
        p_rank=numbers[8],
        std_diff=numbers[9],
        by=by,
        unit=unit,
    )


def _units(values: FloatArray, inside: np.ndarray, entity: IntArray, unit: Unit) -> FloatArray:
    """Return the known values of a group: of its region-years, or the means of its regions."""
    kept = inside & np.isfinite(values)
    if unit == "region-year" or not kept.any():
        return values[kept]
    count = np.bincount(entity[kept])
    return np.asarray((np.bincount(entity[kept], values[kept])[count > 0]) / count[count > 0])


def _pair(a: FloatArray, b: FloatArray) -> tuple[float, ...]:
    """Return means, sds, sizes, Welch's t and p, the rank test's p, and the standardised difference."""
    from scipy import stats

    mean = [float(one.mean()) if len(one) else np.nan for one in (a, b)]
    sd = [float(one.std(ddof=1)) if len(one) > 1 else np.nan for one in (a, b)]
    t = p = rank = np.nan
    if min(len(a), len(b)) > 1 and max(sd) > 0:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)  # scipy's, where one group has one value only
            t, p = map(float, stats.ttest_ind(a, b, equal_var=False))
        rank = float(stats.mannwhitneyu(a, b, alternative="two-sided").pvalue)
    scale = float(np.sqrt((sd[0] ** 2 + sd[1] ** 2) / 2))
    return (*mean, *sd, len(a), len(b), t, p, rank, (mean[0] - mean[1]) / scale if scale > 0 else np.nan)
