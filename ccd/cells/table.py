"""The one table that ``[data]`` describes: read, made long where it is wide, joined with the other files."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import pandas as pd

from ccd.cells.merge import joined
from ccd.cells.names import blanked
from ccd.cells.spec import DataSpec, MergeSpec
from ccd.cells.wide import long_table
from ccd.readers import read_sheets, read_table
from ccd.readers.layout import Layout


def read_data(spec: DataSpec, base: Path, text: Collection[str] = ()) -> pd.DataFrame:
    """Return the table of a study whose paths are relative to ``base``; columns ``text`` stay text.

    Raises DataError where a file cannot be read, made long, or joined.
    """
    kept = {*text, *spec.text_columns()}
    path = base / spec.path
    if spec.wide:
        layout = Layout(spec.sheet, kept, spec.skip_rows, spec.skip_footer)
        table = long_table(read_sheets(path, layout), spec, spec.path)
    else:
        table = read_table(path, spec.sheet, kept, skip_rows=spec.skip_rows, skip_footer=spec.skip_footer)
    if spec.merge and spec.merged and spec.entity in table.columns:
        table = table.assign(**{spec.entity: blanked(table[spec.entity]).ffill()})
    for merge in spec.merge:
        table = joined(table, _second(spec, merge, base, kept), spec, merge)
    return table


def _second(spec: DataSpec, merge: MergeSpec, base: Path, kept: set[str]) -> pd.DataFrame:
    theirs = merge.on.values() if isinstance(merge.on, dict) else merge.on
    return read_table(
        base / (merge.path or spec.path),
        merge.sheet,
        {*kept, *theirs},
        skip_rows=merge.skip_rows,
        skip_footer=merge.skip_footer,
    )
