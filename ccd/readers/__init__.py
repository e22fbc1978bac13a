"""Tables from files: csv and its kin, xlsx, xls, dta and parquet; one file a format, one line here."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from types import MappingProxyType

import pandas as pd

from ccd import words
from ccd.errors import DataError
from ccd.readers.delimited import read_csv
from ccd.readers.layout import Layout, Reader, without_footer
from ccd.readers.parquet import read_parquet
from ccd.readers.stata import read_dta
from ccd.readers.xls import read_xls
from ccd.readers.xlsx import read_xlsx

READERS: Mapping[str, Reader] = MappingProxyType(
    {
        "csv": read_csv,
        "txt": read_csv,
        "tsv": read_csv,
        "xlsx": read_xlsx,
        "xlsm": read_xlsx,
        "xls": read_xls,
        "dta": read_dta,
        "parquet": read_parquet,
    }
)
#: Kinds of files that have lines above and below a table.
LINED = ("csv", "txt", "tsv", "xlsx", "xlsm", "xls")


def read_table(
    path: Path,
    sheet: str | None = None,
    text: Collection[str] | None = None,
    *,
    skip_rows: int = 0,
    skip_footer: int = 0,
) -> pd.DataFrame:
    """Return the table of a file, one row per record, empty cells missing.

    Csv cells stay strings; with ``text`` only those columns do, and every other column that is numbers
    throughout arrives as numbers (fast). No marker (``NA``, ``..``) is taken for missing. The names stand below
    ``skip_rows`` lines, and the last ``skip_footer`` rows are left out. ``attrs`` holds ``first_line`` (the line
    of the first record in the file), ``labels`` (Stata's, by column) and ``values`` (Stata's value labels:
    column -> code -> label). Raises DataError when the file is missing, unreadable, of an unknown kind, without
    a header, of several sheets, or with a column name that stands twice.
    """
    sheets = read_sheets(path, Layout(sheet, text, skip_rows, skip_footer))
    if len(sheets) > 1:
        raise DataError(
            words.text("{count} sheets hold data", count=len(sheets)),
            where=str(path),
            fix=words.text(
                "name one, under [data] sheet (ccd init: --sheet): one of {sheets}", sheets=tuple(sheets)
            ),
        )
    return next(iter(sheets.values()))


def read_sheets(path: Path, layout: Layout) -> dict[str, pd.DataFrame]:
    """Return the table of each filled sheet, or of the one asked for; see ``read_table``."""
    kind = kind_of(path)
    if kind not in LINED and (layout.skip_rows or layout.skip_footer):
        raise DataError(
            words.text("files of kind '.{kind}' have no lines to skip", kind=kind),
            where=str(path),
            fix=words.text("take skip_rows and skip_footer out"),
        )
    try:
        sheets = READERS[kind](path, layout)
    except OSError as error:
        raise DataError(
            words.text("the file cannot be read"),
            where=str(path),
            fix=words.text("check it ({reason})", reason=error.strerror or str(error)),
        ) from error
    found = {name: without_footer(table, layout.skip_footer) for name, table in sheets.items()}
    if all(table.empty for table in found.values()):
        raise DataError(
            words.text("the file has a header but no rows"),
            where=str(path),
            fix=words.text("check that it was saved"),
        )
    return found


def kind_of(path: Path) -> str:
    """Return the kind of a file by its name. Raises DataError when there is none, or it is of no kind we read."""
    kind = path.suffix.lower().lstrip(".")
    if path.is_dir():
        raise DataError(
            words.text("this is a folder, not a file"),
            where=str(path),
            fix=words.text("name the data file in it"),
        )
    if not path.exists():
        raise DataError(words.text("there is no such file"), where=str(path), fix=_neighbours(path))
    if kind not in READERS:
        raise DataError(
            words.text("files of kind '.{kind}' are not read", kind=kind),
            where=str(path),
            fix=words.text("save it as one of: {kinds}", kinds=tuple(READERS)),
        )
    return kind


def _neighbours(path: Path) -> words.Text:
    """Return a hint at files of the same folder."""
    if not str(path).isprintable():
        return words.text("a backslash in double quotes is no part of a path: write /, or single quotes")
    if not path.parent.is_dir():
        return words.text(
            "there is no folder {folder} either; paths are relative to the study file",
            folder=str(path.parent),
        )
    near = sorted(p.name for p in path.parent.iterdir() if p.suffix.lower().lstrip(".") in READERS)
    if not near:
        return words.text("paths are relative to the study file")
    return words.text("the folder holds: {files}", files=tuple(near[:8]))
