"""Untreated outcomes by region and year effects fitted on untreated cells, with the influence of each cell."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_array

from ccd.arrays import BoolArray, FloatArray, IntArray
from ccd.estimate.linear.ols import group_sums, unidentified


@dataclass(frozen=True)
class Counterfactual:
    """What is left of y after a_i + l_t + x'c fitted on untreated cells alone.

    ``tau`` (n,) is y - a_i - l_t - x'c: the effect of a treated cell, the residual of an untreated one.
    ``imputable`` (n,) tells where a_i + l_t exists: the region and the year are joined by untreated cells
    (elsewhere tau is nan). ``slopes`` (p,) is c, ``x`` (n, p) the controls less their own region and year
    effects, and ``absorbed`` and ``collinear`` list the controls that could not be told from them.
    """

    tau: FloatArray
    imputable: BoolArray
    untreated: BoolArray
    slopes: FloatArray
    x: FloatArray
    absorbed: tuple[int, ...]
    collinear: tuple[int, ...]
    entity: IntArray
    time: IntArray
    counts: FloatArray
    normal: FloatArray
    gram: FloatArray

    def influence(self, key: IntArray, size: int) -> tuple[FloatArray, FloatArray]:
        """Return the means of tau by ``key``, (size,), and the influence of each region on them, (N, size).

        ``key`` (n,) holds 0..size-1 on the treated cells that are averaged and -1 elsewhere. The squares of
        a column of the influence sum to the variance: sum_i (sum_t v_it e_it)^2 with v the weights on y and
        e the residual, that of a treated cell being its tau less the mean over its key (Borusyak, Jaravel &
        Spiess 2024; the two-step variance of Gardner 2022).
        """
        used = np.flatnonzero(key >= 0)
        k, entity, time = key[used], self.entity[used], self.time[used]
        n, t = self.counts.shape
        weight = (1.0 / np.bincount(k, minlength=size))[k]
        mean = np.asarray(np.bincount(k, weight * self.tau[used], size), dtype=np.float64)
        own = weight * (self.tau[used] - mean[k])
        treated = np.bincount(entity * size + k, own, n * size).reshape(n, size)
        by_entity = np.bincount(entity * size + k, weight, n * size).reshape(n, size)
        by_time = np.bincount(time * size + k, weight, t * size).reshape(t, size)
        level = self.normal @ (by_time - self.shares.T @ by_entity)
        rows = self.untreated & self.imputable
        resid = np.where(rows, np.nan_to_num(self.tau), 0.0)
        wide = np.bincount(self.entity * t + self.time, resid, n * t).reshape(n, t)
        psi = treated - wide @ level
        if self.x.shape[1]:
            moved = np.column_stack([np.bincount(k, weight * column[used], size) for column in self.x.T])
            psi -= group_sums(self.x * resid[:, None], self.entity, n) @ self.gram @ moved.T
        return np.asarray(mean), np.asarray(psi)

    def slope_influence(self) -> FloatArray:
        """Return the influence of each region on the controls' slopes, (N, p)."""
        resid = np.where(self.untreated & self.imputable, np.nan_to_num(self.tau), 0.0)
        return np.asarray(group_sums(self.x * resid[:, None], self.entity, self.counts.shape[0]) @ self.gram)

    @property
    def shares(self) -> FloatArray:
        """Return the untreated cells of each region as shares of their number, (N, T)."""
        total = self.counts.sum(axis=1, keepdims=True)
        return np.asarray(np.divide(self.counts, total, out=np.zeros_like(self.counts), where=total > 0))


def impute(
    y: FloatArray, x: FloatArray, entity: IntArray, time: IntArray, untreated: BoolArray
) -> Counterfactual:
    """Return the counterfactual fit of ``y`` (n,) on effects and ``x`` (n, p) over the ``untreated`` cells (n,).

    ``entity`` and ``time`` (n,) are codes from 0. Balanced and unbalanced panels are equally exact: entities
    are swept out by means, years by their normal equations.
    """
    n, t = int(entity.max()) + 1, int(time.max()) + 1
    rows = np.flatnonzero(untreated)
    counts = np.bincount(entity[rows] * t + time[rows], minlength=n * t).reshape(n, t).astype(float)
    total = counts.sum(axis=1, keepdims=True)
    shares = np.divide(counts, total, out=np.zeros_like(counts), where=total > 0)
    normal = np.linalg.pinv(np.diag(counts.sum(axis=0)) - counts.T @ shares, rcond=1e-12, hermitian=True)
    raw = np.column_stack([y, x])
    raw = raw - raw[rows].mean(axis=0)
    inner, own, when = raw[rows], entity[rows], time[rows]
    means = np.divide(group_sums(inner, own, n), total, out=np.zeros((n, raw.shape[1])), where=total > 0)
    level = normal @ group_sums(inner - means[own], when, t)
    left = raw - (means - shares @ level)[entity] - level[time]
    y_left, x_left = left[:, 0], left[:, 1:]
    absorbed, collinear = unidentified(x_left[rows], raw[rows][:, 1:])
    gram = np.zeros((x.shape[1], x.shape[1]))
    slopes = np.zeros(x.shape[1])
    if x.shape[1] and not absorbed and not collinear:
        q, r = np.linalg.qr(x_left[rows])
        inverse = np.linalg.inv(r)
        gram, slopes = inverse @ inverse.T, inverse @ (q.T @ y_left[rows])
    joined = _joined(counts, entity, time)
    tau = np.where(joined, y_left - x_left @ slopes, np.nan)
    return Counterfactual(
        tau=tau,
        imputable=joined,
        untreated=untreated,
        slopes=slopes,
        x=x_left,
        absorbed=tuple(absorbed),
        collinear=tuple(collinear),
        entity=entity,
        time=time,
        counts=counts,
        normal=normal,
        gram=gram,
    )


def _joined(counts: FloatArray, entity: IntArray, time: IntArray) -> BoolArray:
    from scipy.sparse.csgraph import connected_components  # slow to import

    n, t = counts.shape
    if (counts > 0).all(axis=1).any():  # one entity joins all years, and every entity has one of them or none
        return np.asarray((counts.sum(axis=1) > 0)[entity])
    i, s = np.nonzero(counts)
    graph = coo_array((np.ones(len(i)), (i, n + s)), shape=(n + t, n + t))
    part = connected_components(graph, directed=False)[1]
    return np.asarray(part[entity] == part[n + time])
