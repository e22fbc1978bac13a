"""Description: summaries, means and distributions by year, by group of regions, and the ranking of regions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ccd.arrays import FloatArray
from ccd.density import kernel_density
from ccd.panel import Panel
from ccd.results import CouplingResult, Density, IndexResult, Part, loose
from ccd.words import Name, text

#: A text column with at most this many values, each entity in one, groups the regions in figures.
GROUPS = 8
#: Points of a density.
GRID = 201
TREATED, CONTROL = text("treated"), text("control")


def describe(
    panel: Panel, index: IndexResult | None, coupling: CouplingResult | None, columns: Sequence[str]
) -> tuple[Part, ...]:
    """Return the descriptive parts of a study: ``summary`` of ``columns``, and with an index the means by
    year; with coupling also D by year and group, its density by year, and the ranking of regions.
    """
    made = derived(index, coupling)
    series: dict[str, FloatArray] = {str(name): made[name].to_numpy() for name in made}
    series |= {name: panel.column(name) for name in columns if name not in series}
    parts = [summary(series)] if series else []
    if len(made.columns):
        parts.append(by_year(panel, made))
    if coupling is not None:
        d = made["D"].to_numpy()
        parts += [by_group(panel, name, d) for name in group_columns(panel)]
        parts += [part for policy in panel.cohorts for part in by_policy(panel, policy, d)]
        parts += [density(panel, d), ranking(panel, d)]
    return tuple(parts)


def derived(index: IndexResult | None, coupling: CouplingResult | None) -> pd.DataFrame:
    """Return the subsystem indices and C, T, D side by side, as far as there are any."""
    frames = [] if index is None else [index.scores]
    frames += [] if coupling is None else [coupling.frame[["C", "T", "D"]]]
    return pd.concat(frames, axis=1) if frames else pd.DataFrame()


def summary(series: dict[str, FloatArray]) -> Part:
    """Return nobs, mean, sd (n-1), minimum, median and maximum of each series, missing cells left out."""
    rows = []
    for name, values in series.items():
        known = values[np.isfinite(values)]
        if not len(known):
            rows.append((name, 0, *(np.nan,) * 5))
            continue
        spread = known.std(ddof=1) if len(known) > 1 else np.nan
        rows.append((name, len(known), known.mean(), spread, known.min(), np.median(known), known.max()))
    names = ["variable", "nobs", "mean", "std_dev", "min", "median", "max"]
    return loose("summary", pd.DataFrame(rows, columns=names))


def by_year(panel: Panel, made: pd.DataFrame) -> Part:
    """Return the mean of each index, C, T and D by year, with the sd (n-1) and the coefficient of variation of D."""
    grouped = made.groupby(panel.years)
    frame = grouped.mean()
    if "D" in made:
        spread = grouped["D"].std()
        frame = frame.assign(std_dev_D=spread, cv_D=spread / frame["D"])
    frame = frame.rename_axis(panel.time_name).reset_index()
    return loose("by_year", frame, facts={"time": panel.time_name})


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


def by_group(panel: Panel, group: str, d: FloatArray) -> Part:
    """Return the mean, sd (n-1) and count of D by year and group of regions."""
    facts = {"time": panel.time_name, "group": group}
    return loose("by_group", _by_year_and(panel, panel.group(group).to_numpy(), d), f"by_{group}", facts)


def by_policy(panel: Panel, policy: str, d: FloatArray) -> list[Part]:
    """Return the same for the regions a policy reaches by the last year and the others; none without both."""
    treated = (panel.cohort(policy) <= panel.times[-1]).to_numpy()
    if treated.all() or not treated.any():
        return []
    words = np.where(treated, str(TREATED), str(CONTROL))[panel.entity_codes]
    facts = {"time": panel.time_name, "policy": policy}
    return [loose("by_group", _by_year_and(panel, words, d), f"by_policy_{policy}", facts)]


def _by_year_and(panel: Panel, group: NDArray[Any], d: FloatArray) -> pd.DataFrame:
    keys = [pd.Series(panel.years, name=panel.time_name), pd.Series(group, name="group")]
    grouped = pd.Series(d).groupby(keys)
    frame = pd.DataFrame({"mean": grouped.mean(), "std_dev": grouped.std(), "nobs": grouped.count()})
    return frame.reset_index()


def density(panel: Panel, d: FloatArray) -> Part[Density]:
    """Return kernel densities of D in the first, middle and last year on one grid of [0, 1]."""
    times = panel.times
    shown = sorted({times[0], times[(len(times) - 1) // 3], times[2 * (len(times) - 1) // 3], times[-1]})
    grid = np.linspace(0, 1, GRID)
    curves = [kernel_density(d[panel.years == year], grid) for year in shown]
    value = Density(
        group=tuple(str(year) for year in shown for _ in range(GRID)),
        at=np.tile(grid, len(shown)),
        density=np.concatenate([found for found, _ in curves]),
        variable=Name("D"),
        bandwidth=np.repeat([width for _, width in curves], GRID),
    )
    return Part(value)


def ranking(panel: Panel, d: FloatArray) -> Part:
    """Return each entity's mean D, its D in the first and last year, the change, and its rank by the last year."""
    frame = pd.DataFrame({"D": d}, index=panel.frame.index)
    wide = frame["D"].unstack()
    first, last = wide[panel.times[0]], wide[panel.times[-1]]
    table = pd.DataFrame({"mean": wide.mean(axis=1), "first": first, "last": last, "change": last - first})
    table["rank"] = table["last"].rank(ascending=False, method="min")
    table = table.rename_axis(panel.entity_name).reset_index()
    table = table.sort_values(["last", panel.entity_name], ascending=[False, True], ignore_index=True)
    facts = {"entity": panel.entity_name, "first": panel.times[0], "last": panel.times[-1]}
    return loose("ranking", table, facts=facts)


def _pairs(panel: Panel, values: pd.Series[str]) -> FloatArray:
    codes = pd.factorize(values)[0]
    return np.asarray(panel.entity_codes * (codes.max() + 1) + codes)


def timeline(panel: Panel, policies: Sequence[str]) -> tuple[Part, ...]:
    """Return when each policy reaches which region, as a calendar of region, year, count and 0/1 columns.

    Nothing is returned without policies.
    """
    if not policies:
        return ()
    starts = np.column_stack([panel.cohort(policy).to_numpy(dtype=float) for policy in policies])
    on = (panel.years[:, None] >= starts[panel.entity_codes]).astype(int)
    frame = pd.DataFrame(
        {
            "region": [panel.entities[i] for i in panel.entity_codes],
            "year": panel.years,
            "count": on.sum(axis=1),
            **{policy: on[:, p] for p, policy in enumerate(policies)},
        }
    )
    return (loose("policy_calendar", frame, "timeline", {"policies": list(policies)}),)
