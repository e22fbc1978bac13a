"""Effects by event time, cohort and year under all deals of the cohorts at once, where outcomes can be dealt."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import NamedTuple

import numpy as np

from ccd.arrays import FloatArray, IntArray
from ccd.estimate.did.checks.permuted_study import Redrawn, Shown
from ccd.estimate.did.effects import statistics
from ccd.estimate.linear.dealt_outcomes import Weights, dealt_outcomes, weights_of
from ccd.estimate.linear.pretrend import joint_test


class Tables(NamedTuple):
    """All effects of an estimate beside its headline, and what each region adds to their errors.

    ``estimate`` (k,) and ``psi`` (N, k) are those of ``event_time``, then of ``cells`` (cohort, year), then of
    ``means`` (aggregation, key). ``before`` lists the cells that the pre-test of all cells takes.
    """

    event_time: Sequence[int]
    cells: Sequence[tuple[int, int]]
    means: Sequence[tuple[str, str]]
    estimate: FloatArray
    psi: FloatArray
    before: Sequence[int] = ()


def tables_dealt(
    made: Tables,
    fit: Callable[[FloatArray], tuple[FloatArray, FloatArray]],
    shown: Shown,
    y: FloatArray,
    group: IntArray,
) -> Redrawn:
    """Return what is ``shown`` of outcomes ``y`` (N, T) under the cohorts ``group`` (R, N) of every draw.

    ``made`` is of any deal, ``fit`` gives its estimates and psi of another outcome.
    """
    weights: Weights = weights_of(fit, group[0], y.shape[1])
    found = Redrawn.empty(len(group), shown)
    first = len(made.event_time)
    events = _places(list(made.event_time), shown.event_time.tolist())
    cells = _places(list(made.cells), shown.cells, first)
    means = _places(list(made.means), shown.means, first + len(made.cells))
    before = first + np.asarray(made.before, dtype=np.intp)
    for rows, estimate, psi in dealt_outcomes(weights, y, group):
        t = statistics(estimate, np.sqrt(np.einsum("rik,rik->rk", psi, psi)))
        t = np.column_stack([t, np.full(len(psi), np.nan)])  # the last: not there
        found.cells[rows], found.means[rows] = t[:, cells], t[:, means]
        if (events >= 0).all():
            found.beta[rows] = estimate[:, events]
            found.matrix[rows] = np.matmul(psi[:, :, events].transpose(0, 2, 1), psi[:, :, events])
        if len(before):
            some = psi[:, :, before]
            matrix = np.matmul(some.transpose(0, 2, 1), some)
            tests = [joint_test(b, v, float("inf")) for b, v in zip(estimate[:, before], matrix, strict=True)]
            found.before[rows] = [np.nan if test.statistic is None else test.statistic for test in tests]
    return found


def _places(keys: Sequence[Hashable], wanted: Sequence[Hashable], first: int = 0) -> IntArray:
    """Return where the ``wanted`` keys stand, ``first`` being the place of the first key; -1 for those not there."""
    place = {key: first + j for j, key in enumerate(keys)}
    return np.array([place.get(key, -1) for key in wanted], dtype=np.intp)
