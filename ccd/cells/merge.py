"""A second file or sheet, joined to the rows of the first by region, by region and year, or by named columns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from ccd.arrays import IntArray
from ccd.cells.lines import Lines, Place, Places, lines_of
from ccd.cells.looks import SHOWN
from ccd.cells.names import as_text, blanked, no_name
from ccd.cells.spec import DataSpec, MergeSpec
from ccd.cells.years import find_years, no_year
from ccd.errors import DataError, Words, raise_all, suggest
from ccd.words import Name, Text, text

#: Rows named in a note.
NAMED = 20


@dataclass(frozen=True)
class Side:
    """A table of a join: what it is called, its records, where they stand, and the text of their keys."""

    name: str
    table: pd.DataFrame
    lines: Lines
    keys: list[tuple[str, ...] | None]


def joined(first: pd.DataFrame, second: pd.DataFrame, spec: DataSpec, merge: MergeSpec) -> pd.DataFrame:
    """Return the rows of ``first`` with the columns of ``second``; what matched nothing is a note.

    Raises DataError for columns that are not there or stand in both, and for keys that are empty or repeated.
    """
    name = merge.path or f"{spec.path}, {merge.sheet}"
    on = key_columns(second, spec, merge, name)
    faults = [*_missing(first, on, spec.path), *_missing(second, on.values(), name)]
    taken, clashes = _taken(first, second, on, merge, name)
    raise_all([*faults, *clashes])
    if merge.how == "outer" and spec.time not in on:
        raise DataError(
            text('how = "outer" adds rows, which need a year'),
            where=text("study, [[data.merge]] {file}", file=name),
            fix=text('take how = "left", or join on region and year'),
        )
    left = _side(first, list(on), spec, spec.path, strict=False)
    right = _side(second, list(on.values()), spec, name, strict=True, years=on.get(spec.time))
    raise_all([*_repeated(right, merge), *(_repeated(left, merge) if merge.check == "1:1" else [])])
    where = {key: i for i, key in enumerate(right.keys)}
    at = np.array([-1 if key is None else where.get(key, -1) for key in left.keys], dtype=np.intp)
    rest = np.setdiff1d(np.arange(len(second)), at)
    added = rest if merge.how == "outer" else rest[:0]
    notes = _unmatched(left, right, at, rest, merge, name)
    return _together(left, right, on, taken, at, added, notes)


def key_columns(second: pd.DataFrame, spec: DataSpec, merge: MergeSpec, name: str) -> dict[str, str]:
    """Return the columns to join on: ours -> theirs."""
    if isinstance(merge.on, dict) and merge.on:
        return dict(merge.on)
    if merge.on:
        return {column: column for column in merge.on}
    own = [column for column in (spec.entity, spec.time) if column in second.columns]
    if spec.entity not in own:
        raise DataError(
            text("there is no column '{column}' to join on", column=spec.entity),
            where=text("{file}, header", file=name),
            fix=text(
                "{near}name the columns of both: on = {{ {column} = \"COLUMN\" }}; columns are: {columns}",
                near=suggest(spec.entity, map(str, second.columns)),
                column=spec.entity,
                columns=tuple(map(str, second.columns[:40])),
            ),
        )  # fmt: skip
    return {column: column for column in own}


def _missing(table: pd.DataFrame, wanted: Any, name: str) -> list[DataError]:
    known = [*map(str, table.columns)]
    return [
        DataError(
            text("there is no column '{column}' to join on", column=column),
            where=text("{file}, header", file=name),
            fix=text("{near}columns are: {columns}", near=suggest(column, known), columns=tuple(known[:40])),
        )
        for column in wanted
        if column not in known
    ]


def _taken(
    first: pd.DataFrame, second: pd.DataFrame, on: dict[str, str], merge: MergeSpec, name: str
) -> tuple[list[str], list[DataError]]:
    """Return the columns to take, and the errors of those that are unknown or stand in both files."""
    free = [column for column in map(str, second.columns) if column not in on.values()]
    wanted = list(merge.columns) or free
    where = text("study, [[data.merge]] {file}", file=name)
    unknown = [column for column in wanted if column not in free]
    clash = [column for column in wanted if column in first.columns and column not in unknown]
    faults = [
        DataError(
            text("there is no column '{column}'", column=column),
            where=where,
            fix=text("{near}columns are: {columns}", near=suggest(column, free), columns=tuple(free[:40])),
        )
        for column in unknown
    ]
    if clash:
        rest = tuple(column for column in wanted if column not in clash)
        faults.append(
            DataError(
                text("columns stand in both files: {columns}", columns=tuple(clash)),
                where=where,
                fix=text(
                    "take the others alone: columns = [{columns}]", columns=tuple(f'"{c}"' for c in rest)
                ),
            )
        )
    return wanted, faults


def _side(
    table: pd.DataFrame, on: list[str], spec: DataSpec, name: str, *, strict: bool, years: str | None = None
) -> Side:
    """Return a table with its keys as text, None where one is empty; ``strict`` refuses those."""
    lines = lines_of(table, name)
    faults: list[DataError] = []
    parts = []
    for column in on:
        if column == (years or spec.time):
            found, bad = find_years(table[column])
            if strict and bad.any():
                faults.append(no_year(table[column], bad, lines))
            parts.append([None if gone else str(int(year)) for year, gone in zip(found, bad, strict=True)])
            continue
        cells = blanked(table[column])
        if strict and cells.isna().any():
            faults.append(no_name(cells, column, lines))
        named = table.attrs.get("values", {}).get(column, {})
        parts.append([None if pd.isna(cell) else as_text(named.get(cell, cell)) for cell in cells])
    raise_all(faults)
    keys = [None if None in key else key for key in zip(*parts, strict=True)]
    return Side(name, table, lines, keys)


def _repeated(side: Side, merge: MergeSpec) -> list[DataError]:
    known = pd.Index([key for key in side.keys if key is not None], tupleize_cols=False)
    twice = known[known.duplicated()]
    if not len(twice):
        return []
    rows = [
        side.lines.row(i, str(side.table.columns[0]))
        for i, key in zip(side.table.index, side.keys, strict=True)
        if key == twice[0]
    ]
    return [
        DataError(
            text("{key} stands in {count} {count:row|rows}", key=" ".join(twice[0]), count=len(rows)),
            where=text("{file}, rows {rows}", file=side.name, rows=tuple(map(str, rows[:SHOWN]))),
            fix=text(
                'keep one, name more columns under on, or take check = "m:1" where rows of the first file share one '
                "of the second"
            ),
        )
    ]


def _unmatched(
    left: Side, right: Side, at: IntArray, rest: IntArray, merge: MergeSpec, name: str
) -> list[Text]:
    """Return notes of rows without a partner, in either file."""
    alone = list(
        dict.fromkeys(key for key, i in zip(left.keys, at, strict=True) if i < 0 and key is not None)
    )
    others = [key for key in (right.keys[i] for i in rest) if key is not None]
    notes = []
    if alone:
        notes.append(text("{file} has no row for {rows}", file=Name(name), rows=_listed(alone)))
    if others and merge.how == "left":
        notes.append(
            text("{file}: not in the first file, and left out: {rows}", file=Name(name), rows=_listed(others))
        )
    elif others:
        notes.append(
            text("{file}: not in the first file, and added: {rows}", file=Name(name), rows=_listed(others))
        )
    return notes


def _listed(keys: list[tuple[str, ...]]) -> Words:
    shown = tuple(Name(" ".join(key)) for key in keys[:NAMED])
    if len(keys) <= NAMED:
        return text("{rows}", rows=shown)
    return text("{rows} and {count} more", rows=shown, count=len(keys) - NAMED)


def _together(
    left: Side,
    right: Side,
    on: dict[str, str],
    taken: list[str],
    at: IntArray,
    added: IntArray,
    notes: list[Text],
) -> pd.DataFrame:
    """Return both tables side by side, with the place of every cell."""
    first, second = left.table, right.table.reset_index(drop=True)
    size = len(first) + len(added)
    columns: dict[str, Any] = {}
    places: dict[str, Place] = {}
    none = np.zeros(len(added), dtype=np.intp)
    for column in map(str, first.columns):
        own = first[column].reset_index(drop=True)
        if len(added):
            more = second[on[column]].iloc[added] if column in on else pd.Series([None] * len(added))
            own = pd.concat([own.astype(object), more.astype(object)], ignore_index=True)
        columns[column] = own
        place = left.lines.place(column, first.index)
        heads = None if place.columns is None else np.concatenate([place.columns, np.full(len(added), "")])
        places[column] = Place(place.source, np.concatenate([place.rows, none]), heads)
    rows = np.concatenate([at, added])
    lines = right.lines.place("", right.table.index).rows
    for column in taken:
        columns[column] = second[column].reindex(rows).reset_index(drop=True)
        places[column] = Place(right.name, np.where(rows >= 0, lines[rows], 0))
    table = pd.DataFrame(columns, index=range(size))
    mine, theirs = first.attrs, right.table.attrs
    table.attrs.update(
        {
            **mine,
            "places": Places(places),
            "notes": [*mine.get("notes", ()), *_encoding(right), *notes],
            "labels": {**theirs.get("labels", {}), **mine.get("labels", {})},
            "values": {**theirs.get("values", {}), **mine.get("values", {})},
            "delimiter": ";" if ";" in (mine.get("delimiter"), theirs.get("delimiter")) else ",",
        }
    )
    return table


def _encoding(side: Side) -> list[Text]:
    if side.table.attrs.get("encoding") != "GB18030":
        return []
    return [text("{file} is not UTF-8 and was read as GB18030", file=Name(side.name))]
