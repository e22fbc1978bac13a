"""A table as the study will see it: names folded, years and numbers as numbers."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ccd.cells import as_text, read_numbers
from ccd.cells.years import find_years


def tidied(table: pd.DataFrame) -> pd.DataFrame:
    """Return the table with text folded, and columns that are years or numbers throughout as such."""
    attrs = table.attrs
    columns = {}
    for name in map(str, table.columns):
        cells = table[name]
        if pd.api.types.is_numeric_dtype(cells):
            columns[name] = cells
            continue
        held = cells.notna().to_numpy() & (cells.astype(str).str.strip() != "").to_numpy()
        years, bad = find_years(cells)
        numbers, mended = read_numbers(cells, str(attrs.get("delimiter", ",")))
        if held.any() and not bad[held].any() and held.all():
            columns[name] = pd.Series(years.astype(np.int64), index=cells.index)
        elif mended.any() and np.isfinite(numbers[held]).all():
            columns[name] = pd.Series(numbers, index=cells.index)
        else:
            columns[name] = cells.map(lambda cell: as_text(cell) if isinstance(cell, str) else cell)
            columns[name] = columns[name].where(held, None)
    found = pd.DataFrame(columns, index=table.index)
    found.attrs.update(attrs)
    return found
