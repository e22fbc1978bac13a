"""Nearest neighbours in all matching columns at once."""

from __future__ import annotations

import numpy as np

from ccd.arrays import FloatArray
from ccd.estimate.matching.pool import TIE, Lent, Pool, Settings
from ccd.estimate.matching.smoothing import chunks


def match_mahalanobis(pool: Pool, settings: Settings) -> Lent:
    """Return 1:k nearest-neighbour matching on the Mahalanobis distance, with replacement.

    ``pool`` holds whitened columns, so the distance is Euclidean. All controls at the distance of the
    k-th nearest lend equal shares; a caliper is on the score (Rosenbaum & Rubin 1985, Am. Stat. 39).
    Time O(t c k), memory linear.
    """
    t, c = len(pool.treated_score), len(pool.control_score)
    weight, matched = np.zeros(c), np.zeros(t, bool)
    fitted = None if pool.control_y is None else np.full(t, np.nan)
    if not c:
        return Lent(weight, matched, fitted)
    for rows in chunks(t, c):
        share = _shares(pool, settings, rows)
        found = share.sum(axis=1)
        matched[rows] = found > 0
        share /= np.maximum(found, 1)[:, None]
        weight += share.sum(axis=0)
        if fitted is not None and pool.control_y is not None:
            fitted[rows] = np.where(found > 0, share @ pool.control_y, np.nan)
    return Lent(weight, matched, fitted)


def _shares(pool: Pool, settings: Settings, rows: slice) -> FloatArray:
    """Return 1 where a control (c,) is among the nearest of a treated row, else 0."""
    distance = np.zeros((rows.stop - rows.start, len(pool.control_score)))
    for mine, theirs in zip(pool.treated_x[rows].T, pool.control_x.T, strict=True):
        distance += (mine[:, None] - theirs[None, :]) ** 2
    np.sqrt(distance, out=distance)
    if settings.caliper is not None:
        gap = np.abs(pool.treated_score[rows, None] - pool.control_score[None, :])
        distance[gap > settings.caliper + TIE] = np.inf
    k = min(settings.neighbours, distance.shape[1])
    kth = np.partition(distance, k - 1, axis=1)[:, k - 1]
    farthest = np.where(np.isfinite(kth), kth + TIE, np.finfo(float).max)
    return (distance <= farthest[:, None]).astype(float)
