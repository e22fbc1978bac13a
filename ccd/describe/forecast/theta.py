"""The theta method."""

from __future__ import annotations

import numpy as np

from ccd.arrays import FloatArray

#: Smoothing parameters tried, then refined between neighbours.
GRID = np.linspace(0.01, 1.0, 100)
GOLDEN = (np.sqrt(5) - 1) / 2


def theta(x: FloatArray, horizon: int) -> FloatArray:
    """Return forecasts (S, horizon) of series x (S, n) (Assimakopoulos and Nikolopoulos 2000; Hyndman and Billah 2003).

    Exponential smoothing from x_1, a by least squares of one step ahead, plus half the slope of the trend line
    times h - 1 + 1/a - (1 - a)^n/a.
    """
    n = x.shape[1]
    a = smoothing(x)
    level = _smoothed(x, a[:, None])[1][:, 0]
    t = np.arange(n) - (n - 1) / 2
    slope = x @ t / (t @ t)
    ahead = np.arange(horizon) + (1 / a - (1 - a) ** n / a)[:, None]
    return np.asarray(level[:, None] + slope[:, None] / 2 * ahead)


def smoothing(x: FloatArray) -> FloatArray:
    """Return the a in (0, 1] of each series (S,) with the least sum of squared errors one step ahead."""
    errors = _smoothed(x, np.broadcast_to(GRID, (len(x), len(GRID))))[0]
    best = errors.argmin(axis=1)
    low, high = GRID[np.maximum(best - 1, 0)], GRID[np.minimum(best + 1, len(GRID) - 1)]
    for _ in range(40):
        one, two = high - GOLDEN * (high - low), low + GOLDEN * (high - low)
        left = _smoothed(x, one[:, None])[0][:, 0] <= _smoothed(x, two[:, None])[0][:, 0]
        low, high = np.where(left, low, one), np.where(left, two, high)
    return np.asarray((low + high) / 2)


def _smoothed(x: FloatArray, a: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the sum of squared errors and the last level under parameters a (S, g)."""
    level, errors = np.repeat(x[:, :1], a.shape[1], axis=1), np.zeros(a.shape)
    for t in range(1, x.shape[1]):
        error = x[:, t : t + 1] - level
        errors = errors + error**2
        level = level + a * error
    return errors, level
