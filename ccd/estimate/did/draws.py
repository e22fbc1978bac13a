"""The policy effect under many reassignments of the cohorts at once (placebo, permutation)."""

from __future__ import annotations

import numpy as np

from ccd.arrays import FloatArray, IntArray
from ccd.estimate.linear.design import AbsorbingDesign
from ccd.estimate.linear.ols import Fit, least_squares
from ccd.estimate.linear.vcov import nested
from ccd.estimate.rows.sample import Sample

#: Regions times draws that one block holds: small enough for the cache, large enough for BLAS.
BLOCK = 120_000
#: A draw whose treatment keeps less than this share of its length after the effects is not identified.
TINY = 1e-9
#: Cells of the treatment matrix that one batch of exact draws holds.
BATCH = 4_000_000


def permuted(codes: IntArray, draws: int, rng: np.random.Generator) -> IntArray:
    """Return ``draws`` random permutations of ``codes`` (N,), shape (draws, N)."""
    return np.asarray(rng.permuted(np.tile(codes, (draws, 1)), axis=1))


def paths(cohorts: FloatArray, years: FloatArray) -> FloatArray:
    """Return D_t = 1(t >= g) of each cohort (C,; nan = never) over ``years`` (T,), shape (C, T)."""
    return np.asarray(years >= cohorts[:, None], dtype=np.float64)


