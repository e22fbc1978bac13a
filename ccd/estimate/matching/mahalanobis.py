"""Nearest neighbours in all matching columns at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ccd.arrays import FloatArray, IntArray
from ccd.estimate.matching.pool import TIE, Lent, Pool, Settings
from ccd.estimate.matching.smoothing import chunks

if TYPE_CHECKING:
    from sklearn.neighbors import KDTree


def match_mahalanobis(pool: Pool, settings: Settings) -> Lent:
    """Return 1:k matching on the Mahalanobis distance, with replacement.

    ``pool`` holds whitened columns, so the distance is Euclidean. All controls at the distance of the
    k-th nearest lend equal shares; a caliper is on the score (Rosenbaum & Rubin 1985, Am. Stat. 39).
    A tree finds them: about t log c steps where the caliper leaves near controls in, memory linear.
    """
    t, c = len(pool.treated_score), len(pool.control_score)
    if not t or not c:
        return Lent(np.zeros(c), np.zeros(t, bool))
    from sklearn.neighbors import KDTree  # slow to import

    tree = KDTree(pool.control_x)
    caliper = np.inf if settings.caliper is None else settings.caliper + TIE
    reach = _reach(tree, pool, min(settings.neighbours, c), caliper)
    weight = np.zeros(c)
    for rows in chunks(t, c):
        near = tree.query_radius(pool.treated_x[rows], np.maximum(reach[rows], 0.0) + TIE)
        own = np.repeat(np.arange(rows.start, rows.stop), [len(some) for some in near])
        control = np.concatenate(near).astype(np.intp)
        inside = np.abs(pool.treated_score[own] - pool.control_score[control]) <= caliper
        own, control = own[inside], control[inside]
        weight += np.bincount(control, 1 / np.bincount(own)[own], c)
    return Lent(weight, reach >= 0)


def _reach(tree: KDTree, pool: Pool, k: int, caliper: float) -> FloatArray:
    """Return the distance (t,) of the k-th nearest control within the caliper, of the last if fewer, -1 if none."""
    c = len(pool.control_score)
    reach = np.full(len(pool.treated_score), -1.0)
    left, ask = _with_controls(pool, caliper), k
    while len(left):
        short = []
        for part in chunks(len(left), ask):
            rows = left[part]
            distance, near = tree.query(pool.treated_x[rows], k=ask)
            inside = np.abs(pool.treated_score[rows, None] - pool.control_score[near]) <= caliper
            rank = np.cumsum(inside, axis=1)
            wanted = np.minimum(rank[:, -1], k)
            place = (rank >= wanted[:, None]).argmax(axis=1)
            done = (wanted == k) | ((ask == c) & (wanted > 0))
            reach[rows[done]] = distance[np.arange(len(rows)), place][done]
            short.append(rows[wanted < k])
        if ask == c:
            break
        left, ask = np.concatenate(short), min(4 * ask, c)  # the caliper leaves out some of the nearest
    return reach


def _with_controls(pool: Pool, caliper: float) -> IntArray:
    """Return the treated rows with a control within the caliper; the others need no search."""
    ranked = np.sort(pool.control_score)
    above = np.searchsorted(ranked, pool.treated_score - caliper - TIE, "left")
    below = np.searchsorted(ranked, pool.treated_score + caliper + TIE, "right")
    return np.flatnonzero(below > above)
