"""Coefficients on columns made of the treatment (its groups, products, regimes) under many reassignments of it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ccd.arrays import FloatArray, IntArray
from ccd.estimate.linear.design import AbsorbingDesign
from ccd.estimate.linear.ols import Fit, least_squares
from ccd.estimate.linear.resample import TINY
from ccd.progress import told

#: Cells of the columns that one batch holds: small enough for the cache.
CELLS = 400_000


def column_draws(
    design: AbsorbingDesign,
    y: FloatArray,
    nuisance: FloatArray,
    columns: Callable[[FloatArray], FloatArray],
    entity: IntArray,
    years: FloatArray,
    cohorts: FloatArray,
) -> tuple[FloatArray, FloatArray]:
    """Return coefficients (R, k) and covariances (R, k, k) under each row of ``cohorts`` (R, N; nan = never).

    ``y`` (n,) and ``nuisance`` (n, m) are raw and stay; ``columns`` makes the regressors (n, r, k) of the
    treatments (n, r) that the draws imply for rows of ``entity`` (n,) in ``years`` (n,). By Frisch-Waugh-Lovell one
    residualisation serves a batch. nan where a draw does not identify all columns.
    """
    x = design.residualise(nuisance)
    root = np.ones(len(y)) if design.weight is None else np.sqrt(design.weight)
    q = np.linalg.qr(x * root[:, None])[0] if x.shape[1] else np.zeros((len(y), 0))
    left = design.residualise(y[:, None])[:, 0] * root
    left = left - q @ (q.T @ left)
    k = columns(np.zeros((len(y), 1))).shape[2]
    betas, matrices = [], []
    step = max(1, CELLS // (len(y) * k))
    for start in told(range(0, len(cohorts), step), "draws", len(cohorts), step):
        d = (years[:, None] >= cohorts[start : start + step].T[entity]).astype(float)
        raw = columns(d).reshape(len(y), -1)
        size = np.einsum("nj,nj->j", raw, raw).reshape(-1, k)
        swept = design.residualise(raw) * root[:, None]
        alone = (swept - q @ (q.T @ swept)).reshape(len(y), -1, k)
        beta, matrix = _batch(design, left, alone, size, root, x)
        if design.clipped:  # negative eigenvalues are cut off the covariance of all regressors as they stand
            whole = swept.reshape(len(y), -1, k) / root[:, None, None]
            for r in np.flatnonzero(np.isfinite(beta).all(axis=1)):
                fit = least_squares(left / root, np.column_stack([whole[:, r], x]), design.weight)
                matrix[r] = design.covariance(fit, k + x.shape[1]).matrix[:k, :k]
        betas.append(beta)
        matrices.append(matrix)
    return np.concatenate(betas), np.concatenate(matrices)


def _batch(
    design: AbsorbingDesign,
    y: FloatArray,
    z: FloatArray,
    size: FloatArray,
    root: FloatArray,
    nuisance: FloatArray,
) -> tuple[FloatArray, FloatArray]:
    """Return beta (r, k) and covariances of ``y`` (n,) on ``z`` (n, r, k), both less all else, times ``root`` weights.

    ``size`` (r, k) are the squares of the raw columns, which tell what the effects absorb.
    """
    stacked = np.ascontiguousarray(z.transpose(1, 2, 0))  # (r, k, n)
    gram = stacked @ stacked.transpose(0, 2, 1)
    scale = np.sqrt(np.einsum("rkk->rk", gram))
    usable = (scale**2 > TINY * size).all(axis=1)
    unit = np.where(usable[:, None], scale, 1.0)
    correlation = gram / (unit[:, :, None] * unit[:, None, :])
    usable &= np.linalg.eigvalsh(correlation)[:, 0] > TINY
    beta = np.full(scale.shape, np.nan)
    bread = np.full(gram.shape, np.nan)
    bread[usable] = np.linalg.inv(gram[usable])
    beta[usable] = np.einsum("rkl,rl->rk", bread[usable], stacked[usable] @ y)
    resid = y - np.einsum("rk,rkn->rn", beta, stacked)
    slopes = z.shape[2] + nuisance.shape[1]
    if design.vcov == "cluster" and len(design.clusters) == 1:
        order, groups = np.argsort(design.clusters[0], kind="stable"), int(design.clusters[0].max()) + 1
        starts = np.flatnonzero(np.diff(design.clusters[0][order], prepend=-1))
        score = (stacked * resid[:, None, :])[:, :, order]
        root_ = bread @ np.add.reduceat(score, starts, axis=2)
        rows = len(y)
        factor = groups / (groups - 1) * (rows - 1) / (rows - design.parameters(slopes))
        return beta, factor * root_ @ root_.transpose(0, 2, 1)
    matrix = np.full(gram.shape, np.nan)
    for r in np.flatnonzero(usable & (not design.clipped)):
        own = z[:, r] / root[:, None]
        fit = Fit(beta[r], resid[r] / root, bread[r], own, design.weight, float("nan"))
        matrix[r] = design.covariance(fit, slopes).matrix
    return beta, matrix
