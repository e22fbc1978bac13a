"""Covariances from influence functions: one row per region, summed within clusters."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ccd.arrays import FloatArray, IntArray
from ccd.errors import EstimationError, Words
from ccd.estimate.linear.ols import codes, group_sums
from ccd.estimate.rows.sample import Sample
from ccd.words import Text, text


def entity_clusters(sample: Sample, *, where: Words) -> tuple[IntArray, ...]:
    """Return the cluster of each entity, one array (N,) per cluster column.

    Raises EstimationError when a cluster cuts an entity into pieces (influence functions belong to entities), and
    when there is only one.
    """
    found = whole_clusters(sample)
    if found is None:
        raise EstimationError(
            text("a region changes its cluster over the years"),
            where=text("{where}, {key}", where=where, key="cluster"),
            fix=text("cluster by a column that is constant within regions"),
        )
    few_clusters(found, where=where)
    return found


def whole_clusters(sample: Sample) -> tuple[IntArray, ...] | None:
    """Return the cluster of each entity, (N,) per cluster column; None when a cluster cuts an entity into pieces."""
    found = []
    for group in sample.clusters:
        own = np.zeros(len(sample.panel.entities), dtype=np.intp)
        own[sample.entity] = group
        if not np.array_equal(own[sample.entity], group):
            return None
        found.append(codes(own))
    return tuple(found)


def influence_vcov(psi: FloatArray, groups: Sequence[IntArray]) -> FloatArray:
    """Return the covariance sum_c psi_c psi_c' of influences ``psi`` (N, k) summed within clusters, (k, k).

    Two arrays of ``groups`` give V1 + V2 - V12 with negative eigenvalues set to 0 (Cameron, Gelbach & Miller
    2011). No small-sample factor.
    """
    meat = np.zeros((psi.shape[1], psi.shape[1]))
    for group in groups:
        meat += _outer(psi, group)
    if len(groups) == 1:
        return meat
    meat -= _outer(psi, codes(groups[0] * (groups[1].max() + 1) + groups[1]))
    values, vectors = np.linalg.eigh(meat)
    return np.asarray((vectors * np.clip(values, 0, None)) @ vectors.T)


def influence_note(groups: Sequence[IntArray]) -> Text:
    """Return the note that names the error and its inference."""
    return text(
        "Standard errors from influence functions ({clusters} clusters), no small-sample factor; inference normal",
        clusters=tuple(int(g.max()) + 1 for g in groups),
    )


def few_clusters(groups: Sequence[IntArray], *, where: Words) -> list[Text]:
    """Return a warning when the smallest number of clusters is under six; raises EstimationError under two."""
    least = min(int(g.max()) + 1 for g in groups)
    if least < 2:
        raise EstimationError(
            text("there is one cluster: no standard error can be computed"),
            where=where,
            fix=text("cluster by a column with more values, six at the least"),
        )
    if least >= 6:
        return []
    return [text("Only {count} clusters: the analytic errors are not to be trusted", count=least)]


def _outer(psi: FloatArray, group: IntArray) -> FloatArray:
    size = int(group.max()) + 1
    sums = psi if size == len(psi) else group_sums(psi, group, size)
    return np.asarray(sums.T @ sums)
