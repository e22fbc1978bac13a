"""Means by year: of the indices, C, T and D; and of D by group of regions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ccd.arrays import FloatArray
from ccd.panel import Panel
from ccd.results import ByGroup, ByYear
from ccd.words import text

#: A text column with at most this many values, each entity in one, groups the regions in figures.
GROUPS = 8
TREATED, CONTROL, ALWAYS = text("treated"), text("control"), text("always treated")


def by_year(panel: Panel, indices: Mapping[str, FloatArray], degrees: Mapping[str, FloatArray]) -> ByYear:
    """Return the mean of each index and of C, T and D by year, with the sd (n-1) and the coefficient of
    variation of D where there is one; ``indices`` and ``degrees`` are columns (n,).
    """
    made = pd.DataFrame({**indices, **degrees}).groupby(panel.years)
    means = made.mean()
    spread = floats(made["D"].std()) if "D" in degrees else None
    return ByYear(
        year=np.unique(panel.years),
        indices={name: floats(means[name]) for name in indices},
        degrees={name: floats(means[name]) for name in degrees},
        std_dev=spread,
        cv=None if spread is None else np.asarray(spread / floats(means["D"])),
        time_name=panel.time_name,
    )


def group_columns(panel: Panel) -> list[str]:
    """Return the text columns that put each entity in one of 2 to GROUPS groups, fewer than entities."""
    found = []
    for name in panel.groups.columns:
        values = panel.groups[name]
        levels = values.nunique()
        if 2 <= levels <= min(GROUPS, len(panel.entities) - 1) and len(
            pd.unique(_pairs(panel, values))
        ) == len(panel.entities):
            found.append(str(name))
    return found


def by_group(panel: Panel, column: str, d: FloatArray) -> ByGroup:
    """Return the mean, sd (n-1) and count of D (n,) by year and group of regions."""
    return _by_year_and(panel, panel.group(column).to_numpy(), d, column=column)


def by_policy(panel: Panel, policy: str, d: FloatArray) -> ByGroup | None:
    """Return the same for the regions a policy reaches within the years and the others; None without both.

    Regions treated in the first year or before, which no estimator uses as treated, are a group of their own.
    """
    cohort = panel.cohort(policy)
    always = (cohort <= panel.times[0]).to_numpy()
    treated = (cohort <= panel.times[-1]).to_numpy() & ~always
    if not treated.any() or (treated | always).all():
        return None
    words = np.where(always, str(ALWAYS), np.where(treated, str(TREATED), str(CONTROL)))[panel.entity_codes]
    return _by_year_and(panel, words, d, policy=policy)


def _by_year_and(panel: Panel, group: NDArray[Any], d: FloatArray, **of: str) -> ByGroup:
    grouped = pd.Series(d).groupby([panel.years, group])
    mean = grouped.mean()
    return ByGroup(
        year=mean.index.get_level_values(0).to_numpy(),
        group=tuple(str(one) for one in mean.index.get_level_values(1)),
        mean=floats(mean),
        std_dev=floats(grouped.std()),
        nobs=np.asarray(grouped.count(), dtype=np.int64),
        time_name=panel.time_name,
        column=of.get("column"),
        policy=of.get("policy"),
    )


def floats(column: pd.Series[float]) -> FloatArray:
    """Return a column as an array."""
    return np.asarray(column, dtype=np.float64)


def _pairs(panel: Panel, values: pd.Series[str]) -> FloatArray:
    codes = pd.factorize(values)[0]
    return np.asarray(panel.entity_codes * (codes.max() + 1) + codes)
