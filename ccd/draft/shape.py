"""Which columns are years and regions, and which an index can take as they are."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from ccd.arrays import countable
from ccd.cells import Lines, as_text, refuse_duplicates, to_entities, to_floats, to_years
from ccd.errors import DataError
from ccd.words import Text, text

#: Names that columns of years and of regions go by, the likeliest first.
YEARS = ("year", "年份", "年", "年度", "time", "period", "date", "时间", "t")
REGIONS = (
    *("province", "city", "county", "region", "entity", "area", "省份", "城市", "县域", "地区", "区域"),
    *(
        "省",
        "市",
        "县",
        "name",
        "province_en",
        "city_zh",
        "province_zh",
        "prefecture",
        "id",
        "adcode",
        "code",
    ),
)
#: Share of years among its cells that makes a column one of years, with faults.
MOST = 0.8


def folded(name: str) -> str:
    """Return a column name without units in brackets, blanks, punctuation and case."""
    return re.sub(r"[\W_]", "", re.sub(r"[(（\[].*?[)）\]]", "", name)).casefold()


def time_column(table: pd.DataFrame, path: str) -> str:
    """Return the column of years. Raises DataError when there is none, or one with faulty cells alone."""
    found = []
    for column in map(str, table.columns):
        years = to_floats(table[column])
        whole = np.isfinite(years).all() and (years == np.floor(years)).all()
        if whole and years.min() >= 1000 and years.max() <= 2999 and years.min() < years.max():
            found.append(column)
    named = [c for name in YEARS for c in found if folded(c) == folded(name)]
    if not found:
        for column in map(str, table.columns):
            years = to_floats(table[column])
            if np.mean((years >= 1000) & (years <= 2999)) >= MOST:
                to_years(table[column], _lines(table, path))  # raises: the cell that is no year
        raise DataError(
            text("no column holds years"),
            where=text("{file}, header", file=path),
            fix=text("one row per region and year is needed, with a column of years such as 2011"),
        )
    return (named or found)[0]


def entity_column(table: pd.DataFrame, time: str, path: str) -> tuple[str, list[str]]:
    """Return the column of regions, and others that identify the rows as well."""
    found = []
    rank = {folded(name): place for place, name in reversed(list(enumerate(REGIONS)))}
    for column in map(str, table.columns):
        cells = table[column]
        if column == time or cells.isna().any() or pd.api.types.is_float_dtype(cells):
            continue
        if 2 <= cells.nunique() <= len(table) / 2 and not table.duplicated([column, time]).any():
            found.append(column)
    if not found:
        named = [c for c in map(str, table.columns) if folded(c) in rank and table[c].nunique() > 1]
        for column in sorted(named, key=lambda c: rank[folded(c)]):  # raises: the cell, or rows, in the way
            regions = to_entities(table, column, _lines(table, path))
            years = to_years(table[time], _lines(table, path))
            refuse_duplicates(regions, years, table.index, _lines(table, path))
        raise DataError(
            text("no column names the regions: none is unique within each '{time}'", time=time),
            where=text("{file}, header", file=path),
            fix=text("one row per region and year is needed; look for repeated rows and empty names"),
        )
    numbers = {c: bool(np.isfinite(to_floats(table[c])).all()) for c in found}
    codes = [c for c in found if not numbers[c] or folded(c) in rank]
    found = codes or found
    found.sort(key=lambda c: (numbers[c], rank.get(folded(c), len(rank))))
    return found[0], found[1:]


def whole_years(cells: pd.Series[Any], years: Any, regions: int) -> frozenset[int]:
    """Return the years in which every region has a number."""
    present = pd.Series(years[np.isfinite(to_floats(cells))]).value_counts()
    return frozenset(int(year) for year, count in present.items() if count == regions)  # type: ignore[call-overload]


def _longest(years: frozenset[int]) -> Text:
    """Return the longest run of complete years, in words."""
    runs: list[list[int]] = []
    for year in sorted(years):
        if runs and year == runs[-1][-1] + 1:
            runs[-1].append(year)
        else:
            runs.append([year])
    if not runs:
        return text("no year is complete")
    run = max(runs, key=len)
    if len(run) > 1:
        return text("complete in {first} to {last}", first=run[0], last=run[-1])
    return text("complete in {year} alone", year=run[0])


def usable_columns(
    table: pd.DataFrame, whole: Mapping[str, frozenset[int]]
) -> tuple[list[str], dict[str, Text]]:
    """Return the columns of numbers that an index can take, and why others that look like numbers are not."""
    usable: list[str] = []
    unused: dict[str, Text] = {}
    for column in map(str, table.columns):
        cells = table[column]
        values = to_floats(cells)
        faulty = cells.notna().to_numpy() & ~countable(values)
        if faulty.sum() * 2 > cells.notna().sum():
            continue
        missing = cells.isna().to_numpy()
        if faulty.any():
            cell = as_text(cells[faulty].iloc[0])
            unused[column] = text(
                "{count} {count:cell is|cells are} not numbers, the first in row {row} ('{cell}')",
                count=int(faulty.sum()),
                row=_first(cells, faulty),
                cell=cell,
            )
        elif missing.any():
            unused[column] = text(
                "{count} {count:cell is|cells are} missing, the first in row {row}; {complete}",
                count=int(missing.sum()),
                row=_first(cells, missing),
                complete=_longest(whole[column]),
            )
        elif values.min() == values.max():
            unused[column] = text("it is the same everywhere")
        elif len(np.unique(values)) == 2:
            unused[column] = text("it has two values only")
        else:
            usable.append(column)
    return usable, unused


def _lines(table: pd.DataFrame, path: str) -> Lines:
    return Lines(path, int(table.attrs.get("first_line", 2)))


def _first(cells: pd.Series[Any], which: Any) -> int:
    return int(cells.index[which][0]) + int(cells.attrs.get("first_line", 2))
