"""How a table lies in its file, and the parts of reading that all formats share."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from ccd.errors import DataError
from ccd.words import text


@dataclass(frozen=True)
class Layout:
    """Which sheet, which columns stay text (None: all of a csv), and the lines around the table."""

    sheet: str | None = None
    text: Collection[str] | None = None
    skip_rows: int = 0
    skip_footer: int = 0


#: From a file to its tables by the name of their sheet (one that has no sheets: by the name of the file).
Reader = Callable[[Path, Layout], dict[str, pd.DataFrame]]


def checked_header(cells: Sequence[object], path: Path, line: int = 1) -> list[str]:
    """Return column names without surrounding blanks; an empty name becomes ``column_N``."""
    header = ["" if cell is None else str(cell).strip().lstrip("\ufeff") for cell in cells]
    twice = sorted({name for name in header if name and header.count(name) > 1})
    if twice:
        places = tuple(str(i + 1) for i, name in enumerate(header) if name == twice[0])
        raise DataError(
            text("column '{column}' stands more than once", column=twice[0]),
            where=text("{file}, header, columns {places}", file=path, places=places),
            fix=text("rename or delete all but one"),
        )
    if not any(header):
        raise DataError(
            text("the first line holds no column names"),
            where=text("{file}, header", file=path),
            fix=text("put the names in line {line}", line=line),
        )
    return [name or f"column_{i + 1}" for i, name in enumerate(header)]


def too_long(cells: int, width: int, path: Path, line: int) -> DataError:
    """Return the error of a row with more cells than the header."""
    return DataError(
        text("a row has {cells} {cells:cell|cells} where the header has {width}", cells=cells, width=width),
        where=text("{file}, row {row}", file=path, row=line),
        fix=text(
            "name every column in line 1 (no title above, or [data] skip_rows = the lines above the names), and "
            "quote cells that hold the delimiter"
        ),
    )


def without_footer(table: pd.DataFrame, count: int) -> pd.DataFrame:
    """Return a table without its last ``count`` rows that hold anything, and without empty rows."""
    kept = table.dropna(how="all")
    return kept.iloc[: len(kept) - count] if count else kept
