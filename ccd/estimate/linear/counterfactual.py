"""Untreated outcomes by region and year effects fitted on untreated cells, with the influence of each cell."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ccd.arrays import BoolArray, FloatArray, IntArray
from ccd.estimate.linear.ols import group_sums, unidentified

#: Directions of a normal matrix below this share of its largest eigenvalue are not identified,
TOLERANCE = 1e-11
#: and a row is when what these leave of its regressors is less than this.
LEFT = 1e-7


@dataclass(frozen=True)
class Counterfactual:
    """What is left of y after a_i + l_t + x'c fitted on untreated cells alone.

    ``resid`` (n,) is y - a_i - l_t - x'c where ``imputable`` (n,) tells that the untreated cells identify it: they
    join the region and the year, and no control that they leave out moves the row. ``slopes`` (p,) is c, ``x`` (n, p)
    the controls less their own region and year effects; ``weight`` (n,) weighs the rows (None: alike). ``absorbed``
    and ``collinear`` list the controls that could not be told from them, whose slopes are 0. ``counts`` (N, T) are
    the weights of the untreated cells, ``inverse`` and ``basis`` the pseudo-inverse (T, T) and range of the years'
    normal matrix, ``gram`` (p, p) the inverse Gram matrix of x.
    """

    resid: FloatArray
    imputable: BoolArray
    untreated: BoolArray
    slopes: FloatArray
    x: FloatArray
    absorbed: tuple[int, ...]
    collinear: tuple[int, ...]
    entity: IntArray
    time: IntArray
    counts: FloatArray
    shares: FloatArray
    inverse: FloatArray
    basis: FloatArray
    gram: FloatArray
    weight: FloatArray | None = None

    @cached_property
    def tau(self) -> FloatArray:
        """Return the effect of a treated cell, the residual of an untreated one, nan where not imputable, (n,)."""
        return np.where(self.imputable, self.resid, np.nan)

    @property
    def fitted_resid(self) -> FloatArray:
        """Return the residuals of the fit (n,) times weight: those of the untreated cells it joins, 0 elsewhere."""
        resid = self.resid if self.weight is None else self.weight * self.resid
        return np.where(self.untreated & self.imputable, resid, 0.0)

    def influence(self, key: IntArray, size: int) -> tuple[FloatArray, FloatArray]:
        """Return the (weighted) means of tau by ``key``, (size,), and the influence of each region on them, (N, size).

        ``key`` (n,) holds 0..size-1 on the treated cells that are averaged and -1 elsewhere. The squares of
        a column of the influence sum to the variance: sum_i (sum_t v_it e_it)^2 with v the weights on y and
        e the residual, that of a treated cell being its tau less the mean over its key (Borusyak, Jaravel &
        Spiess 2024; the two-step variance of Gardner 2022).
        """
        used = np.flatnonzero(key >= 0)
        k, entity, time = key[used], self.entity[used], self.time[used]
        n, t = self.counts.shape
        own_weight = np.ones(len(used)) if self.weight is None else self.weight[used]
        weight = own_weight / np.bincount(k, own_weight, size)[k]
        mean = np.asarray(np.bincount(k, weight * self.tau[used], size), dtype=np.float64)
        own = weight * (self.tau[used] - mean[k])
        treated = np.bincount(entity * size + k, own, n * size).reshape(n, size)
        by_entity = np.bincount(entity * size + k, weight, n * size).reshape(n, size)
        by_time = np.bincount(time * size + k, weight, t * size).reshape(t, size)
        level = self.inverse @ (by_time - self.shares.T @ by_entity)
        resid = self.fitted_resid
        wide = np.bincount(self.entity * t + self.time, resid, n * t).reshape(n, t)
        psi = treated - wide @ level
        if self.x.shape[1]:
            moved = np.column_stack([np.bincount(k, weight * column[used], size) for column in self.x.T])
            psi -= group_sums(self.x * resid[:, None], self.entity, n) @ self.gram @ moved.T
        return np.asarray(mean), np.asarray(psi)

    def slope_influence(self) -> FloatArray:
        """Return the influence of each region on the controls' slopes, (N, p)."""
        sums = group_sums(self.x * self.fitted_resid[:, None], self.entity, self.counts.shape[0])
        return np.asarray(sums @ self.gram)

    def outcome_weights(self, weight: FloatArray) -> FloatArray:
        """Return the weights v on y (n,) that give the same sum as ``weight`` (n,) on tau.

        ``weight`` is zero on untreated rows: sum w_it tau_it = sum v_it y_it.
        """
        n, t = self.counts.shape
        by_entity = np.bincount(self.entity, weight, n)
        level = self.inverse @ (np.bincount(self.time, weight, t) - self.shares.T @ by_entity)
        total = self.counts.sum(axis=1)
        own = np.divide(by_entity, total, out=np.zeros(n), where=total > 0) - self.shares @ level
        v = -own[self.entity] - level[self.time]
        if self.x.shape[1]:
            v -= self.x @ (self.gram @ (self.x.T @ weight))
        if self.weight is not None:
            v = v * self.weight
        return np.where(self.untreated, v, weight)


