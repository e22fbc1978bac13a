"""Weights of a matrix that the study brings along."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ccd.errors import DataError
from ccd.panel import Panel
from ccd.readers import read_table
from ccd.space.kinds.links import Links, places_in, weight_of
from ccd.space.spec import WeightsSpec


def links(panel: Panel, spec: WeightsSpec, base: Path, where: str) -> Links:
    """Return the matrix of a csv file whose first column and header name the regions, in any order."""
    path = base / str(spec.path)
    table = read_table(path)
    at = f"{where}, {path}"
    sides = [[str(name) for name in table.iloc[:, 0]], [str(name) for name in table.columns[1:]]]
    placed = [places_in(panel.entities, side, at) for side in sides]
    for side, found in zip(("row", "column"), placed, strict=True):
        twice = [panel.entities[i] for i in found if found.count(i) > 1]
        if twice:
            raise DataError(f"{twice[0]} has more than one {side}", where=at, fix="keep one")
        missing = [region for i, region in enumerate(panel.entities) if i not in found]
        if missing:
            raise DataError(
                f"{missing[0]} has no {side}", where=at, fix="every region needs a row and a column"
            )
    cells = np.column_stack(
        [weight_of(table[column].astype(str), f"{at}, {column}") for column in table.columns[1:]]
    )
    raw = np.zeros_like(cells)
    raw[np.ix_(*placed)] = cells
    loop = np.flatnonzero(np.diag(raw))
    if len(loop):
        raise DataError(
            f"{panel.entities[loop[0]]} is its own neighbour", where=at, fix="the diagonal holds zeros"
        )
    return Links(raw)
