"""Effects that are linear in the outcome, under all deals of the cohorts at once: the outcomes are dealt instead.

In a balanced panel without regressors beside the policy, an estimator knows regions by their cohorts alone. To deal
the cohorts to the regions is then the same as to deal the regions' outcomes to fixed cohorts, and the estimate and
what each region adds to its error are sums of outcomes with weights that no deal changes:
estimate = sum_i v(g_i)'y_i and psi_i = a(g_i)'y_i + sum_j b(g_i, g_j)'y_j. The weights are read off the estimator
itself, an outcome of a single one at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np

from ccd.arrays import FloatArray, IntArray
from ccd.progress import told

#: Numbers that one block of draws holds.
BLOCK = 4_000_000


class Weights(NamedTuple):
    """Weights of k effects by cohort and year: of estimates and own psi (k, C, T), of others' psi (k, C, C, T)."""

    estimate: FloatArray
    own: FloatArray
    others: FloatArray


def weights_of(
    fit: Callable[[FloatArray], tuple[FloatArray, FloatArray]], group: IntArray, years: int
) -> Weights:
    """Return the weights of ``fit``, which gives estimates (k,) and psi (N, k) of an outcome (N, T).

    ``group`` (N,) holds each region's cohort, 0..C-1. C x T fits are made, of which each outcome is 1 in one year of
    one region and 0 elsewhere.
    """
    members = [np.flatnonzero(group == g) for g in range(int(group.max()) + 1)]
    firsts, lasts = [inside[0] for inside in members], np.array([inside[-1] for inside in members])
    estimates, owns, others = [], [], []
    for g, first in enumerate(firsts):
        for t in range(years):
            y = np.zeros((len(group), years))
            y[first, t] = 1.0
            estimate, psi = fit(y)
            beside = np.where(
                (lasts == first)[:, None], 0.0, psi[lasts]
            )  # (C, k); a cohort of one has no other
            estimates.append(estimate)
            owns.append(psi[first] - beside[g])
            others.append(beside)
    shape = (len(members), years)
    return Weights(
        np.moveaxis(np.reshape(estimates, (*shape, -1)), 2, 0),
        np.moveaxis(np.reshape(owns, (*shape, -1)), 2, 0),
        np.transpose(np.reshape(others, (*shape, len(members), -1)), (3, 2, 0, 1)),
    )


def dealt_outcomes(
    weights: Weights, y: FloatArray, group: IntArray
) -> Iterator[tuple[slice, FloatArray, FloatArray]]:
    """Yield blocks of draws: which they are, estimates (r, k) and psi (r, N, k).

    Region i of outcomes ``y`` (N, T) has the cohort ``group`` (R, N). The squares of psi sum to the variance.
    """
    step = max(1, BLOCK // (len(y) * len(weights.own)))
    every, count = np.arange(len(y)), weights.own.shape[1]
    estimates, own = (np.einsum("it,kgt->igk", y, table) for table in (weights.estimate, weights.own))
    for start in told(range(0, len(group), step), "draws", len(group), step):
        rows = slice(start, start + step)
        of = group[rows]
        sums = np.stack([(of == g).astype(np.float64) @ y for g in range(count)], axis=1)
        shared = np.einsum("khgt,rgt->rhk", weights.others, sums, optimize=True)
        psi = own[every, of] + np.take_along_axis(shared, of[:, :, None], axis=1)
        yield rows, estimates[every, of].sum(axis=1), psi
