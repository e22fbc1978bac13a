"""Least squares after fixed effects: within transforms and a fit that names what it cannot identify."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ccd.arrays import FloatArray, IntArray
from ccd.estimate.linear import grid

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
    if weight is None and len(effects) == 2 and (shape := grid.shape_of(first, second)):
        return grid.sweep(matrix.T, matrix.shape[1], shape)
    n_first, n_second = int(first.max()) + 1, int(second.max()) + 1
    if n_second > n_first:
        return demean(matrix, [second, first, *effects[2:]], weight)
    if len(effects) > 2:
        raise ValueError("demean takes at most two fixed effects; see absorb.residualise")
    if weight is None and len(matrix) == n_first * n_second:
        cell = first * n_second + second
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


def least_squares(
    y: FloatArray, x: FloatArray, weight: FloatArray | None = None, gram: FloatArray | None = None
) -> Fit:
    """Return the (weighted) least-squares fit of ``y`` (n,) on ``x`` (n, k), both already demeaned.

    ``r2`` is within: 1 - SSR/SST of the demeaned outcome. ``x`` must have full rank: see ``unidentified``.
    ``gram`` is X'WX (k, k), where it is known.
    """
    root = None if weight is None else np.sqrt(weight)
    z, u = (x, y) if root is None else (x * root[:, None], y * root)
    inverse, beta = _solve(z, u, z.T @ z if gram is None else gram)
    resid = y - x @ beta
    left = resid if root is None else resid * root
    total = float(u @ u)
    r2 = 1 - float(left @ left) / total if total > 0 else float("nan")
    return Fit(beta, resid, inverse @ inverse.T, x, weight, r2)


def _solve(x: FloatArray, y: FloatArray, gram: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the inverse of R (k, k), where QR = ``x`` (n, k), and the slopes of ``y`` (n,) on ``x``.

    Nearly orthogonal columns are solved from their ``gram`` X'X; otherwise a second pass of Cholesky restores what
    the first lost (Yamamoto, Nakatsukasa, Yanagisawa & Fukaya 2015), and ill-conditioned columns go to Householder.
    """
    if not x.shape[1]:
        return np.zeros((0, 0)), np.zeros(0)
    scale = np.sqrt(np.diag(gram))
    correlation = gram / scale / scale[:, None] if (scale > 0).all() else gram
    least = np.linalg.eigvalsh(correlation)[0] if (scale > 0).all() else 0.0
    if least <= WELL:
        q, r = np.linalg.qr(x)
        inverse = np.asarray(np.linalg.inv(r))
        return inverse, inverse @ (q.T @ y)
    inverse = np.linalg.inv(np.linalg.cholesky(correlation).T * scale)
    if least > 0.01:
        return inverse, inverse @ (inverse.T @ (x.T @ y))
    q = x @ inverse
    again = np.linalg.inv(np.linalg.cholesky(q.T @ q).T)
    inverse = inverse @ again
    return inverse, inverse @ (again.T @ (q.T @ y))


def unidentified(
    x: FloatArray,
    raw: FloatArray | Sequence[FloatArray],
    weight: FloatArray | None = None,
    gram: FloatArray | None = None,
) -> tuple[list[int], list[int]]:
    """Return the columns of ``x`` (n, k) that are absorbed, and collinear ones.

    ``x`` is demeaned from ``raw``, (n, k) or its columns. Earlier columns are kept before later ones. Columns are
    judged on the scale of their deviations from the mean, so units do not matter. ``gram`` is X'WX (k, k), where
    it is known.
    """
    columns = list(raw.T) if isinstance(raw, np.ndarray) else raw
    root = np.ones(1) if weight is None else np.sqrt(weight)
    z = x if weight is None else x * root[:, None]
    gram = z.T @ z if gram is None else gram
    left = np.sqrt(np.diag(gram))
    if (
        _apart(left, columns, root)
        and np.linalg.eigvalsh(gram / left / left[:, None]).min(initial=1.0) > WELL
    ):
        return [], []
    spread = [np.linalg.norm((column - column.mean()) * root) for column in columns]
    left = np.array([np.linalg.norm(column) for column in z.T])
    absorbed = [j for j in range(x.shape[1]) if left[j] <= TOLERANCE * max(spread[j], np.finfo(float).tiny)]
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


def _apart(left: FloatArray, columns: Sequence[FloatArray], root: FloatArray) -> bool:
    """Tell whether none of ``columns`` (n,) can be absorbed: its length bounds that of its deviations."""
    if len(root) > 1:
        columns = [column * root for column in columns]
    return bool((left > TOLERANCE * np.sqrt([column @ column for column in columns])).all())
