"""Dagum's Gini: within groups, between them, and where they overlap."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ccd.arrays import FloatArray
from ccd.describe.inequality.sums import Sums


@dataclass(frozen=True)
class Dagum:
    """Gini and its parts on the leading axes of the sums: gini = within + between + overlap.

    ``pairs`` (..., K, K) holds G_jh, on its diagonal the Gini of each group; ``dominance`` D_jh (..., K, K).
    """

    gini: FloatArray
    within: FloatArray
    between: FloatArray
    overlap: FloatArray
    pairs: FloatArray
    dominance: FloatArray


def dagum(found: Sums) -> Dagum:
    """Return the decomposition of Dagum (1997, eqs. 6, 12-20), zero pairs kept; empty groups count nothing.

    With d - q = m_j - m_h and d + q the mean difference, D_jh = |m_j - m_h| / Delta_jh, and 0/0 = 0.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = found.value / found.weight
        both = found.weight[..., :, None] * found.weight[..., None, :]
        delta = (found.above + np.swapaxes(found.above, -1, -2)) / both
        pairs = np.where(delta > 0, delta / (mean[..., :, None] + mean[..., None, :]), 0.0)
        dominance = np.where(delta > 0, np.abs(mean[..., :, None] - mean[..., None, :]) / delta, 0.0)
    dominance = np.minimum(dominance, 1.0)
    p = found.weight / found.weight.sum(axis=-1, keepdims=True)
    s = found.value / found.value.sum(axis=-1, keepdims=True)
    cross = pairs * p[..., :, None] * s[..., None, :]  # G_jh p_j s_h: both orders together make the pair
    own = np.diagonal(cross, axis1=-2, axis2=-1).sum(axis=-1)
    apart = cross - cross * np.eye(cross.shape[-1])
    between = (apart * dominance).sum(axis=(-2, -1))
    overlap = (apart * (1 - dominance)).sum(axis=(-2, -1))
    total = found.above.sum(axis=(-2, -1))
    # the mean difference of all regions over twice the mean: not summed from the parts
    gini = total / (found.weight.sum(axis=-1) * found.value.sum(axis=-1))
    return Dagum(gini, own, between, overlap, pairs, dominance)
