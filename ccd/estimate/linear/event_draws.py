"""The event study of the two-way regression under many reassignments of the cohorts at once."""

from __future__ import annotations

import numpy as np

from ccd.arrays import FloatArray, IntArray
from ccd.estimate.linear.resample import BLOCK, TINY
from ccd.progress import told


def event_draws(
    y: FloatArray, q: FloatArray, assigned: IntArray, dummies: FloatArray, cluster: IntArray, factor: float
) -> tuple[FloatArray, FloatArray]:
    """Return the coefficients (R, k) on event-time dummies and their clustered covariance (R, k, k) of every draw.

    ``y`` (N, T) is the outcome less effects and controls, ``q`` (N, T, m) an orthonormal basis of the demeaned
    controls, ``assigned`` (R, N) the row of ``dummies`` (C, T, k) that each region gets, every row of it a
    permutation of the same classes; ``cluster`` (N,) codes that regions share, ``factor`` the small-sample factor.
    nan where a draw is not identified.

    By Frisch-Waugh-Lovell a draw only changes the dummies. As sizes of cohorts are kept, the year means of the
    dummies and, before controls, their cross-product are those of every draw.
    """
    counts = np.bincount(assigned[0], minlength=len(dummies))
    own = dummies - dummies.mean(axis=1, keepdims=True)
    x = own - np.tensordot(counts, own, axes=1) / len(y)
    size = max(1, BLOCK // y.size)
    blocks = [
        _block(y, q, assigned[start : start + size], x, counts, cluster, factor)
        for start in told(range(0, len(assigned), size), "draws", len(assigned), size)
    ]
    return np.concatenate([b for b, _ in blocks]), np.concatenate([v for _, v in blocks])


def _block(
    y: FloatArray,
    q: FloatArray,
    assigned: IntArray,
    x: FloatArray,
    counts: IntArray,
    cluster: IntArray,
    factor: float,
) -> tuple[FloatArray, FloatArray]:
    draws, k = len(assigned), x.shape[2]
    region = np.arange(len(y))
    cross = np.einsum("c,ctk,ctl->kl", counts, x, x)
    numerator = np.einsum("nt,ctk->nck", y, x)[region, assigned].sum(axis=1)
    loading = np.einsum("ntj,ctk->nckj", q, x)[region, assigned].sum(axis=1)
    left = cross - loading @ loading.transpose(0, 2, 1)
    scale = np.sqrt(np.diag(cross))
    known = np.linalg.eigvalsh(left / np.outer(scale, scale))[:, 0] > TINY
    bread = np.full((draws, k, k), np.nan)
    bread[known] = np.linalg.inv(left[known])
    beta = np.einsum("rkl,rl->rk", bread, numerator)
    # the score of a region: (X_c - q L')'e with e = y - X_c b + q L'b
    resid = y - np.einsum("ctk,rk->rct", x, beta)[np.arange(draws)[:, None], assigned]
    resid += np.einsum("ntj,rj->rnt", q, np.einsum("rkj,rk->rj", loading, beta))
    score = -np.einsum("rkj,rnj->rnk", loading, np.einsum("ntj,rnt->rnj", q, resid))
    for c, path in enumerate(x):
        mine = assigned == c
        score[mine] += resid[mine] @ path
    order = np.argsort(cluster, kind="stable")
    sums = np.add.reduceat(score[:, order], np.flatnonzero(np.diff(cluster[order], prepend=-1)), axis=1)
    root = bread @ sums.transpose(0, 2, 1)
    return beta, factor * root @ root.transpose(0, 2, 1)
