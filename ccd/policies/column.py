"""First treated years from a column of the data: years, or 0/1 that switches on once."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ccd.errors import DataError
from ccd.panel import Panel
from ccd.words import Text, text


def from_column(panel: Panel, column: str) -> pd.Series[float]:
    """Return the first treated year of each entity, missing = never. Raises DataError where none can be told."""
    entities = pd.Index(panel.entities)
    if column in panel.groups.columns:
        cells = panel.groups[column]
        bad = cells[cells != ""]
        if len(bad):
            entity, year = bad.index[0]
            raise DataError(
                text("'{cell}' is not a year", cell=bad.iloc[0]),
                where=text("{file}, column {column}, {region} {year}",
                           file=panel.source, column=column, region=entity, year=year),
                fix=text("give the first treated year of each region; leave never treated ones blank"),
            )  # fmt: skip
    values = pd.Series(panel.column(column), index=panel.frame.index)
    if values.notna().any() and values.dropna().isin([0, 1]).all():
        return _switched_on(panel, column).reindex(entities)
    spread = values.groupby(level=0, sort=True).agg(["min", "max", "count", "size"])
    varies = (spread["min"] != spread["max"]) & (spread["count"] > 0) | (
        (spread["count"] > 0) & (spread["count"] < spread["size"])
    )
    if varies.any():
        raise DataError(
            text("the first treated year varies within {region}", region=spread.index[varies][0]),
            where=text("{file}, column {column}", file=panel.source, column=column),
            fix=text(
                "repeat the same year in every row of a region, blank = never treated; or give a 0/1 column"
            ),
        )
    years = spread["min"].reindex(entities)
    strange = years.notna() & ~(years.between(1000, 2999) & (years == np.floor(years)))
    if strange.any():
        raise DataError(
            text("{cell:g} is not a year", cell=float(years[strange].iloc[0])),
            where=text("{file}, column {column}, {region}",
                       file=panel.source, column=column, region=years.index[strange][0]),
            fix=text("give the first treated year of each region; leave never treated ones blank"),
        )  # fmt: skip
    return years.astype(float)


def _switched_on(panel: Panel, column: str) -> pd.Series[float]:
    """Return the year of the first 1 of each entity, missing = never.

    Refused are a column that switches off again, one whose switch falls on a missing cell, and one that never
    switches at all: it tells who is treated, and not when.
    """
    cells = panel.column(column)
    starts, switches = {}, False
    for code, entity in enumerate(panel.entities):
        rows = np.flatnonzero(panel.entity_codes == code)
        own, years = cells[rows], panel.years[rows]
        on = np.flatnonzero(own == 1)
        starts[entity] = float(years[on[0]]) if len(on) else np.nan
        if not len(on):
            continue
        first = int(on[0])
        off = np.flatnonzero(own[first:] == 0)
        if len(off):
            raise DataError(
                text("the policy switches off again in {year}", year=int(years[first + off[0]])),
                where=_at(panel, column, entity, int(years[first + off[0]])),
                fix=text("a 0/1 column of a policy is 1 from the first treated year on"),
            )
        if first and np.isnan(own[first - 1]):
            raise DataError(
                text("the cell before the first 1 is empty: the year of the switch is not known"),
                where=_at(panel, column, entity, int(years[first - 1])),
                fix=text("fill it in with 0 or 1"),
            )
        switches |= first > 0
    if not switches and not np.isnan(list(starts.values())).all():
        raise DataError(
            text("the column never switches on: it tells who is treated, and not when"),
            where=text("{file}, column {column}", file=panel.source, column=column),
            fix=text("give the first treated year of each region, or 1 from that year on and 0 before"),
        )
    return pd.Series(starts, dtype=float)


def _at(panel: Panel, column: str, entity: str, year: int) -> Text:
    return text("{file}, column {column}, {region} {year}",
                file=panel.source, column=column, region=entity, year=year)  # fmt: skip
