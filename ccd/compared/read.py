"""Files of a result as values by row and column, whatever the order of their rows."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from ccd.compared.numbers import Value, number_or_words
from ccd.errors import DataError
from ccd.plain import unguarded
from ccd.words import text

Values = dict[tuple[str, str], Value]


def table_pair(old: Path, new: Path) -> tuple[Values, Values]:
    """Return two csv files by row and column. Raises DataError for a file that cannot be read."""
    before, after = rows(old), rows(new)
    keys = key_columns(before, after)
    return by_row(before, keys), by_row(after, keys)


def rows(path: Path) -> list[dict[str, str]]:
    """Return the rows of a csv file that ccd wrote."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            found = csv.DictReader(stream)
            return [{unguarded(k or ""): unguarded(v or "") for k, v in row.items()} for row in found]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise unreadable(path) from error


def key_columns(*tables: Sequence[Mapping[str, str]]) -> tuple[str, ...]:
    """Return the first columns of words or whole numbers that name each row of every table; none if they cannot."""
    if not all(tables):
        return ()
    shared = [name for name in tables[0][0] if all(name in table[0] for table in tables)]
    keys: tuple[str, ...] = ()
    for name in shared:
        if all(_names(row.get(name, "")) for table in tables for row in table):
            keys = (*keys, name)
            if all(len({tuple(row[k] for k in keys) for row in table}) == len(table) for table in tables):
                return keys
    return ()


def _names(cell: str) -> bool:
    """Return whether a cell can be part of a row's name: words or a whole number, no measured number."""
    return cell.lstrip("-").isdigit() or isinstance(number_or_words(cell), str | None)


def by_row(table: Sequence[Mapping[str, str]], keys: Sequence[str]) -> Values:
    """Return cells by the name of their row (its number, from 1, where nothing names it) and their column."""
    found: Values = {}
    for place, row in enumerate(table, start=1):
        name = " ".join(row[key] for key in keys) if keys else str(place)
        found |= {(name, column): number_or_words(cell) for column, cell in row.items() if column not in keys}
        if len(row) == len(keys):  # a row that is nothing but its name
            found[name, ""] = None
    return found


def summary_values(path: Path) -> Values:
    """Return what a JSON file holds by its dotted keys, as one row. Raises DataError when it cannot be read."""
    try:
        held = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise unreadable(path) from error
    return {("", key): value for key, value in flat(held)}


def flat(value: Any, key: str = "") -> Iterator[tuple[str, Value]]:
    """Yield the leaves of nested objects and lists under dotted keys."""
    if isinstance(value, Mapping | list):
        pairs = value.items() if isinstance(value, Mapping) else enumerate(value)
        for name, item in pairs:
            yield from flat(item, f"{key}.{name}" if key else str(name))
    elif isinstance(value, bool) or value is None or isinstance(value, str):
        yield key, value if value is None else str(value)
    else:
        yield key, float(value)


def unreadable(path: Path) -> DataError:
    """Return what is said of a file of a result that is no longer one."""
    return DataError(
        text("this file of the result cannot be read"), where=str(path), fix=text("run the study again")
    )
