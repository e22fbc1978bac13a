"""Stata files, with labels and value labels; Chinese in files of before Stata 14 is mended."""

from __future__ import annotations

import re
import struct
import warnings
from pathlib import Path
from typing import Any

import pandas as pd

from ccd.errors import DataError
from ccd.readers.layout import Layout, checked_header
from ccd.words import text

#: What pandas raises for bytes that are no Stata file, and warns of where text is not in the letters of its release.
BROKEN = (
    ValueError,
    KeyError,
    IndexError,
    TypeError,
    AttributeError,
    OverflowError,
    struct.error,
    UnicodeWarning,
)


def read_dta(path: Path, layout: Layout) -> dict[str, pd.DataFrame]:
    """Return the one table of a Stata file; ``attrs`` holds ``labels`` and ``values``."""
    try:
        with warnings.catch_warnings(), pd.read_stata(path, iterator=True) as opened:
            reader: Any = opened
            warnings.simplefilter("ignore")  # of bytes that are no Stata file
            warnings.simplefilter("error", UnicodeWarning)
            labels = {name: label for name, label in reader.variable_labels().items() if label}
            shown: pd.DataFrame = reader.read()
            table = pd.read_stata(path, convert_categoricals=False)
        if not _is_unicode_dta(path):
            table, shown = _from_gb18030(table), _from_gb18030(shown)
            labels = {_gb18030(name): _gb18030(label) for name, label in labels.items()}
    except BROKEN as error:
        raise DataError(
            text("this is not a Stata file"), where=str(path), fix=text("save it in Stata again")
        ) from error
    header = checked_header(list(table.columns), path)
    values = {
        name: dict(zip(table[name], shown[name].astype(object), strict=True))
        for name in table.columns
        if isinstance(shown[name].dtype, pd.CategoricalDtype)
    }
    table = table.set_axis(header, axis=1).replace({"": None})
    table.attrs.update(first_line=1, labels=labels, values=values)
    return {path.stem: table}


def _is_unicode_dta(path: Path) -> bool:
    """Tell whether a dta file is of Stata 14 or later, whose text is UTF-8."""
    with path.open("rb") as stream:
        head = stream.read(40)
    release = re.search(rb"<release>(\d+)</release>", head)
    return release is not None and int(release[1]) >= 118


def _gb18030(cell: str) -> str:
    """Return text that was read as Latin-1 as the GB18030 it is, if it is."""
    try:
        return cell.encode("latin-1").decode("gb18030")
    except UnicodeError:
        return cell


def _from_gb18030(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table of an old dta file with Chinese names and cells mended."""
    mended = {}
    for name in table.columns:
        column = table[name]
        if isinstance(column.dtype, pd.CategoricalDtype):
            column = column.cat.rename_categories(lambda c: _gb18030(c) if isinstance(c, str) else c)
        elif not pd.api.types.is_numeric_dtype(column):
            column = column.map(lambda cell: _gb18030(cell) if isinstance(cell, str) else cell)
        mended[_gb18030(str(name))] = column
    return pd.DataFrame(mended, index=table.index)
