"""Means of ATT(g, t) with the influence of every region, from which all errors and bands come."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ccd.arrays import FloatArray, IntArray
from ccd.estimate.did.group_time.aggregate import Cells, aggregations, membership, share_influence, stack
from ccd.estimate.did.group_time.att_gt import GroupTime, order
from ccd.estimate.did.group_time.multiplier import Bootstrap, critical_values
from ccd.estimate.rows.event_study import within
from ccd.estimate.rows.influence import influence_vcov
from ccd.estimate.rows.wide import Wide


@dataclass(frozen=True)
class Effects:
    """Means of ATT(g, t), named by ``labels`` (q), then the cells (K): ``estimate`` (q + K,).

    Their influences are ``base`` @ ``mix``: (N, K + C), those of the cells and which cohort a region is in.
    """

    cells: Cells
    treated: IntArray
    labels: list[tuple[str, str]]
    estimate: FloatArray
    base: FloatArray
    mix: FloatArray

    def keys(self, name: str) -> list[int]:
        """Return the positions of an aggregation's keys."""
        return [j for j, (one, key) in enumerate(self.labels) if one == name and key != "overall"]

    def covariance(self, groups: tuple[IntArray, ...]) -> FloatArray:
        """Return the covariance of all, (q + K, q + K), clustered by ``groups`` of regions."""
        return np.asarray(self.mix.T @ influence_vcov(self.base, groups) @ self.mix)


def effects_of(found: GroupTime, wide: Wide, only: str = "") -> Effects:
    """Return the cells sorted by cohort and year, and their means (``only`` one aggregation's), with influences.

    A cell weighs as its cohort's number of regions, or the sum of their weights; the shares of cohorts are estimated.
    """
    sort = order(found)
    cohort = np.asarray(found.cohort, dtype=np.intp)[sort]
    member = membership(wide.cohort)
    if wide.weight is not None:
        member *= wide.weight[:, None]
    size = member.sum(axis=0)[np.searchsorted(wide.cohorts, cohort)]
    cells = Cells(cohort, np.asarray(found.time, dtype=np.intp)[sort], size, size)
    att = np.asarray(found.att)[sort]
    each = tuple(one for one in aggregations(cells) if only in ("", one.name))
    labels, weights = stack(each)
    k, q = len(att), len(labels)
    mix = np.zeros((k + member.shape[1], q + k))
    mix[:k, :q], mix[:k, q:] = weights.T, np.eye(k)
    mix[k:, :q] = share_influence(cells, att, each, wide.cohort)
    base = np.concatenate([*found.columns, member], axis=1, dtype=np.float64)
    if not np.array_equal(sort, np.arange(k)):
        base = base[:, np.concatenate([sort, np.arange(k, base.shape[1])])]
    estimate = np.concatenate([weights @ att, att])
    return Effects(cells, np.asarray(found.treated)[sort], labels, estimate, base, mix)


@dataclass(frozen=True)
class Critical:
    """What a standard error is multiplied by: one value for the event study, one for the cells, one a mean (q,)."""

    event_study: float
    cells: float
    means: FloatArray


def simultaneous(
    effects: Effects,
    matrix: FloatArray,
    group: IntArray,
    window: tuple[int, int] | None,
    spec: Bootstrap,
    rng: np.random.Generator,
) -> Critical:
    """Return the critical values of bands over the shown event times, the cells, and each set of keys.

    ``matrix`` (q + K, q + K) is the covariance of ``effects`` clustered by ``group`` (N,); overall means have no
    band (nan).
    """
    q = len(effects.labels)
    sets = [effects.keys(name) for name in ("group", "calendar", "dynamic")]
    inside = [j for j in sets[2] if within(int(effects.labels[j][1]), window)]
    families = [np.arange(q, len(matrix)), *map(np.asarray, (inside, *sets))]
    std_error = np.sqrt(np.diag(matrix))
    value = critical_values(effects.base, effects.mix, std_error, families, group, spec, rng)
    means = np.full(q, np.nan)
    for own, critical in zip(sets, value[2:], strict=True):
        means[own] = critical
    return Critical(float(value[1]), float(value[0]), means)
