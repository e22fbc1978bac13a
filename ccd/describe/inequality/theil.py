"""Theil's T: within groups and between them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ccd.arrays import FloatArray
from ccd.describe.inequality.sums import Sums


@dataclass(frozen=True)
class Theil:
    """T and its parts on the leading axes of the sums: theil = within + between; ``groups`` (..., K) each T_k."""

    theil: FloatArray
    within: FloatArray
    between: FloatArray
    groups: FloatArray


def theil(found: Sums) -> Theil:
    """Return T = mean of r ln r, r = x / mean (Theil 1967, ch. 4); nan with a negative value."""
    weight, value = found.weight.sum(axis=-1), found.value.sum(axis=-1)
    with np.errstate(invalid="ignore", divide="ignore"):
        total = found.log.sum(axis=-1) / value - np.log(value / weight)
        mean = found.value / found.weight
        share = found.value / value[..., None]
        own = np.where(found.value > 0, found.log / found.value - np.log(mean), 0.0)
        apart = np.where(share > 0, share * np.log(mean / (value / weight)[..., None]), 0.0)
    return Theil(total, (share * own).sum(axis=-1), apart.sum(axis=-1), own)
