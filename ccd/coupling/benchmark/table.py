"""The small table of areas: read, and told as parts."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ccd.arrays import FloatArray
from ccd.cells import as_text, lines_of, read_numbers
from ccd.coupling.benchmark.areas import cosines, ranks
from ccd.errors import DataError, suggest
from ccd.readers import read_table
from ccd.results import AreaCosines, AreaRanks, Areas, Part, Value
from ccd.words import Text, text

#: Fewer rows carry no entropy weights, and so no D.
FEWEST = 10


def table_parts(folder: Path, file: str, area: str | None, note: str) -> list[Part[Value]]:
    """Return ratios, ranks and cosines of the areas in ``file``. Raises DataError where it is no table of figures."""
    entities, columns, x = read_areas(folder, file)
    first = entities[0] if area is None else area
    if first not in entities:
        raise DataError(
            text("there is no area '{name}'", name=first),
            where=text("study, [benchmark] {key}", key="area"),
            fix=text("{near}areas: {areas}", near=suggest(first, entities), areas=tuple(entities)),
        )
    said: tuple[Text, ...] = (text("{note}", note=note),) if note else ()
    if len(entities) < FEWEST:
        said += (
            text(
                "{count} areas carry no entropy weights: no index and no D is made of them",
                count=len(entities),
            ),
        )
    own = entities.index(first)
    peers = [k for k in range(len(entities)) if k != own]
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(x[peers] > 0, x[own] / x[peers], np.nan)
    rank = ranks(x)
    alike = cosines(x)
    pairs = [(i, j) for i in range(len(entities)) for j in range(i + 1, len(entities))]
    n, k = len(peers), len(columns)
    ratios = Areas(
        peer=tuple(entities[p] for p in peers for _ in columns),
        column=tuple(columns) * n,
        value=np.tile(x[own], n),
        peer_value=x[peers].ravel(),
        ratio=ratio.ravel(),
        area=first,
    )
    places = AreaRanks(
        entity=tuple(name for name in entities for _ in columns),
        column=tuple(columns) * len(entities),
        value=x.ravel(),
        rank=rank.ravel(),
        areas=np.tile(np.isfinite(x).sum(axis=0), len(entities)).reshape(-1, k).ravel().astype(np.intp),
        area=first,
    )
    likeness = AreaCosines(
        first=tuple(entities[i] for i, _ in pairs),
        second=tuple(entities[j] for _, j in pairs),
        cosine=np.array([alike[i, j] for i, j in pairs]),
        area=first,
    )
    scaled = text("Cosine of figures divided by the mean of their column")
    return [
        Part(ratios, notes=said),
        Part(places, notes=said[:1] if note else ()),
        Part(likeness, notes=(*(said[:1] if note else ()), scaled)),
    ]


def read_areas(folder: Path, file: str) -> tuple[list[str], list[str], FloatArray]:
    """Return areas (n), columns (k) and figures (n, k; empty cells nan) of a table whose first column names areas."""
    table = read_table(folder / file)
    named, *columns = [str(name) for name in table.columns]
    lines = lines_of(table, file)
    entities = [as_text(cell).strip() for cell in table[named]]
    twice = next((i for i, name in enumerate(entities) if not name or name in entities[:i]), None)
    if twice is not None:
        raise DataError(
            text("an area is named twice, or not at all: '{name}'", name=entities[twice]),
            where=lines.at(twice, named),
            fix=text("give each row the name of its own area"),
        )
    if len(entities) < 2 or not columns:
        raise DataError(
            text("a table of areas has at least two rows and a column of figures"),
            where=text("{file}, header", file=file),
            fix=text("a row an area: its name, then its figures"),
        )
    x = np.empty((len(entities), len(columns)))
    for j, column in enumerate(columns):
        x[:, j], _ = read_numbers(table[column])
        bad = np.flatnonzero(table[column].notna().to_numpy() & ~np.isfinite(x[:, j]))
        if len(bad):
            raise DataError(
                text("'{cell}' is no number", cell=as_text(table[column].iloc[bad[0]])),
                where=lines.at(int(bad[0]), column),
                fix=text("mend the cell, or take the column out of the table"),
            )
    return entities, columns, x
