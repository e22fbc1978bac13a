"""Several sheets or files with the same regions: which is the first, and how the others are joined to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from ccd.cells import as_text, to_floats
from ccd.cells.spec import MergeSpec
from ccd.draft.shape import YEARS, entity_column, folded, time_column
from ccd.draft.tidy import tidied
from ccd.errors import DataError

#: Share of the first table's regions that another must hold to be joined to it.
MOST = 0.5


class Piece(NamedTuple):
    """One table of those to be joined: its file (none: the first file), its sheet, the lines around it."""

    path: Path | None
    sheet: str | None
    table: pd.DataFrame
    edges: Mapping[str, Any]


class Together(NamedTuple):
    """The piece that has regions and years, these columns of it, and what is joined to it."""

    first: Piece
    entity: str
    time: str
    merges: tuple[MergeSpec, ...]


def together(pieces: Sequence[Piece], base: Path) -> Together | None:
    """Return how ``pieces`` are joined, paths relative to ``base``; None where fewer than two go together.

    The first with a column of regions and one of years comes first. Another goes with it where a column holds its
    regions, with a column of years or alone, and each row is there once. Columns that are there already stay out.
    """
    read = [tidied(piece.table) for piece in pieces]
    first = next((place for place, table in enumerate(read) if _keys(table) is not None), None)
    if first is None:
        return None
    table = read[first]
    entity, time = _keys(table) or ("", "")
    taken, merges = set(map(str, table.columns)), []
    for piece, other in zip(pieces, read, strict=True):
        if other is table:
            continue
        on = _shared(table, other, entity, time)
        if on is None:
            continue
        new = [str(c) for c in other.columns if str(c) not in (*taken, *on.values())]
        if not new:
            continue
        clash = len(new) + len(on) < len(other.columns)
        named = {} if all(ours == theirs for ours, theirs in on.items()) else on
        path = "" if piece.path is None else Path(_relative(piece.path, base)).as_posix()
        merges.append(
            MergeSpec(
                path=path, sheet=piece.sheet, on=named, columns=tuple(new) if clash else (), **piece.edges
            )
        )
        taken.update(new)
    return Together(pieces[first], entity, time, tuple(merges)) if merges else None


def _relative(path: Path, base: Path) -> str:
    import os

    try:
        return os.path.relpath(path.resolve(), base.resolve())
    except ValueError:  # two drives of Windows
        return str(path.resolve())


def _keys(table: pd.DataFrame) -> tuple[str, str] | None:
    try:
        time = time_column(table, "")
        return entity_column(table, time, "")[0], time
    except DataError:
        return None


def _shared(table: pd.DataFrame, other: pd.DataFrame, entity: str, time: str) -> dict[str, str] | None:
    """Return the columns to join on, ours -> theirs: region and year, or the region alone."""
    regions = set(table[entity].map(as_text))
    held = {str(c): len(regions & set(other[c].dropna().map(as_text))) / len(regions) for c in other.columns}
    theirs = entity if held.get(entity, 0) >= MOST else max(held, key=lambda c: held[c])
    if held[theirs] < MOST or other[theirs].isna().any():
        return None
    years = set(to_floats(table[time]).tolist())
    for column in sorted(map(str, other.columns), key=lambda c: c != time):
        named = column == time or folded(column) in map(folded, YEARS)
        values = to_floats(other[column])
        if named and column != theirs and np.isfinite(values).all() and years & set(values.tolist()):
            return None if other.duplicated([theirs, column]).any() else {entity: theirs, time: column}
    return None if other[theirs].duplicated().any() else {entity: theirs}
