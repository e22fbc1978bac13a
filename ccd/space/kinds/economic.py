"""Weights of regions that are economically alike, alone or nested in distance."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ccd.arrays import FloatArray
from ccd.errors import DataError, Words
from ccd.panel import Panel
from ccd.space.distance import distances, needed, places_of
from ccd.space.kinds.distance import separate
from ccd.space.kinds.links import Links
from ccd.space.spec import WeightsSpec
from ccd.words import Name, text


def links(panel: Panel, spec: WeightsSpec, base: Path, where: Words) -> Links:
    """Return 1/|x_i - x_j|, or nested x_j / (d_ij mean x), x being the mean of a column over years."""
    column = str(spec.column)
    first, last = spec.years or untreated_years(panel)
    x = means(panel, column, first, last, where)
    name = Name(str(where).rsplit(".", 1)[-1].rstrip("]"))
    notes = (
        text("Weights {name}: mean of {column} over {first}-{last}",
             name=name, column=Name(column), first=first, last=last),
    )  # fmt: skip
    if spec.nested:
        if (x <= 0).any():
            lowest = panel.entities[int(x.argmin())]
            raise DataError(
                text(
                    "the mean of '{column}' is not positive in {lowest}, so its weight would not be",
                    column=column,
                    lowest=lowest,
                ),
                where=where,
                fix=text("nested weights need a column that is positive"),
            )
        apart = separate(
            panel, distances(*needed(places_of(panel, spec.lon, spec.lat, where=where), where)), where
        )
        return Links(x / (apart * x.mean()), notes=notes)
    gap = np.abs(x[:, None] - x)
    np.fill_diagonal(gap, np.inf)
    if (gap == 0).any():
        i, j = np.argwhere(gap == 0)[0]
        raise DataError(
            text(
                "{region} and {other} have the same mean of '{column}', so 1/|x_i - x_j| has no value",
                region=panel.entities[i],
                other=panel.entities[j],
                column=column,
            ),
            where=where,
            fix=text("take another column, other years, or nested = true"),
        )
    return Links(1 / gap, notes=notes)


def untreated_years(panel: Panel) -> tuple[int, int]:
    """Return the years before the first treatment by any policy; all years where nothing is treated."""
    starts = [start for cohort in panel.cohorts.values() for start in cohort.dropna().tolist()]
    inside = [start for start in starts if panel.times[0] < start <= panel.times[-1]]
    before = [year for year in panel.times if not inside or year < min(inside)]
    return before[0], before[-1]


def means(panel: Panel, column: str, first: int, last: int, where: Words) -> FloatArray:
    """Return the mean of a column over years by region, (N,). Raises DataError where a cell is missing."""
    inside = (panel.years >= first) & (panel.years <= last)
    values, size = panel.column(column), len(panel.entities)
    count = np.bincount(panel.entity_codes[inside], minlength=size)
    found = np.bincount(panel.entity_codes[inside], values[inside], size) / np.maximum(count, 1)
    bad = ~np.isfinite(found) | (count == 0)
    if bad.any():
        raise DataError(
            text(
                "'{column}' is missing in {region} between {first} and {last}",
                column=column,
                region=panel.entities[int(np.argmax(bad))],
                first=first,
                last=last,
            ),
            where=where,
            fix=text("fill the cell, or name other years"),
        )
    return np.asarray(found)
