"""Weights of a matrix that the study brings along."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ccd.errors import DataError, Words
from ccd.panel import Panel
from ccd.readers import read_table
from ccd.space.kinds.links import Links, places_in, weight_of
from ccd.space.spec import WeightsSpec
from ccd.words import text


def links(panel: Panel, spec: WeightsSpec, base: Path, where: Words) -> Links:
    """Return the matrix of a csv file whose first column and header name the regions, in any order."""
    path = base / str(spec.path)
    table = read_table(path)
    at = text("{where}, {key}", where=where, key=path)
    sides = [[str(name) for name in table.iloc[:, 0]], [str(name) for name in table.columns[1:]]]
    placed = [places_in(panel.entities, side, at) for side in sides]
    for side, found in zip((text("row"), text("column")), placed, strict=True):
        twice = [panel.entities[i] for i in found if found.count(i) > 1]
        if twice:
            raise DataError(
                text("{region} has more than one {side}", region=twice[0], side=side),
                where=at,
                fix=text("keep one"),
            )
        missing = [region for i, region in enumerate(panel.entities) if i not in found]
        if missing:
            raise DataError(
                text("{region} has no {side}", region=missing[0], side=side),
                where=at,
                fix=text("every region needs a row and a column"),
            )
    cells = np.column_stack(
        [
            weight_of(table[column].astype(str), text("{where}, {key}", where=at, key=column))
            for column in table.columns[1:]
        ]
    )
    raw = np.zeros_like(cells)
    raw[np.ix_(*placed)] = cells
    loop = np.flatnonzero(np.diag(raw))
    if len(loop):
        raise DataError(
            text("{region} is its own neighbour", region=panel.entities[loop[0]]),
            where=at,
            fix=text("the diagonal holds zeros"),
        )
    return Links(raw)
