"""An effect that is linear in the outcome, under all deals of the cohorts at once: the outcomes are dealt instead.

In a balanced panel without regressors beside the policy, an estimator knows regions by their cohorts alone. To deal
the cohorts to the regions is then the same as to deal the regions' outcomes to fixed cohorts, and the estimate and
what each region adds to its error are sums of outcomes with weights that no deal changes:
estimate = sum_i v(g_i)'y_i and psi_i = a(g_i)'y_i + sum_j b(g_i, g_j)'y_j. The weights are read off the estimator
itself, an outcome of a single one at a time.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from ccd.arrays import FloatArray, IntArray
from ccd.progress import told

#: Regions times draws that one block holds.
BLOCK = 400_000


class Weights(NamedTuple):
    """Weights by cohort and year: of the estimate and a region's own psi (C, T), of the psi of others (C, C, T)."""

    estimate: FloatArray
    own: FloatArray
    others: FloatArray


def weights_of(fit: Callable[[FloatArray], tuple[float, FloatArray]], group: IntArray, years: int) -> Weights:
    """Return the weights of ``fit``, which gives estimate and psi (N,) of an outcome (N, T).

    ``group`` (N,) holds each region's cohort, 0..C-1. C x T fits are made, of which each outcome is 1 in one year of
    one region and 0 elsewhere.
    """
    count = int(group.max()) + 1
    members = [np.flatnonzero(group == g) for g in range(count)]
    found = Weights(np.zeros((count, years)), np.zeros((count, years)), np.zeros((count, count, years)))
    for g, inside in enumerate(members):
        for t in range(years):
            y = np.zeros((len(group), years))
            y[inside[0], t] = 1.0
            found.estimate[g, t], psi = fit(y)
            for h, others in enumerate(members):
                other = others[-1]
                found.others[h, g, t] = psi[other] if other != inside[0] else 0.0
            found.own[g, t] = psi[inside[0]] - found.others[g, g, t]
    return found


def dealt_outcomes(weights: Weights, y: FloatArray, group: IntArray) -> tuple[FloatArray, FloatArray]:
    """Return estimate and error (R,) of outcomes ``y`` (N, T) when region i has the cohort ``group`` (R, N).

    The error is the root of the sum of squares of psi.
    """
    step = max(1, BLOCK // len(y))
    parts = [
        _block(weights, y, group[start : start + step])
        for start in told(range(0, len(group), step), "draws", len(group), step)
    ]
    return np.concatenate([b for b, _ in parts]), np.concatenate([s for _, s in parts])


def _block(weights: Weights, y: FloatArray, group: IntArray) -> tuple[FloatArray, FloatArray]:
    every = np.arange(len(y))
    estimate = (y @ weights.estimate.T)[every, group].sum(axis=1)
    psi = (y @ weights.own.T)[every, group]
    count = len(weights.own)
    sums = np.stack([(group == g).astype(np.float64) @ y for g in range(count)], axis=1)
    shared = np.einsum("hgt,rgt->rh", weights.others, sums, optimize=True)
    psi += np.take_along_axis(shared, group, axis=1)
    return np.asarray(estimate), np.sqrt(np.einsum("ri,ri->r", psi, psi))
