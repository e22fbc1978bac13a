"""Workbooks of Excel 97 to 2003, by xlrd (the extra ``xls``)."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import pandas as pd

from ccd.errors import DataError
from ccd.readers.grid import Grid, Merged, chosen, tables
from ccd.readers.layout import Layout
from ccd.readers.xlsx import BROKEN
from ccd.words import text


def read_xls(path: Path, layout: Layout) -> dict[str, pd.DataFrame]:
    """Return the filled sheets of a workbook, or the one asked for."""
    return tables(xls_grids(path, layout.sheet), layout, path)


def xls_grids(path: Path, sheet: str | None) -> dict[str, Grid]:
    """Return the cells of every sheet, or of the one asked for. Raises DataError where it is no workbook."""
    try:
        import xlrd
    except ImportError as error:
        raise DataError(
            text("reading xls needs xlrd, which is not installed"),
            where=str(path),
            fix=text('install the extra: pip install "ccd-econ[xls]", or save the file as xlsx'),
        ) from error
    try:
        with xlrd.open_workbook(str(path), formatting_info=True) as book:
            return {name: _grid(book, name) for name in chosen(book.sheet_names(), sheet, path)}
    except (xlrd.XLRDError, xlrd.compdoc.CompDocError, BadZipFile, AssertionError, *BROKEN) as error:
        raise DataError(
            text("this is not an xls workbook"),
            where=str(path),
            fix=text(
                "files of web sites are often text under this name: try .csv, or save it as xlsx in Excel"
            ),
        ) from error


def _grid(book: Any, name: str) -> Grid:
    sheet = book.sheet_by_name(name)
    rows = [[_cell(book, cell) for cell in sheet.row(i)] for i in range(sheet.nrows)]
    # a merged range ends before its last row
    merged = [Merged(first, last - 1, column) for first, last, column, _ in sheet.merged_cells]
    return Grid(rows, sorted(merged, key=lambda one: (one.column, one.first)))


def _cell(book: Any, cell: Any) -> object:
    """Return a cell as openpyxl gives it: whole numbers are whole, dates dates, errors their text."""
    import xlrd

    if cell.ctype == xlrd.XL_CELL_DATE:
        return xlrd.xldate_as_datetime(cell.value, book.datemode)
    if cell.ctype == xlrd.XL_CELL_BOOLEAN:
        return bool(cell.value)
    if cell.ctype == xlrd.XL_CELL_ERROR:
        return xlrd.error_text_from_code.get(cell.value, "#N/A")
    if cell.ctype == xlrd.XL_CELL_NUMBER:
        return int(cell.value) if float(cell.value).is_integer() else cell.value
    return cell.value or None
