"""How D is distributed over regions."""

from __future__ import annotations

import numpy as np

from ccd.arrays import FloatArray
from ccd.density import kernel_density
from ccd.panel import Panel
from ccd.results import Density
from ccd.words import Name

#: Points of a density.
GRID = 201


def density(panel: Panel, d: FloatArray) -> Density:
    """Return kernel densities of D (n,) in the first and last year and two between, on one grid of [0, 1]."""
    times = panel.times
    shown = sorted({times[0], times[(len(times) - 1) // 3], times[2 * (len(times) - 1) // 3], times[-1]})
    grid = np.linspace(0, 1, GRID)
    found = [kernel_density(d[panel.years == year], grid) for year in shown]
    return Density(
        group=np.repeat(shown, GRID),
        at=np.tile(grid, len(shown)),
        density=np.concatenate([curve for curve, _ in found]),
        variable=Name("D"),
        bandwidth=np.repeat([width for _, width in found], GRID),
    )
