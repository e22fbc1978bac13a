"""Years as people write them: 2011, 2011.0, 2011年, full-width digits, dates."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from ccd.arrays import BoolArray, FloatArray
from ccd.cells.lines import Lines
from ccd.cells.numbers import HALF_WIDTH, to_floats
from ccd.errors import DataError
from ccd.words import Name, Text, text

_YEAR = re.compile(r"(\d{4})(?:\.0+)?\s*(?:年|年度)?")
_DATE = re.compile(r"(\d{4})([-/.])\d{1,2}\2\d{1,2}(?:[T ][\d:.]+)?|(\d{4})年\d{1,2}月(?:\d{1,2}日)?")


def year_of(cell: object) -> int | None:
    """Return the year that a cell says; None when it says none."""
    if isinstance(cell, date):  # datetime and Timestamp are dates
        return None if pd.isna(cell) else cell.year
    if isinstance(cell, bool) or cell is None:
        return None
    if isinstance(cell, int | float | np.integer | np.floating):
        return int(cell) if 1000 <= cell <= 2999 and float(cell).is_integer() else None
    shown = str(cell).translate(HALF_WIDTH).strip()
    found = _YEAR.fullmatch(shown) or _DATE.fullmatch(shown)
    year = int(next(part for part in found.groups() if part and part.isdigit())) if found else 0
    return year if 1000 <= year <= 2999 else None


def find_years(values: pd.Series[Any]) -> tuple[FloatArray, BoolArray]:
    """Return the years, shape (n,), and where there is none."""
    if pd.api.types.is_datetime64_any_dtype(values):
        years = values.dt.year.to_numpy(dtype=np.float64, na_value=np.nan)
    else:
        years = np.array(to_floats(values))
        plain = (years >= 1000) & (years <= 2999) & (years == np.floor(years))
        codes, distinct = pd.factorize(values)
        spelled = np.array([_float(year_of(cell)) for cell in distinct] + [np.nan])
        years = np.where(plain, years, spelled[codes])  # the code of a missing cell is -1: the last
    return years, ~np.isfinite(years)


def to_years(values: pd.Series[Any], lines: Lines) -> Any:
    """Return the years, shape (n,), whole numbers of four digits."""
    years, bad = find_years(values)
    if bad.any():
        raise no_year(values, bad, lines)
    return years.astype(np.int64)


def no_year(values: pd.Series[Any], bad: BoolArray, lines: Lines) -> DataError:
    """Return the error of cells that are no years."""
    cell, more = values[bad].iloc[0], int(bad.sum()) - 1
    shown = (
        text("an empty cell is not a year") if pd.isna(cell) else text("'{cell}' is not a year", cell=cell)
    )
    return DataError(
        text("{what} (and {count} more)", what=shown, count=more) if more else shown,
        where=lines.at(values.index[bad][0], str(values.name)),
        fix=text(
            "write years as 2011; delete rows of remarks under the table, or leave N of them out with [data] "
            "skip_footer = N"
        ),
    )


def dates_read(values: pd.Series[Any]) -> list[Text]:
    """Return the note of dates of which the year alone is kept."""
    if pd.api.types.is_datetime64_any_dtype(values):
        dated = True
    elif pd.api.types.is_numeric_dtype(values):
        dated = False
    else:
        cells = values.dropna().unique()
        dated = any(
            isinstance(c, date) or _DATE.fullmatch(str(c).translate(HALF_WIDTH).strip()) for c in cells
        )
    return [text("{column}: of dates the year is kept", column=Name(values.name))] if dated else []


def _float(year: int | None) -> float:
    return np.nan if year is None else float(year)