def redrawn(
    sample: Sample, design: AbsorbingDesign, nuisance: FloatArray, cohorts: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Return estimate and error (R,) under each row of ``cohorts`` (R, N; nan = never), regressors unchanged.

    Outcome and ``nuisance`` (n, k) are demeaned once. Balanced two-way designs clustered by region or coarser
    take the gathered sums of ``balanced_draws``; all others ``exact_draws``, in batches.
    """
    x = design.residualise(nuisance)
    root = np.ones(len(sample.y)) if sample.weight is None else np.sqrt(sample.weight)
    q = np.linalg.qr(x * root[:, None])[0] / root[:, None]
    y = design.residualise(sample.y[:, None])[:, 0]
    y = y - q @ (q.T @ (y * root**2))
    slopes = 1 + x.shape[1]
    gathered = design.plain and design.vcov == "cluster" and len(design.clusters) == 1
    if gathered and sample.balanced and nested(sample.entity, design.clusters[0]):
        return _gathered(sample, design, y, q, cohorts, slopes)
    step = max(1, BATCH // len(y))
    parts = []
    for start in range(0, len(cohorts), step):
        rows = cohorts[start : start + step]
        treatment = (sample.years[:, None] >= rows.T[sample.entity]).astype(float)
        parts.append(exact_draws(design, y, x, treatment, slopes))
    return np.concatenate([b for b, _ in parts]), np.concatenate([s for _, s in parts])


def _gathered(
    sample: Sample, design: AbsorbingDesign, y: FloatArray, q: FloatArray, cohorts: FloatArray, slopes: int
) -> tuple[FloatArray, FloatArray]:
    n, t = len(sample.panel.entities), len(sample.panel.times)
    known = np.where(np.isnan(cohorts), np.inf, cohorts)
    dates = np.unique(known)
    groups = design.clusters[0].reshape(n, t)[:, 0]
    size, rows = int(groups.max()) + 1, len(y)
    factor = size / (size - 1) * (rows - 1) / (rows - design.parameters(slopes))
    treated = paths(dates, np.asarray(sample.panel.times, dtype=float))
    assigned = np.searchsorted(dates, known)
    return balanced_draws(y.reshape(n, t), q.reshape(n, t, -1), assigned, treated, groups, factor)


def balanced_draws(
    y: FloatArray,
    q: FloatArray,
    assigned: IntArray,
    treated: FloatArray,
    cluster: IntArray,
    factor: float,
) -> tuple[FloatArray, FloatArray]:
    """Return the two-way fixed-effects estimate and clustered error of every draw, each (R,).

    ``y`` (N, T) is the outcome less effects and controls, ``q`` (N, T, k) an orthonormal basis of the demeaned
    controls, ``assigned`` (R, N) the row of ``treated`` (C, T; the paths D_t) that each region gets, ``cluster``
    (N,) codes that regions share, ``factor`` the small-sample factor.

    By Frisch-Waugh-Lovell a draw only changes D. With A = y'D_c, B = q'D_c and D_c'D_c tabulated by region and
    path, its numerator, denominator and the score of every region are sums of gathered cells: O(N k^2) a draw.
    """
    p = treated - treated.mean(axis=1, keepdims=True)
    size = max(1, BLOCK // len(y))
    blocks = [
        _block(y, q, assigned[start : start + size], p, cluster, factor)
        for start in range(0, len(assigned), size)
    ]
    return np.concatenate([b for b, _ in blocks]), np.concatenate([s for _, s in blocks])


def _block(
    y: FloatArray, q: FloatArray, assigned: IntArray, p: FloatArray, cluster: IntArray, factor: float
) -> tuple[FloatArray, FloatArray]:
    n, classes, k = len(y), len(p), q.shape[2]
    cell = assigned + np.arange(n) * classes  # where (region, path) stands in a flattened table
    counts = np.stack([(assigned == c).sum(axis=1) for c in range(classes)], axis=1)
    u = -(counts @ p) / n  # what removes the year means of D, (R, T)
    own = np.einsum("ct,ct->c", p, p)
    a = np.take(y @ p.T, cell)
    b = [np.take(q[:, :, j] @ p.T, cell) for j in range(k)]
    numerator = a.sum(axis=1)
    loading = np.stack([table.sum(axis=1) for table in b], axis=1) if k else np.zeros((len(assigned), 0))
    total = counts @ own - n * np.einsum("rt,rt->r", u, u)
    left = total - np.einsum("rk,rk->r", loading, loading)
    with np.errstate(divide="ignore", invalid="ignore"):
        beta = np.where(left > TINY * total, numerator / left, np.nan)
    # the score of a region: D~'e = D~'y - b D~'D~ with D~ = p_g + u - q loading
    score = a + u @ y.T
    length = np.take(own + 2 * (u @ p.T), assigned + np.arange(len(assigned))[:, None] * classes)
    length += np.einsum("rt,rt->r", u, u)[:, None]
    for j in range(k):
        score -= loading[:, j : j + 1] * np.einsum("nt,nt->n", q[:, :, j], y)
        length -= 2 * loading[:, j : j + 1] * (b[j] + u @ q[:, :, j].T)
    cross = np.einsum("ntj,ntl->njl", q, q).reshape(n, k * k)
    length += np.einsum("rj,rl->rjl", loading, loading).reshape(len(assigned), k * k) @ cross.T
    score -= beta[:, None] * length
    sums = _cluster_sums(score, cluster)
    return beta, np.sqrt(factor * np.einsum("rg,rg->r", sums, sums)) / left


def _cluster_sums(score: FloatArray, cluster: IntArray) -> FloatArray:
    if int(cluster.max()) + 1 == score.shape[1]:
        return score
    order = np.argsort(cluster, kind="stable")
    starts = np.flatnonzero(np.diff(cluster[order], prepend=-1))
    return np.asarray(np.add.reduceat(score[:, order], starts, axis=1))


def exact_draws(
    design: AbsorbingDesign, y: FloatArray, x: FloatArray, treatment: FloatArray, slopes: int
) -> tuple[FloatArray, FloatArray]:
    """Return the estimate and error of every draw, each (R,), whatever the panel, effects, weights and errors.

    ``y`` (n,) is the outcome less effects and controls, ``x`` (n, k) the controls less effects, ``treatment``
    (n, R) holds D of every draw, raw. One residualisation serves the batch; a covariance that may be clipped
    is made whole, the others need the one regressor alone.
    """
    w = np.ones(len(y)) if design.weight is None else design.weight
    swept = design.residualise(treatment)
    total = np.einsum("nr,nr->r", swept, swept * w[:, None])
    d = swept
    if x.shape[1]:
        q = np.linalg.qr(x * np.sqrt(w)[:, None])[0] / np.sqrt(w)[:, None]
        d = swept - q @ (q.T @ (swept * w[:, None]))
    left = np.einsum("nr,nr->r", d, d * w[:, None])
    beta = np.full(d.shape[1], np.nan)
    error = np.full(d.shape[1], np.nan)
    for r in np.flatnonzero(left > TINY * total):
        beta[r] = d[:, r] @ (w * y) / left[r]
        if design.clipped:
            fit = least_squares(y, np.column_stack([swept[:, r], x]), design.weight)
        else:
            column, resid = d[:, r : r + 1], y - d[:, r] * beta[r]
            bread = np.array([[1 / left[r]]])
            fit = Fit(beta[r : r + 1], resid, bread, column, design.weight, float("nan"))
        error[r] = design.covariance(fit, slopes).std_error[0]
    return beta, error
