"""The quantiles that a study names, and draws of estimates at them."""

from __future__ import annotations

import numpy as np

from ccd.arrays import FloatArray
from ccd.errors import SpecError
from ccd.words import text

#: Deciles, where a study names no quantiles.
DECILES = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)


def ordered(levels: tuple[float, ...]) -> tuple[float, ...]:
    """Return quantiles as a study names them. Raises SpecError unless they lie within (0, 1) and rise."""
    if any(not 0 < q < 1 for q in levels) or list(levels) != sorted(set(levels)):
        raise SpecError(text("quantiles lie between 0 and 1 and rise, such as [0.25, 0.5, 0.75]"))
    return levels


def spread_of(draws: FloatArray) -> FloatArray:
    """Return the standard deviations (k,) of ``draws`` (B, k), those of a column that are missing left out."""
    known = np.isfinite(draws)
    count = known.sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.where(known, draws, 0.0).sum(axis=0) / count
        squares = np.where(known, (draws - mean) ** 2, 0.0).sum(axis=0)
        return np.asarray(np.sqrt(squares / (count - 1)))
