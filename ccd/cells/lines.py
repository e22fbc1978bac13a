"""Where a record of a table stands in the files that it was read from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ccd.arrays import IntArray
from ccd.errors import Words
from ccd.words import Text, text


@dataclass(frozen=True, eq=False)
class Place:
    """Where one column of a table stands: by record its line (0: nowhere) and, if not by its name, its column."""

    source: Words
    rows: IntArray
    columns: NDArray[Any] | None = None


@dataclass(frozen=True, eq=False)
class Places:
    """The place of each column of a table that was reshaped or joined; it travels in ``attrs``."""

    by: Mapping[str, Place]

    def __deepcopy__(self, memo: dict[int, object]) -> Self:
        """Return the value itself: it never changes, and pandas copies what it carries with every table."""
        return self


@dataclass(frozen=True)
class Lines:
    """Where a record stands: ``first`` is the line of record 0 in ``source``, where no places say more."""

    source: str
    first: int
    places: Places | None = None

    def row(self, position: Any, column: str) -> int:
        """Return the line of one cell."""
        place = self._cell(position, column)
        return int(position) + self.first if place is None else int(place.rows[int(position)])

    def at(self, position: Any, column: str) -> Text:
        """Return the place of one cell."""
        place, row = self._cell(position, column), self.row(position, column)
        source: Words = self.source
        if place is not None:
            source = place.source
            column = column if place.columns is None else str(place.columns[int(position)])
        return text("{file}, row {row}, column {column}", file=source, row=row, column=column)

    def place(self, column: str, index: pd.Index[Any]) -> Place:
        """Return the place of a whole column, of the records ``index``."""
        at = index.to_numpy(dtype=np.intp)
        if self.places is None or column not in self.places.by:
            return Place(self.source, at + self.first)
        found = self.places.by[column]
        return Place(found.source, found.rows[at], None if found.columns is None else found.columns[at])

    def _cell(self, position: Any, column: str) -> Place | None:
        if self.places is None:
            return None
        found = self.places.by.get(column)
        if found is not None and found.rows[int(position)]:
            return found
        # a record that an outer join added: wherever it does stand
        return next((one for one in self.places.by.values() if one.rows[int(position)]), None)


def lines_of(table: pd.DataFrame, source: str) -> Lines:
    """Return the lines of a table as it was read."""
    return Lines(source, int(table.attrs.get("first_line", 2)), table.attrs.get("places"))
