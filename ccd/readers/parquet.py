"""Parquet files, by pyarrow (the extra ``parquet``)."""

from __future__ import annotations

from collections.abc import Hashable
from pathlib import Path

import pandas as pd

from ccd.errors import DataError
from ccd.readers.layout import Layout, checked_header
from ccd.words import text


def read_parquet(path: Path, layout: Layout) -> dict[str, pd.DataFrame]:
    """Return the one table of a parquet file; the levels of its index become columns."""
    try:
        import pyarrow as pa
    except ImportError as error:
        raise DataError(
            text("reading parquet needs pyarrow, which is not installed"),
            where=str(path),
            fix=text('install the extra: pip install "ccd-econ[parquet]"'),
        ) from error
    try:
        table: pd.DataFrame = pd.read_parquet(path, engine="pyarrow")
    except pa.ArrowInvalid as error:
        raise DataError(
            text("this is not a parquet file"), where=str(path), fix=text("write it again")
        ) from error
    if any(name is not None for name in table.index.names):
        table = table.reset_index()
    columns: list[Hashable] = list(table.columns)
    table = table.set_axis(checked_header(columns, path), axis=1)
    table.attrs["first_line"] = 1
    return {path.stem: table}
