"""Sheets of cells, as workbooks of either format give them: header, merged cells, empty edges."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from ccd.errors import DataError
from ccd.readers.layout import Layout, checked_header, too_long
from ccd.words import text

Row = Sequence[object]


@dataclass(frozen=True)
class Merged:
    """One merged range: its first and last row and its first column, all counted from 0."""

    first: int
    last: int
    column: int


@dataclass(frozen=True)
class Grid:
    """The cells of one sheet from its first line on, and its merged ranges."""

    rows: Sequence[Row]
    merged: Sequence[Merged] = ()


def filled(cell: object) -> bool:
    """Tell whether a cell holds more than blanks."""
    return cell is not None and str(cell).strip() != ""


def tables(grids: Mapping[str, Grid], layout: Layout, path: Path) -> dict[str, pd.DataFrame]:
    """Return the table of each sheet that holds anything. Raises DataError when none does."""
    used = {name: grid for name, grid in grids.items() if any(any(map(filled, row)) for row in grid.rows)}
    if not used:
        raise DataError(text("the workbook is empty"), where=str(path), fix=text("check the file"))
    if len(used) == 1:
        return {name: _table(grid, layout, path) for name, grid in used.items()}
    return {name: _table(grid, layout, path / name) for name, grid in used.items()}


def chosen(names: Iterable[str], sheet: str | None, path: Path) -> list[str]:
    """Return the sheets to read, all or the one named. Raises DataError when there is no such sheet."""
    known = list(names)
    if sheet is None:
        return known
    if sheet not in known:
        raise DataError(
            text("there is no sheet '{sheet}'", sheet=sheet),
            where=str(path),
            fix=text("the sheets are: {sheets}", sheets=tuple(known)),
        )
    return [sheet]


def _table(grid: Grid, layout: Layout, path: Path) -> pd.DataFrame:
    skip = layout.skip_rows
    if skip >= len(grid.rows):
        raise DataError(
            text("no line is left after skip_rows = {count}", count=skip),
            where=str(path),
            fix=text("count the lines above the names of the columns"),
        )
    header = checked_header(_trimmed(grid.rows[skip]), path, skip + 1)
    width = len(header)
    for line, row in enumerate(grid.rows[skip + 1 :], start=skip + 2):
        if any(map(filled, row[width:])):
            raise too_long(len(_trimmed(row)), width, path, line)
    cells = [list(row[:width]) + [None] * (width - len(row)) for row in grid.rows[skip + 1 :]]
    _fill_down(cells, grid.merged, skip + 1, header, layout)
    table = pd.DataFrame(cells, columns=header, dtype=object)
    table = table.where(table.map(filled), None)
    table.attrs["first_line"] = skip + 2
    return table


def _fill_down(
    cells: list[list[object]], merged: Iterable[Merged], top: int, header: Sequence[str], layout: Layout
) -> None:
    """Repeat a merged cell in the rows that it spans: text, and codes in columns that are read as text.

    A number that is merged over several rows may be the figure of all of them together, and stays where it is.
    """
    for one in merged:
        first, last = one.first - top, one.last - top
        if first < 0 or one.column >= len(header) or first >= len(cells):
            continue
        cell = cells[first][one.column]
        if isinstance(cell, str) or header[one.column] in (layout.text or ()):
            for row in cells[first : last + 1]:
                row[one.column] = cell


def _trimmed(cells: Row) -> list[object]:
    """Return header cells without the empty ones that a sheet carries at its right edge."""
    last = max((i for i, cell in enumerate(cells) if filled(cell)), default=-1)
    return list(cells[: last + 1])
