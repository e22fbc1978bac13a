"""Event-time dummies by cells (cohort, year) instead of rows."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ccd.arrays import FloatArray, IntArray
from ccd.estimate.linear.saturated import saturate
from ccd.estimate.linear.vcov import Vcov, scaled
from ccd.estimate.rows.influence import influence_vcov, whole_clusters
from ccd.estimate.rows.sample import Sample
from ccd.estimate.rows.wide import spread, spread_all


def event_cells(sample: Sample, event: FloatArray) -> tuple[IntArray, IntArray, list[int]]:
    """Return each entity's cohort number (N,), the cells with an event time (K, 2), and that time (K,).

    ``event`` (n,) is the (pooled) event time of each row, the same within a cell.
    """
    cohorts = np.unique(sample.entity_cohort[np.isfinite(sample.entity_cohort)])
    group = np.searchsorted(cohorts, sample.entity_cohort)
    t = len(sample.panel.times)
    dated = np.isfinite(event)
    code = group[sample.entity[dated]] * t + sample.time[dated]
    dates = np.full(len(cohorts) * t, np.nan)
    dates[code] = event[dated]
    cell = np.flatnonzero(np.isfinite(dates))
    pairs = np.column_stack([cell // t, cell % t])
    return np.asarray(group, dtype=np.intp), pairs, [int(e) for e in dates[cell]]


def event_effects(
    sample: Sample, event: FloatArray, shown: Sequence[int], x: FloatArray, k: int
) -> tuple[FloatArray, Vcov] | None:
    """Return the two-way effects (k,) at the ``shown`` event times and their clustered covariance.

    The regression is that of y on region and year effects, a dummy per event time and ``x`` (n, p); ``event``
    (n,) is nan for the never treated and ``k`` the K of the small-sample factor. None where sums over cells do
    not do: two cluster columns, a cluster that cuts a region, or a regressor that is not identified.
    """
    groups = whole_clusters(sample)
    if groups is None or len(groups) > 1:
        return None
    group, cells, value = event_cells(sample, event)
    number = {e: j for j, e in enumerate(shown)}
    kept = [j for j, e in enumerate(value) if e in number]
    effect = np.array([number[value[j]] for j in kept], dtype=np.intp)
    fit = saturate(spread(sample, sample.y), spread_all(sample, x), group, cells[kept], effect)
    if not np.isfinite([*fit.effect, *fit.slopes]).all():
        return None
    psi = fit.influence(np.eye(len(shown), len(shown) + x.shape[1]))
    return fit.effect, scaled(influence_vcov(psi, groups), sample.clusters, len(sample.y), k)
