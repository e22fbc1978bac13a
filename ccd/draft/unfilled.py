"""Regions without one number in a column that the others fill: an index needs every cell, so they are left out."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd

from ccd.cells import as_text, to_floats
from ccd.draft.marks import FEW
from ccd.draft.shape import whole_years

#: Most of the regions that may be proposed for leaving out, as a share of all.
MOST = 0.1
#: Years in which a column must be whole in the other regions, for a region to be left out on its account.
SPAN = 5


def unfilled(
    table: pd.DataFrame, regions: pd.Series[Any], years: Any, columns: Iterable[str]
) -> dict[str, tuple[str, ...]]:
    """Return region -> those of ``columns`` in which it has no number in any year; regions without such: not there.

    A column counts where leaving its empty regions out makes it whole in ``SPAN`` years or nearly whole in all. Those
    that ask for the fewest regions come first, and together they take at most ``MOST`` of the regions.
    """
    names = regions.map(as_text)
    limit = int(MOST * names.nunique())
    asks = []
    for column in columns:
        known = pd.Series(np.isfinite(to_floats(table[column])), index=table.index)
        empty = frozenset(map(str, names[~known.groupby(names).transform("any")].unique()))
        if 0 < len(empty) <= limit and _helps(table[column], names, years, empty, known):
            asks.append((column, empty))
    out: set[str] = set()
    for _, empty in sorted(asks, key=lambda ask: len(ask[1])):
        if len(out | empty) <= limit:
            out |= empty
    ordered = [str(name) for name in names.unique() if name in out]
    return {name: tuple(c for c, empty in asks if name in empty) for name in ordered}


def _helps(
    cells: pd.Series[Any], names: pd.Series[Any], years: Any, empty: frozenset[str], known: pd.Series[bool]
) -> bool:
    rest = (~names.isin(empty)).to_numpy()
    whole = whole_years(cells[rest], years[rest], int(names[rest].nunique()))
    return len(whole) >= SPAN or float((~known[rest]).mean()) <= FEW