def impute(
    y: FloatArray,
    x: FloatArray,
    entity: IntArray,
    time: IntArray,
    untreated: BoolArray,
    weight: FloatArray | None = None,
) -> Counterfactual:
    """Return the counterfactual fit of ``y`` (n,) on effects and ``x`` (n, p) over the ``untreated`` cells (n,).

    ``entity`` and ``time`` (n,) are codes from 0, ``weight`` (n,) weighs the rows (None: alike). Balanced and
    unbalanced panels are equally exact: entities are swept out by means, years by their normal equations.
    """
    n, t = int(entity.max()) + 1, int(time.max()) + 1
    rows = np.flatnonzero(untreated)
    own, when = entity[rows], time[rows]
    heavy = None if weight is None else weight[rows]
    counts = np.bincount(own * t + when, heavy, n * t).reshape(n, t).astype(float)
    total = counts.sum(axis=1, keepdims=True)
    shares = np.divide(counts, total, out=np.zeros_like(counts), where=total > 0)
    inverse, basis = pseudo_inverse(np.diag(counts.sum(axis=0)) - counts.T @ shares)
    raw = np.column_stack([y, x])
    raw = raw - raw[rows].mean(axis=0)
    inner = raw[rows]
    means = np.divide(
        group_sums(_times(inner, heavy), own, n), total, out=np.zeros((n, raw.shape[1])), where=total > 0
    )
    level = inverse @ group_sums(_times(inner - means[own], heavy), when, t)
    left = raw - (means - shares @ level)[entity] - level[time]
    y_left, x_left = left[:, 0], left[:, 1:]
    p = x.shape[1]
    absorbed, collinear = unidentified(x_left[rows], inner[:, 1:], heavy) if p else ([], [])
    gram, slopes = np.zeros((p, p)), np.zeros(p)
    imputable = _joined(basis, shares, entity, time)
    lost = sorted({*absorbed, *collinear})
    kept = [j for j in range(p) if j not in lost]
    if kept:
        scale = None if heavy is None else np.sqrt(heavy)
        q, r = np.linalg.qr(_times(x_left[rows][:, kept], scale))
        root = np.linalg.inv(r)
        gram[np.ix_(kept, kept)] = root @ root.T
        slopes[kept] = root @ (q.T @ (y_left[rows] if scale is None else y_left[rows] * scale))
        y_left = y_left - x_left @ slopes
    if lost:
        moved = x_left[:, lost] - x_left @ (gram @ (x_left[rows].T @ _times(x_left[rows][:, lost], heavy)))
        imputable &= (
            np.abs(moved / np.maximum(x[:, lost].std(axis=0), np.finfo(float).tiny)).max(axis=1) < LEFT
        )
    return Counterfactual(
        resid=y_left,
        imputable=imputable,
        untreated=untreated,
        slopes=slopes,
        x=x_left,
        absorbed=tuple(absorbed),
        collinear=tuple(collinear),
        entity=entity,
        time=time,
        counts=counts,
        shares=shares,
        inverse=inverse,
        basis=basis,
        gram=gram,
        weight=weight,
    )


def _times(matrix: FloatArray, weight: FloatArray | None) -> FloatArray:
    """Return the rows of ``matrix`` (m, k) times their weights (m,)."""
    return matrix if weight is None else matrix * weight[:, None]


