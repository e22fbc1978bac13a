"""Which distance band of its nearest treated region an untreated region-year lies in."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ccd.arrays import FloatArray, IntArray

#: States beside the bands 1..K: treated, clean, and left out beyond the last edge.
TREATED, CLEAN, DONUT = 0, -1, -2


@dataclass(frozen=True)
class Bands:
    """``apart`` (N, N) between regions, in km or steps; ``edges`` (K,); the ``donut`` beyond the last of them.

    ``always`` (N,) is the distance to the nearest region that is treated throughout, infinite for none.
    """

    apart: FloatArray
    edges: FloatArray
    donut: float
    always: FloatArray

    def states(self, cohort: FloatArray, times: FloatArray) -> IntArray:
        """Return the state of each region and year (N, T) under first treated years ``cohort`` (N,; nan = never)."""
        found = np.empty((len(cohort), len(times)), dtype=np.intp)
        for s, year in enumerate(times):
            sources = cohort <= year
            nearest = self.always
            if sources.any():
                nearest = np.minimum(nearest, self.apart[:, sources].min(axis=1))
            band = np.searchsorted(self.edges, nearest, side="left") + 1
            beyond = np.where(nearest <= self.edges[-1] + self.donut, DONUT, CLEAN)
            found[:, s] = np.where(sources, TREATED, np.where(band <= len(self.edges), band, beyond))
        return found


def entered(states: IntArray, times: FloatArray, band: int) -> FloatArray:
    """Return the years since each region-year's region entered ``band``, (N, T); nan outside it."""
    inside = states == band
    first = np.where(inside.any(axis=1), times[np.argmax(inside, axis=1)], np.nan)
    return np.where(inside, times - first[:, None], np.nan)
