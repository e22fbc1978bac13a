"""Least squares after fixed effects: within transforms and a fit that names what it cannot identify."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ccd.arrays import FloatArray, IntArray

#: A column is absorbed when demeaning leaves less than this share of its length, and collinear when
#: the other columns leave less.
TOLERANCE = 1e-9
#: Least eigenvalue of a correlation matrix above which squares of columns lose nothing that matters.
WELL = 1e-6


def codes(values: object) -> IntArray:
    """Return ``values`` (n,) as integers 0..G-1 in the order of their sorted distinct values."""
    return np.asarray(np.unique(np.asarray(values), return_inverse=True)[1], dtype=np.intp)


def stack_columns(*parts: FloatArray) -> FloatArray:
    """Return arrays (n,) and (n, k) side by side, (n, K), stored column by column."""
    blocks = [part[None] if part.ndim == 1 else part.T for part in parts]
    return np.concatenate(blocks, axis=0, dtype=np.float64).T


def group_sums(matrix: FloatArray, group: IntArray, size: int) -> FloatArray:
    """Return the sums of the rows of ``matrix`` (n, k) within each of ``size`` groups, (size, k)."""
    sums = np.empty((size, matrix.shape[1]))
    for j, column in enumerate(matrix.T):
        sums[:, j] = np.bincount(group, column, minlength=size)
    return sums


def demean(matrix: FloatArray, effects: Sequence[IntArray], weight: FloatArray | None = None) -> FloatArray:
    """Return ``matrix`` (n, k) less its projection on the fixed effects, exactly.

    ``effects`` holds none, one or two arrays of codes (n,). Two ways: entities are swept out by means,
    then the (few) levels of the second by their normal equations, so balanced and unbalanced panels
    are equally exact (Frisch-Waugh-Lovell). ``weight`` (n,) gives the weighted projection.
    """
    matrix = np.asarray(matrix, dtype=np.float64)
    if not effects:
        return matrix.copy()
    first = effects[0]
    if len(effects) == 1:
        return _sweep(matrix, first, weight)
    second = effects[1]
    n_first, n_second = int(first.max()) + 1, int(second.max()) + 1
    if n_second > n_first:
        return demean(matrix, [second, first, *effects[2:]], weight)
    if len(effects) > 2:
        raise ValueError("demean takes at most two fixed effects; see absorb.residualise")
    if weight is None and len(matrix) == n_first * n_second:
        cell = first * n_second + second
        if np.array_equal(cell, np.arange(len(cell))):
            return _sweep_grid(matrix, n_first, n_second)
        if np.bincount(cell, minlength=len(cell)).max() == 1:
            swept = _sweep(matrix, first, None)
            return swept - (group_sums(swept, second, n_second) / n_first)[second]
    swept = _sweep(matrix, first, weight)
    w = np.ones(len(matrix)) if weight is None else weight
    counts = np.bincount(first * n_second + second, w, minlength=n_first * n_second)
    counts = counts.reshape(n_first, n_second)
    totals = counts.sum(axis=1, keepdims=True)
    shares = np.divide(counts, totals, out=np.zeros_like(counts), where=totals != 0)
    normal = np.diag(counts.sum(axis=0)) - counts.T @ shares
    level = np.linalg.pinv(normal, rcond=1e-12, hermitian=True) @ group_sums(
        swept * w[:, None], second, n_second
    )
    return np.asarray(swept - (level[second] - (shares @ level)[first]))


def _sweep_grid(matrix: FloatArray, n_first: int, n_second: int) -> FloatArray:
    """Return a balanced panel in the order of its cells, less both means: (n, k), column by column."""
    out = np.empty((matrix.shape[1], n_first, n_second))
    for j, column in enumerate(matrix.T):
        grid = np.ascontiguousarray(column).reshape(n_first, n_second)
        np.subtract(grid, grid.mean(axis=1, keepdims=True), out=out[j])
        out[j] -= out[j].mean(axis=0)
    return out.reshape(matrix.shape[1], n_first * n_second).T


def _sweep(matrix: FloatArray, group: IntArray, weight: FloatArray | None) -> FloatArray:
    size = int(group.max()) + 1
    if weight is None:
        sums, totals = group_sums(matrix, group, size), np.bincount(group, minlength=size).astype(float)
    else:
        sums, totals = group_sums(matrix * weight[:, None], group, size), np.bincount(group, weight, size)
    means = np.divide(sums, totals[:, None], out=np.zeros_like(sums), where=totals[:, None] != 0)
    return np.asarray(matrix - means[group])


@dataclass(frozen=True)
class Fit:
    """A least-squares fit: ``beta`` (k,), ``resid`` (n,), ``bread`` = (X'WX)^-1 (k, k), ``x`` (n, k)."""

    beta: FloatArray
    resid: FloatArray
    bread: FloatArray
    x: FloatArray
    weight: FloatArray | None
    r2: float

    @property
    def scores(self) -> FloatArray:
        """Return the score contributions w_i x_i e_i, shape (n, k)."""
        resid = self.resid if self.weight is None else self.resid * self.weight
        return np.asarray(self.x * resid[:, None])


def least_squares(y: FloatArray, x: FloatArray, weight: FloatArray | None = None) -> Fit:
    """Return the (weighted) least-squares fit of ``y`` (n,) on ``x`` (n, k), both already demeaned.

    ``r2`` is within: 1 - SSR/SST of the demeaned outcome. ``x`` must have full rank: see ``unidentified``.
    """
    root = None if weight is None else np.sqrt(weight)
    z, u = (x, y) if root is None else (x * root[:, None], y * root)
    q, r = _qr(z)
    inverse = np.linalg.inv(r) if x.shape[1] else np.zeros((0, 0))
    beta = inverse @ (q.T @ u)
    resid = y - x @ beta
    left = resid if root is None else resid * root
    total = float(u @ u)
    r2 = 1 - float(left @ left) / total if total > 0 else float("nan")
    return Fit(beta, resid, inverse @ inverse.T, x, weight, r2)


def _qr(x: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return Q (n, k) and R (k, k) of ``x``, by two passes of Cholesky where that is as exact as Householder.

    One pass does for nearly orthogonal columns; a second restores what the first lost (Yamamoto, Nakatsukasa,
    Yanagisawa & Fukaya 2015); ill-conditioned columns go to Householder.
    """
    if not x.shape[1]:
        return x, np.zeros((0, 0))
    gram = x.T @ x
    scale = np.sqrt(np.diag(gram))
    least = np.linalg.eigvalsh(gram / scale / scale[:, None])[0] if (scale > 0).all() else 0.0
    if least <= WELL:
        q, r = np.linalg.qr(x)
        return np.asarray(q), np.asarray(r, dtype=np.float64)
    first = np.linalg.cholesky(gram / scale / scale[:, None]).T * scale
    q = x @ np.linalg.inv(first)
    if least > 0.01:
        return np.asarray(q), np.asarray(first, dtype=np.float64)
    second = np.linalg.cholesky(q.T @ q).T
    return np.asarray(q @ np.linalg.inv(second)), np.asarray(second @ first, dtype=np.float64)


def unidentified(
    x: FloatArray, raw: FloatArray, weight: FloatArray | None = None
) -> tuple[list[int], list[int]]:
    """Return the columns of ``x`` (demeaned from ``raw``, both (n, k)) that are absorbed, and collinear ones.

    Earlier columns are kept before later ones. Columns are judged on the scale of their deviations from
    the mean, so units do not matter.
    """
    root = np.ones(1) if weight is None else np.sqrt(weight)
    z = x if weight is None else x * root[:, None]
    spread = np.array([np.linalg.norm((column - column.mean()) * root) for column in raw.T])
    left = np.array([np.linalg.norm(column) for column in z.T])
    absorbed = [j for j in range(x.shape[1]) if left[j] <= TOLERANCE * max(spread[j], np.finfo(float).tiny)]
    if not absorbed and np.linalg.eigvalsh(z.T @ z / left / left[:, None]).min(initial=1.0) > WELL:
        return [], []
    kept: list[FloatArray] = []
    collinear = []
    for j in range(x.shape[1]):
        if j in absorbed:
            continue
        column = z[:, j] / left[j]
        for _ in range(2):  # twice is enough (Giraud et al. 2005)
            for basis in kept:
                column = column - basis * (basis @ column)
        length = float(np.linalg.norm(column))
        if length <= TOLERANCE * 10:
            collinear.append(j)
        else:
            kept.append(column / length)
    return absorbed, collinear
