"""The array types that signatures name."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.intp]
BoolArray = NDArray[np.bool_]

#: Larger numbers are no measurements: their squares, which every moment is made of, are infinite.
LARGEST = 1e150


def countable(values: FloatArray) -> BoolArray:
    """Return which of ``values`` (n,) are numbers to count with: neither missing nor beyond ``LARGEST``."""
    return np.asarray(np.abs(values) <= LARGEST)
