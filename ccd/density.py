"""Kernel densities: curves that views draw and do not compute."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from ccd.arrays import FloatArray


def kernel_density(values: FloatArray, grid: FloatArray) -> tuple[FloatArray, float]:
    """Return the Gaussian kernel density of ``values`` (m,) on ``grid`` (g,) and its bandwidth.

    Silverman (1986, eq. 3.31): 0.9 min(sd, IQR/1.34) m^(-1/5). nan where the values do not vary.
    """
    if len(values) < 2:
        return np.full(len(grid), np.nan), float("nan")
    low, high = np.quantile(values, [0.25, 0.75])
    spread = values.std(ddof=1)
    narrow = min(spread, (high - low) / 1.34) or spread  # half the values may be equal
    width = 0.9 * narrow * len(values) ** -0.2
    if not width > 0:
        return np.full(len(grid), np.nan), float("nan")
    gaps = (grid[:, None] - values[None, :]) / width
    return np.exp(-0.5 * gaps**2).sum(axis=1) / (len(values) * width * np.sqrt(2 * np.pi)), float(width)


def density_curve(values: ArrayLike, points: int = 201) -> tuple[FloatArray, FloatArray]:
    """Return a grid (points,) that reaches a sixth of the range beyond the finite ``values``, and the density on it."""
    known = np.asarray(values, dtype=np.float64)
    known = known[np.isfinite(known)]
    low, high = (known.min(), known.max()) if len(known) else (0.0, 1.0)
    margin = (high - low) / 6
    grid = np.linspace(low - margin, high + margin, points)
    return grid, kernel_density(known, grid)[0]
