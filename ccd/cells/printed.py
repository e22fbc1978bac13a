"""What the digits of a printed number say of it: half a unit of its last digit."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from ccd.arrays import FloatArray
from ccd.cells.numbers import HALF_WIDTH

NUMBER = re.compile(r"[+-]?(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?")
#: From so many decimals on a trailing zero says that zeros are printed: software ends whole numbers in .0.
TELLING = 2


class Written(NamedTuple):
    """Decimals of a printed number (negative: whole tens), and whether its last decimal is a zero that tells."""

    places: int
    zero: bool


def halves(cells: Iterable[object]) -> FloatArray:
    """Return half a unit of the last printed digit of each cell of a column, shape (n,); nan where there is no number.

    A column in which some cell ends in a zero (12.30) prints its zeros: each cell has the digits that it shows. In
    one that never does, zeros were dropped, and the most decimals of the column count for all of it; a lone ``.0``
    is a whole number as software writes it.
    """
    written = [_written(cell) for cell in cells]
    known = [one for one in written if one is not None]
    if any(one.zero for one in known):
        places = [np.nan if one is None else one.places for one in written]
    else:
        most = max((one.places for one in known), default=0)
        places = [np.nan if one is None else most for one in written]
    return np.asarray(0.5 * 10.0 ** -np.array(places, dtype=np.float64))


def _written(cell: object) -> Written | None:
    plain = str(cell).strip().translate(HALF_WIDTH).replace(",", "")
    found = NUMBER.fullmatch(plain)
    if found is None or not (found[1] or found[2]):
        return None
    decimals, power = found[2] or "", int(found[3] or 0)
    if decimals == "0":
        decimals = ""
    return Written(len(decimals) - power, len(decimals) >= TELLING and decimals.endswith("0"))
