"""The joint optimum of two thresholds, over every allowed pair."""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

import numpy as np

from ccd.arrays import FloatArray
from ccd.estimate.threshold.scan.bootstrap import observed
from ccd.estimate.threshold.scan.exact import Scan, scan
from ccd.estimate.threshold.scan.search import BLOCK, Search

#: Candidates above which the search over pairs is not made (its time grows with their square).
LIMIT = 20_000
#: Stretches of candidates: the first of a pair lies in one, the second there or later.
STRETCHES = 8


class Pair(NamedTuple):
    """Two values (2,) of the threshold variable, ascending, and the sum of squares they leave together."""

    values: FloatArray
    ssr: float


def joint(whole: Scan) -> Pair:
    """Return the two values that together leave the least sum of squares; infinite without an allowed pair."""
    found, least = np.full(2, np.nan), np.inf
    bounds = np.linspace(0, whole.candidates.size, STRETCHES + 1).astype(int)
    for start, stop in pairwise(bounds):
        if start == stop:
            continue
        later = scan(whole.model, whole.x, whole.candidates.after(int(start)))
        pair, ssr = _first_in(later, int(stop - start))
        if ssr < least:
            found, least = pair, ssr
    return Pair(found, least)


def _first_in(later: Scan, count: int) -> tuple[FloatArray, float]:
    """Return the best pair whose first member is one of the first ``count`` candidates."""
    search = observed(later)
    size = int(np.clip(BLOCK // later.blocks.width, 1, 64))
    room = later.buffers(size, 1)
    found, least = np.full(2, np.nan), np.inf
    firsts = later.blocks.slot[:count]
    firsts = firsts[np.isfinite(later.square[0, 0, firsts])]  # the others identify nothing
    for start in range(0, len(firsts), size):
        fixed = firsts[start : start + size, None]
        rows = np.arange(len(fixed))
        b = np.broadcast_to(search.b, (later.p, len(fixed), later.blocks.width))
        pairs = Search(later, b, np.repeat(search.base, len(fixed)), room, shared=False)
        best = pairs.best(fixed, rows, [0])
        ssr = np.where(best.found, best.ssr, np.inf)
        row = int(ssr.argmin())
        if ssr[row] < least:
            slots = np.array([fixed[row, 0], best.slots[row, 0]])
            found = later.candidates.value[np.sort(later.blocks.candidate(slots))]
            least = float(ssr[row])
    return found, least
