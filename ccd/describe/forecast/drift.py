"""The line through the first and the last value."""

from __future__ import annotations

import numpy as np

from ccd.arrays import FloatArray


def drift(x: FloatArray, horizon: int) -> FloatArray:
    """Return forecasts (S, horizon) of series x (S, n): x_n + h (x_n - x_1)/(n - 1)."""
    slope = (x[:, -1] - x[:, 0]) / (x.shape[1] - 1)
    return np.asarray(x[:, -1:] + slope[:, None] * np.arange(1, horizon + 1))
