"""Draws on arrays: permuted treatments, wild signs, and p-values and critical values of what was drawn."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from ccd.arrays import FloatArray, IntArray
from ccd.estimate.linear.design import AbsorbingDesign
from ccd.estimate.linear.ols import Fit, least_squares
from ccd.progress import told

#: Regions times draws that one block holds: small enough for the cache, large enough for BLAS.
BLOCK = 120_000
#: A draw whose treatment keeps less than this share of its length after the effects is not identified.
TINY = 1e-9
#: Cells of the matrix that one batch of exact draws, or of residualised columns, holds.
BATCH = 4_000_000
#: Values that a cluster's sign can take, each equally likely.
SIGNS = {
    "rademacher": np.array([-1.0, 1.0]),
    "webb": np.array([-np.sqrt(1.5), -1.0, -np.sqrt(0.5), np.sqrt(0.5), 1.0, np.sqrt(1.5)]),
}


def p_value(statistic: float, drawn: FloatArray) -> float:
    """Return (1 + #{|t*| >= |t|}) / (B + 1); statistics equal up to rounding count as equal."""
    beyond = np.abs(drawn) >= abs(statistic) * (1 - 1e-10)
    return float((1 + beyond.sum()) / (len(drawn) + 1))


def critical_value(drawn: FloatArray, level: float) -> float:
    """Return the order statistic of |t*| that the observed |t| must pass for p <= 1 - ``level``; inf if none."""
    rank = math.ceil(round(level * (len(drawn) + 1), 9))
    return float(np.sort(np.abs(drawn))[rank - 1]) if rank <= len(drawn) else math.inf


def permuted(codes: IntArray, draws: int, rng: np.random.Generator) -> IntArray:
    """Return ``draws`` random permutations of ``codes`` (N,), shape (draws, N)."""
    return np.asarray(rng.permuted(np.tile(codes, (draws, 1)), axis=1))


def resampled(regions: int, draws: int, rng: np.random.Generator) -> FloatArray:
    """Return how often each of ``draws`` samples with replacement holds each region, (draws, regions)."""
    shares = np.full(regions, 1 / regions)
    return np.asarray(rng.multinomial(regions, shares, size=draws), dtype=np.float64)


def paths(cohorts: FloatArray, years: FloatArray) -> FloatArray:
    """Return D_t = 1(t >= g) of each cohort (C,; nan = never) over ``years`` (T,), shape (C, T)."""
    return np.asarray(years >= cohorts[:, None], dtype=np.float64)


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
        for start in told(range(0, len(assigned), size), "draws", len(assigned), size)
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
    weighted = w * y
    for r in np.flatnonzero(left > TINY * total):
        beta[r] = d[:, r] @ weighted / left[r]
        if design.clipped:
            fit = least_squares(y, np.column_stack([swept[:, r], x]), design.weight)
        else:
            column, resid = d[:, r : r + 1], y - d[:, r] * beta[r]
            bread = np.array([[1 / left[r]]])
            fit = Fit(beta[r : r + 1], resid, bread, column, design.weight, float("nan"))
        error[r] = design.covariance(fit, slopes).std_error[0]
    return beta, error


def wild_influence(
    d: FloatArray,
    restricted: FloatArray,
    group: IntArray,
    sweep: Callable[[FloatArray], FloatArray],
    weight: FloatArray | None = None,
) -> tuple[FloatArray, FloatArray]:
    """Return ``a`` (G,) and ``s`` (G, G): under signs v, b* d'Wd = a'v and the cluster scores are ``s @ v``.

    ``d`` (n,) is the regressor less everything else, ``restricted`` (n,) the residual of the outcome without
    it, and ``sweep`` takes a matrix (n, m) to its residual on everything else (effects and controls).
    """
    size = int(group.max()) + 1
    w = np.ones(len(d)) if weight is None else weight
    total = float(np.sum(w * d**2))
    a = np.asarray(np.bincount(group, w * d * restricted, size), dtype=np.float64)
    own = np.bincount(group, w * d**2, size)
    s = np.empty((size, size))
    step = max(1, BATCH // len(d))
    for start in range(0, size, step):
        block = np.arange(start, min(start + step, size))
        columns = sweep(restricted[:, None] * (group[:, None] == block))
        s[:, block] = np.column_stack([np.bincount(group, w * d * c, size) for c in columns.T])
    return a, s - np.outer(own, a / total)


def all_signs(groups: int) -> FloatArray:
    """Return every vector of Rademacher signs, shape (2^groups, groups)."""
    bits = (np.arange(2**groups)[:, None] >> np.arange(groups)) & 1
    return np.asarray(1.0 - 2.0 * bits)


def wild_p(
    a: FloatArray, s: FloatArray, draws: int, signs: str, rng: np.random.Generator
) -> tuple[float, int, bool]:
    """Return the p-value of |t|, the number of draws, and whether all sign vectors were enumerated.

    ``a`` and ``s`` come from ``wild_influence``; the small-sample factor is the same in every draw and cancels. With
    Rademacher signs and 2^G <= draws every vector is used and p is the share
    of |t*| >= |t|; otherwise p = (1 + #{|t*| >= |t|}) / (B + 1).
    """
    groups = len(a)
    observed = _statistics(np.ones((1, groups)), a, s)[0]
    every = signs == "rademacher" and groups < 60 and 2**groups <= draws
    drawn = all_signs(groups) if every else rng.choice(SIGNS[signs], size=(draws, groups))
    beyond = int(np.sum(_statistics(drawn, a, s) >= observed * (1 - 1e-9)))
    if every:
        return beyond / len(drawn), len(drawn), True
    return (1 + beyond) / (len(drawn) + 1), len(drawn), False


def _statistics(signs: FloatArray, a: FloatArray, s: FloatArray) -> FloatArray:
    found = np.empty(len(signs))
    step = max(1, BATCH // len(a))
    for start in range(0, len(signs), step):
        block = signs[start : start + step]
        error = np.sqrt(np.sum((block @ s.T) ** 2, axis=1))
        with np.errstate(divide="ignore", invalid="ignore"):
            found[start : start + step] = np.nan_to_num(np.abs(block @ a) / error, nan=0.0, posinf=np.inf)
    return found
