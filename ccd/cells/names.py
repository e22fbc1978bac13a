"""Regions as text: codes keep their zeros, and blanks do not make two regions of one."""

from __future__ import annotations

import re
from typing import Any

import pandas as pd

from ccd.cells.lines import Lines
from ccd.errors import DataError
from ccd.words import Text, names, text

#: Marks that take no room on paper: byte order mark, zero-width spaces and joiners, soft hyphen.
UNSEEN = dict.fromkeys(map(ord, "\ufeff\u200b\u200c\u200d\u2060\u00ad"))
_CHINESE = "[\u3400-\u9fff]"


def as_text(value: object) -> str:
    """Return a cell as text: whole numbers without a decimal point, blanks folded, none between Chinese characters."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    shown = str(value)
    if not shown.isascii():
        shown = shown.translate(UNSEEN)
        shown = re.sub(rf"(?<={_CHINESE})\s+(?={_CHINESE})", "", shown)
    shown = " ".join(shown.split())
    return shown[:-2] if re.fullmatch(r"\d+\.0", shown) else shown


def blanked(values: pd.Series[Any]) -> pd.Series[Any]:
    """Return the cells with those that hold nothing but blanks made missing."""
    if pd.api.types.is_numeric_dtype(values):
        return values
    return values.mask(values.astype(str).str.strip() == "")


def to_entities(table: pd.DataFrame, column: str, lines: Lines) -> Any:
    """Return the regions as text, shape (n,): codes keep their zeros, 110000.0 is 110000."""
    values = blanked(table[column])
    if values.isna().any():
        raise no_name(values, column, lines)
    return entities(table, values)


def entities(table: pd.DataFrame, values: pd.Series[Any]) -> Any:
    """Return regions of ``table`` as text, shape (n,); Stata's value labels stand for their codes."""
    codes, distinct = pd.factorize(values)
    named = table.attrs.get("values", {}).get(str(values.name), {})
    shown = pd.array([as_text(named.get(value, value)) for value in distinct], dtype=object)
    return shown.to_numpy()[codes] if len(distinct) else values.astype(object).to_numpy()


def no_name(values: pd.Series[Any], column: str, lines: Lines) -> DataError:
    """Return the error of rows without a region."""
    missing = values.index[values.isna().to_numpy()]
    more = text(" (and {count} more)", count=len(missing) - 1) if len(missing) > 1 else ""
    return DataError(
        text("the name of the region is empty{more}", more=more),
        where=lines.at(missing[0], column),
        fix=text(
            "fill it in; [data] merged = true repeats the cell above, skip_footer = N leaves out N rows of remarks "
            "at the end"
        ),
    )


def folded_together(values: pd.Series[Any]) -> list[Text]:
    """Return the note of names that differ in blanks alone and are read as one region."""
    spelled: dict[str, set[str]] = {}
    for value in values.dropna().unique():
        if isinstance(value, str):
            spelled.setdefault(as_text(value), set()).add(value)
    several = [name for name, found in spelled.items() if len(found) > 1]
    if not several:
        return []
    return [text("Names that differ in blanks alone are read as one: {regions}", regions=names(several))]