def pseudo_inverse(normal: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the pseudo-inverse of a normal matrix (q, q) and an orthonormal basis (q, r) of its range."""
    values, vectors = np.linalg.eigh(normal)
    kept = values > TOLERANCE * max(float(values[-1]), np.finfo(float).tiny)
    basis = vectors[:, kept]
    return np.asarray((basis / values[kept]) @ basis.T), basis


def _joined(basis: FloatArray, shares: FloatArray, entity: IntArray, time: IntArray) -> BoolArray:
    """Tell which rows (n,) lie in a region and a year that untreated cells join, directly or through others."""
    t = shares.shape[1]
    inside: BoolArray = np.asarray(shares.sum(axis=1) > 0)
    if basis.shape[1] == t - 1:  # all years are joined
        return np.asarray(inside[entity])
    left = np.eye(t) - basis @ basis.T
    region = shares @ left
    near = np.column_stack([np.abs(left[s] - region).max(axis=1) < LEFT for s in range(t)])
    return np.asarray((near & inside[:, None])[entity, time])


@dataclass(frozen=True)
class Refits:
    """A counterfactual fitted again under other counts of the regions, as in a bootstrap of clusters.

    The regressors z = [year dummies, x] less each region's means over its untreated cells do not depend on the
    counts, so Z'Z (N, q, q) and Z'e (N, q) of every region are made once; e is the residual of the first fit.
    """

    fit: Counterfactual
    scale: FloatArray
    squares: FloatArray
    products: FloatArray

    def effects(self, times: FloatArray) -> tuple[FloatArray, BoolArray]:
        """Return tau (n,) when region i counts ``times`` (N,) times, and the rows whose tau is then identified."""
        fit = self.fit
        t = fit.counts.shape[1]
        inverse, basis = pseudo_inverse(np.tensordot(times, self.squares, 1))
        theta = inverse @ (times @ self.products)
        tau = fit.resid - theta[fit.time] + (fit.shares @ theta[:t])[fit.entity]
        if fit.x.shape[1]:
            tau = tau - fit.x @ (theta[t:] / self.scale)
        if basis.shape[1] == self.rank:  # the drawn regions identify what all do
            return tau, fit.imputable
        left = self.regressors - (self.regressors @ basis) @ basis.T
        return tau, np.asarray(fit.imputable & (np.abs(left).max(axis=1) < LEFT))

    @cached_property
    def rank(self) -> int:
        """Return the rank of Z'Z when every region counts once."""
        return int(pseudo_inverse(self.squares.sum(axis=0))[1].shape[1])

    @cached_property
    def regressors(self) -> FloatArray:
        """Return z (n, q)."""
        years = np.eye(self.fit.counts.shape[1])[self.fit.time] - self.fit.shares[self.fit.entity]
        return np.column_stack([years, self.fit.x / self.scale])


def refits(fit: Counterfactual) -> Refits:
    """Return what it takes to fit again under other counts of the regions, of a fit without weights."""
    if fit.weight is not None:
        raise ValueError("refits takes a fit without weights")
    n, t = fit.counts.shape
    rows = fit.untreated
    entity, x = fit.entity[rows], fit.x[rows]
    length = np.sqrt(np.mean(x**2, axis=0))
    lost = np.isin(np.arange(x.shape[1]), [*fit.absorbed, *fit.collinear])
    scale = np.where(lost | (length == 0), np.inf, length)
    q = t + x.shape[1]
    squares, products = np.zeros((n, q, q)), np.zeros((n, q))
    squares[:, :t, :t] = np.eye(t) * fit.counts[:, None, :] - fit.counts[:, :, None] * fit.shares[:, None, :]
    z, cell = x / scale, entity * t + fit.time[rows]
    cross = group_sums(z, cell, n * t).reshape(n, t, -1)
    squares[:, :t, t:], squares[:, t:, :t] = cross, cross.transpose(0, 2, 1)
    pairs = (z[:, :, None] * z[:, None, :]).reshape(len(z), -1)
    squares[:, t:, t:] = group_sums(pairs, entity, n).reshape(n, q - t, q - t)
    products[:, :t] = np.bincount(cell, fit.resid[rows], n * t).reshape(n, t)
    products[:, t:] = group_sums(z * fit.resid[rows, None], entity, n)
    return Refits(fit, scale, squares, products)
