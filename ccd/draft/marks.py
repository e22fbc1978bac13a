"""What columns say beside the indicators: dates of a policy, coordinates, groups of regions, gaps to fill."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from ccd.cells import to_floats
from ccd.draft.shape import folded
from ccd.transforms.gaps import between

COORDINATES = {"lon": 180, "lng": 180, "longitude": 180, "经度": 180, "lat": 90, "latitude": 90, "纬度": 90}
#: Share of cells that interpolation may be proposed for.
FEW = 0.05
#: Years in a row that it may be proposed for.
RUN = 3


@dataclass(frozen=True)
class Marks:
    """Columns by what they say; ``gaps`` are the missing cells of a column that interpolation fills."""

    dated: tuple[str, ...]
    dummies: tuple[str, ...]
    coordinates: tuple[str, ...]
    groups: tuple[str, ...]
    gaps: dict[str, tuple[str, ...]]

    def others(self) -> frozenset[str]:
        """Return the columns that are no indicators."""
        return frozenset((*self.dated, *self.dummies, *self.coordinates, *self.groups))


def marks_of(table: pd.DataFrame, regions: pd.Series[Any], years: Any) -> Marks:
    """Return what the columns of ``table`` (region and year left out) say."""
    dated, dummies, coordinates, groups = [], [], [], []
    gaps: dict[str, tuple[str, ...]] = {}
    for column in map(str, table.columns):
        cells, values = table[column], to_floats(table[column])
        known = np.isfinite(values)
        number = bool(known.any()) and not (cells.notna().to_numpy() & ~known).any()
        by = cells.groupby(regions.to_numpy())
        # one thing of each region: a cell of it, in all its rows or in none
        fixed = bool((by.nunique(dropna=False) <= 1).all())
        if number and fixed and _in_range(column, values[known]):
            coordinates.append(column)
        elif number and fixed and _is_date(values[known], years) and cells.nunique() < regions.nunique():
            dated.append(column)
        elif number and _switches(values, regions, years):
            dummies.append(column)
        elif (not number or column in table.attrs.get("values", {})) and fixed and known.sum() < len(cells):
            if 2 <= cells.nunique() <= regions.nunique() / 2:
                groups.append(column)
        elif column in table.attrs.get("values", {}):
            groups.append(column)
        elif number and 0 < (~known).sum() <= max(5, FEW * len(cells)):
            filled = _fillable(values, regions, years)
            if filled:
                gaps[column] = filled
    return Marks(tuple(dated), tuple(dummies), tuple(coordinates), tuple(groups), gaps)


def _in_range(column: str, values: Any) -> bool:
    limit = next((most for name, most in COORDINATES.items() if folded(column).startswith(name)), None)
    return limit is not None and bool((np.abs(values) <= limit).all())


def _is_date(values: Any, years: Any) -> bool:
    whole = (values == np.floor(values)) & (values >= 1900) & (values <= 2100)
    return bool(whole.all()) and bool(((values > years.min()) & (values <= years.max())).any())


def _switches(values: Any, regions: pd.Series[Any], years: Any) -> bool:
    """Tell whether a column is 0/1, switches on once where it does, and does so somewhere."""
    if not np.isin(values, [0, 1]).all():
        return False
    order = np.lexsort([years, pd.factorize(regions)[0]])
    steps = pd.Series(values[order]).groupby(regions.to_numpy()[order]).diff()
    return bool((steps == 1).any()) and not bool((steps == -1).any())


def _fillable(values: Any, regions: pd.Series[Any], years: Any) -> tuple[str, ...]:
    """Return the missing cells, where each lies between two known years of its region; none otherwise."""
    found = []
    for region, rows in pd.Series(range(len(values))).groupby(regions.to_numpy()):
        at = rows.to_numpy()[np.argsort(years[rows.to_numpy()])]
        filled = between(years[at].astype(np.float64), values[at], "linear")
        if not np.isfinite(filled).all() or _longest_run(~np.isfinite(values[at])) > RUN:
            return ()
        found += [f"{region} {int(year)}" for year in years[at][~np.isfinite(values[at])]]
    return tuple(found)


def _longest_run(missing: Any) -> int:
    """Return how many of ``missing`` (t,) are true in a row at most."""
    known = np.flatnonzero(np.concatenate([[True], ~missing, [True]]))
    return int(np.diff(known).max()) - 1
