"""Where the table of a file begins and ends, and whether its columns are years."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from ccd.cells import DataSpec, as_text, read_data, to_floats, year_of
from ccd.cells.spec import MergeSpec
from ccd.draft.together import Piece, together
from ccd.errors import DataError
from ccd.readers import kind_of, read_sheets
from ccd.readers.delimited import cells_of
from ccd.readers.grid import filled
from ccd.readers.layout import Layout
from ccd.readers.xls import xls_grids
from ccd.readers.xlsx import xlsx_grids
from ccd.words import text

#: Rows in which the names of the columns are looked for.
SEEN = 40


def read_raw(
    path: Path, sheet: str | None, more: Sequence[Path] = ()
) -> tuple[pd.DataFrame, dict[str, Any], tuple[MergeSpec, ...]]:
    """Return the table of a file, the keys of ``[data]`` with which it is read so, and what is joined to it.

    Of several sheets the only one with a table is taken: the others hold notes, in a column or two. Sheets of the
    same regions are joined, and so are ``more`` files; paths of the joined are relative to the first. Raises DataError.
    """
    only = sheet or (None if more else _only_table(path))
    found = None if sheet or (only and not more) else _joined(path, more)
    if found is not None:
        return found
    if more:
        raise DataError(
            text("the files have no regions in common"),
            where=", ".join(map(str, (path, *more))),
            fix=text("each needs a column of the same regions; one of them a column of years too"),
        )
    return *_alone(path, only), ()


def _joined(
    path: Path, more: Sequence[Path]
) -> tuple[pd.DataFrame, dict[str, Any], tuple[MergeSpec, ...]] | None:
    """Return ``read_raw`` of several sheets or files that go together; None where they do not."""
    pieces = []
    for file in (path, *more):
        for name in _sheets(file) or [None]:
            edges = _edges(file, name)
            layout = Layout(name, (), edges.get("skip_rows", 0), edges.get("skip_footer", 0))
            read = read_sheets(file, layout)
            if _wide(read) or len(read) != 1:
                return None
            pieces.append(Piece(None if file == path else file, name, next(iter(read.values())), edges))
    found = together(pieces, path.parent) if len(pieces) > 1 else None
    if found is None or found.first.path is not None:
        return None
    keys = {**found.first.edges, **({} if found.first.sheet is None else {"sheet": found.first.sheet})}
    spec = DataSpec(path=path.name, entity=found.entity, time=found.time, merge=found.merges, **keys)
    return read_data(spec, path.parent), keys, found.merges


def _sheets(path: Path) -> list[str | None]:
    """Return the sheets of a workbook that hold two columns or more."""
    grids = xlsx_grids(path, None) if kind_of(path) in ("xlsx", "xlsm") and path.is_file() else {}
    return [
        name
        for name, grid in grids.items()
        if max((sum(map(filled, row)) for row in grid.rows), default=0) > 1
    ]


def _alone(path: Path, sheet: str | None) -> tuple[pd.DataFrame, dict[str, Any]]:
    keys = _edges(path, sheet)
    if sheet is not None:
        keys["sheet"] = sheet
    sheets = read_sheets(path, Layout(sheet, (), keys.get("skip_rows", 0), keys.get("skip_footer", 0)))
    keys |= _wide(sheets)
    if not keys.get("wide"):
        table = _one(sheets, path, keys)
        entity = _merged(table)
        if entity is not None:
            keys["merged"] = True
            table = table.assign(**{entity: table[entity].ffill()})
        return table, keys
    entity = keys.pop("entity")
    spec = DataSpec(path=path.name, entity=entity, time=_free("year", sheets), **keys)
    return read_data(spec, path.parent), keys


def _one(sheets: Mapping[str, pd.DataFrame], path: Path, keys: Mapping[str, Any]) -> pd.DataFrame:
    if len(sheets) == 1:
        return next(iter(sheets.values()))
    from ccd.readers import read_table

    return read_table(path, skip_rows=keys.get("skip_rows", 0))  # raises: several sheets hold data


def _only_table(path: Path) -> str | None:
    """Return the sheet that holds three columns or more, where the others hold fewer and one does; None otherwise."""
    grids = xlsx_grids(path, None) if kind_of(path) in ("xlsx", "xlsm") and path.is_file() else {}
    held = {name: [row for row in grid.rows if any(map(filled, row))] for name, grid in grids.items()}
    widest = {name: max(sum(map(filled, row)) for row in rows) for name, rows in held.items() if rows}
    wide = [name for name, count in widest.items() if count > 2]
    return wide[0] if len(wide) == 1 < len(widest) else None


def _edges(path: Path, sheet: str | None) -> dict[str, Any]:
    """Return skip_rows and skip_footer, where there is something above or below the table."""
    kind = kind_of(path)
    grids: list[Sequence[Sequence[object]]] = []
    try:
        if kind in ("csv", "txt", "tsv"):
            grids = [cells_of(path)]
        elif kind in ("xlsx", "xlsm"):
            grids = [grid.rows for grid in xlsx_grids(path, sheet).values()]
        elif kind == "xls":
            grids = [grid.rows for grid in xls_grids(path, sheet).values()]
    except OSError:
        return {}  # whatever it is, the reader says it
    grids = [rows for rows in grids if any(any(map(filled, row)) for row in rows)]
    found = {(_above(rows), _below(rows)) for rows in grids}
    if len(found) != 1:
        return {}
    above, below = found.pop()
    return {**({"skip_rows": above} if above else {}), **({"skip_footer": below} if below else {})}


def _above(rows: Sequence[Sequence[object]]) -> int:
    """Return how many lines stand above the first that is filled as far as those below it."""
    counts = [sum(map(filled, row)) for row in rows[:SEEN]]
    widest = max(counts, default=0)
    first = next((i for i, count in enumerate(counts) if count >= 0.8 * widest), 0)
    return first if widest > 2 and all(count <= 2 for count in counts[:first]) else 0


def _below(rows: Sequence[Sequence[object]]) -> int:
    """Return how many filled rows at the end hold one cell alone, in the first column."""
    held = [row for row in rows if any(map(filled, row))]
    if max((sum(map(filled, row)) for row in held), default=0) <= 2:
        return 0
    count = 0
    for row in reversed(held):
        if not (filled(row[0]) and sum(map(filled, row)) == 1):
            break
        count += 1
    return count


def _wide(sheets: Mapping[str, pd.DataFrame]) -> dict[str, Any]:
    """Return wide, the region and the indicator, where two columns or more of every sheet are years."""
    tables = list(sheets.values())
    for table in tables:
        heads = [str(head) for head in table.columns]
        years = [head for head in heads if year_of(head) is not None]
        if len(years) < 2 or len(years) * 2 < len(heads):
            return {}
    first = tables[0]
    words = [str(c) for c in first.columns if year_of(str(c)) is None and not _numeric(first[c])]
    if not words or any(words[0] not in table.columns for table in tables):
        return {}
    entity = words[0]
    names = first[entity].ffill().map(as_text)
    if not names.duplicated().any():
        return {"wide": True, "entity": entity}
    for column in words[1:]:
        pairs = pd.DataFrame({"region": names, "indicator": first[column]})
        if not pairs.duplicated().any() and not first[column].isna().any():
            return {"wide": True, "entity": entity, "indicator": column}
    return {}


def _merged(table: pd.DataFrame) -> str | None:
    """Return the first column where it is text with gaps below each name, as merged cells leave them in a csv."""
    column = str(table.columns[0])
    cells = table[column]
    if _numeric(cells) or not cells.isna().any() or pd.isna(cells.iloc[0]):
        return None
    rest = table.drop(columns=[column])
    return (
        column if bool(rest[cells.isna()].notna().any(axis=1).all()) and cells.isna().mean() >= 0.5 else None
    )


def _numeric(cells: pd.Series[Any]) -> bool:
    known = cells.dropna()
    return len(known) > 0 and bool(pd.notna(to_floats(known)).all())


def _free(name: str, sheets: Mapping[str, pd.DataFrame]) -> str:
    """Return a name for the column of years that no column has."""
    taken = {str(column) for table in sheets.values() for column in table.columns} | {*sheets}
    while name in taken:
        name += "_"
    return name
