"""Folds of regions: a region is never split, and treated regions are spread over all folds."""

from __future__ import annotations

import numpy as np

from ccd.arrays import BoolArray, IntArray


def region_folds(treated: BoolArray, folds: int, generator: np.random.Generator) -> IntArray:
    """Return the fold (N,) of each region, from ``treated`` (N,): ever treated or not.

    The ever treated, shuffled, then the others, shuffled, are dealt 0 .. folds - 1 round and round.
    """
    order = np.concatenate(
        [generator.permutation(np.flatnonzero(treated)), generator.permutation(np.flatnonzero(~treated))]
    )
    dealt = np.empty(len(treated), dtype=np.intp)
    dealt[order] = np.arange(len(treated)) % folds
    return dealt
