"""Workbooks of Excel 2007 and later."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path
from typing import Any
from zipfile import BadZipFile, ZipFile

import pandas as pd

from ccd.errors import DataError
from ccd.readers.grid import Grid, Merged, chosen, tables
from ccd.readers.layout import Layout
from ccd.words import text

#: What the libraries raise where a part of the archive is cut off, locked, empty, or not the XML that it should be
#: (faults of both XML parsers are syntax errors).
BROKEN = (
    KeyError,
    ValueError,
    TypeError,
    AttributeError,
    IndexError,
    SyntaxError,
    EOFError,
    zlib.error,
    struct.error,
    OverflowError,
    RuntimeError,
)


def read_xlsx(path: Path, layout: Layout) -> dict[str, pd.DataFrame]:
    """Return the filled sheets of a workbook, or the one asked for."""
    return tables(xlsx_grids(path, layout.sheet), layout, path)


def xlsx_grids(path: Path, sheet: str | None) -> dict[str, Grid]:
    """Return the cells of every sheet, or of the one asked for. Raises DataError where it is no workbook."""
    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        merged = _has_merged_cells(path)  # such a workbook is read whole, which takes twice as long
        with path.open("rb") as stream:
            book = load_workbook(stream, read_only=not merged, data_only=True)
            return {name: _grid(book[name], merged) for name in chosen(book.sheetnames, sheet, path)}
    except (BadZipFile, InvalidFileException, *BROKEN) as error:
        raise DataError(
            text("this is not an xlsx workbook"), where=str(path), fix=text("save it as xlsx again")
        ) from error


def _grid(sheet: Any, merged: bool) -> Grid:
    rows = list(sheet.iter_rows(values_only=True)) if hasattr(sheet, "iter_rows") else []  # a chart has none
    ranges = sheet.merged_cells.ranges if merged and hasattr(sheet, "merged_cells") else ()
    found = [Merged(one.min_row - 1, one.max_row - 1, one.min_col - 1) for one in ranges]
    return Grid(rows, sorted(found, key=lambda one: (one.column, one.first)))


def _has_merged_cells(path: Path) -> bool:
    with ZipFile(path) as book:
        sheets = [name for name in book.namelist() if name.startswith("xl/worksheets/")]
        return any(b"<mergeCell " in book.read(name) for name in sheets if name.endswith(".xml"))
