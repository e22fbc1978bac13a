"""What a kind of weights gives: the weights before they are standardised, and what is said of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ccd.arrays import FloatArray
from ccd.bundled import province_code
from ccd.errors import DataError, Words, suggest
from ccd.words import Text, text


@dataclass(frozen=True)
class Links:
    """Weights ``raw`` (N, N), dense; ``cutoff`` in km and ``notes`` where there are any."""

    raw: FloatArray
    cutoff: float | None = None
    notes: tuple[Text, ...] = ()


def places_in(regions: tuple[str, ...], names: list[str], where: Words) -> list[int]:
    """Return where each of ``names`` of a file stands among ``regions``; provinces go by any of their names.

    Raises DataError naming the first that is unknown.
    """
    own = {region: i for i, region in enumerate(regions)}
    codes = {province_code(region): i for i, region in enumerate(regions) if province_code(region)}
    found = []
    for name in names:
        place = own.get(name, codes.get(province_code(name)) if province_code(name) else None)
        if place is None:
            raise DataError(
                text("'{name}' is not a region of the data", name=name),
                where=where,
                fix=text(
                    "{near}name the regions as the data do, and those alone", near=suggest(name, regions)
                ),
            )
        found.append(place)
    return found


def weight_of(cells: pd.Series[str], where: Words) -> FloatArray:
    """Return a column of weights as numbers (n,). Raises DataError where one is missing, negative or no number."""
    values = pd.to_numeric(cells, errors="coerce").to_numpy(dtype=np.float64)
    for row, value in enumerate(values):
        if not np.isfinite(value) or value < 0:
            raise DataError(
                text("a weight is missing or negative: '{cell}'", cell=cells.iloc[row]),
                where=text("{file}, row {row}", file=where, row=row + 1),
                fix=text("weights are numbers, zero or positive"),
            )
    return values
