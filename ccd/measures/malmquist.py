"""Productivity change from one year to the next: the Malmquist index and its parts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ccd.arrays import FloatArray, IntArray
from ccd.measures.programmes import radial


@dataclass(frozen=True)
class Change:
    """Of each row against the same region's row a year before, (n,) each; missing where there is none.

    ``index`` is ``efficiency`` times ``technical``, ``efficiency`` is ``pure`` times ``scale``.
    """

    index: FloatArray
    efficiency: FloatArray
    pure: FloatArray
    scale: FloatArray
    technical: FloatArray


def malmquist(
    x: FloatArray, y: FloatArray, years: IntArray, before: IntArray, *, adjacent: bool, out: bool
) -> Change:
    """Return the changes of rows with inputs x (n, m), outputs y (n, s) and ``before``, the row a year ago or -1 (n,).

    Global: Pastor and Lovell (2005, Economics Letters 88); ``adjacent``: Fare, Grosskopf, Norris and Zhang (1994,
    AER 84), the geometric mean over the frontiers of both years.
    """
    n = len(x)
    groups = {int(year): np.flatnonzero(years == year) for year in np.unique(years)}

    def score(row: int, rows: IntArray, *, vrs: bool = False) -> float:
        return radial(x[rows], y[rows], x[row], y[row], out=out, vrs=vrs)

    own = np.array([score(i, groups[int(years[i])]) for i in range(n)])
    pure = np.array([score(i, groups[int(years[i])], vrs=True) for i in range(n)])
    index, change, pure_change = (np.full(n, np.nan) for _ in range(3))
    pairs = np.flatnonzero(before >= 0)
    ago = before[pairs]
    change[pairs] = own[pairs] / own[ago]
    pure_change[pairs] = pure[pairs] / pure[ago]
    if adjacent:
        for i, j in zip(pairs, ago, strict=True):
            now, then = groups[int(years[i])], groups[int(years[j])]
            index[i] = np.sqrt(score(int(i), then) / own[j] * own[i] / score(int(j), now))
    else:
        every = np.arange(n)
        whole = np.array([score(i, every) for i in range(n)])
        index[pairs] = whole[pairs] / whole[ago]
    return Change(index, change, pure_change, change / pure_change, index / change)
