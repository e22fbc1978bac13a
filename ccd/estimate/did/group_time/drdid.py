"""Two periods, two groups, covariates: outcome regression, weighting, and both (Sant'Anna & Zhao 2020)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ccd.arrays import BoolArray, FloatArray
from ccd.estimate.linear.binomial import fit_binomial


class Unestimable(ValueError):
    """The 2x2 comparison does not exist: ``reason`` is ``constant``, ``collinear``, ``few`` or ``separated``."""

    def __init__(self, reason: str, columns: tuple[int, ...] = ()) -> None:
        super().__init__(reason)
        self.reason = reason
        self.columns = columns


@dataclass(frozen=True)
class TwoByTwo:
    """Effects ``att`` (c,) and the influence of each unit on them, ``psi`` (m, c), with mean 0."""

    att: FloatArray
    psi: FloatArray


def plain(treated: BoolArray, change: FloatArray) -> TwoByTwo:
    """Return the difference in mean ``change`` (m, c) between ``treated`` (m,) and the rest."""
    share = treated.mean()
    one, zero = change[treated], change[~treated]
    psi = np.empty_like(change)
    psi[treated] = (one - one.mean(axis=0)) / share
    psi[~treated] = (zero - zero.mean(axis=0)) / (share - 1)
    return TwoByTwo(one.mean(axis=0) - zero.mean(axis=0), psi)


def regression(treated: BoolArray, change: FloatArray, x: FloatArray) -> TwoByTwo:
    """Return the outcome-regression DID (Sant'Anna & Zhao 2020) of ``change`` (m, c) given ``x`` (m, k)."""
    x = standard(treated, x)
    d = treated.astype(float)[:, None]
    share = d.mean()
    resid, inverse = _outcome(treated, change, x)
    fitted = change - resid
    att = resid[treated].mean(axis=0)
    reach = x @ (inverse @ (d * x).mean(axis=0))
    own = d * (change - change[treated].mean(axis=0))
    other = d * (fitted - fitted[treated].mean(axis=0)) + (1 - d) * resid * reach[:, None]
    return TwoByTwo(att, (own - other) / share)


def weighting(treated: BoolArray, change: FloatArray, x: FloatArray) -> TwoByTwo:
    """Return the Hajek-weighted DID (Abadie 2005; Sant'Anna & Zhao 2020, with normalised weights)."""
    x = standard(treated, x)
    d = treated.astype(float)[:, None]
    p, inverse = propensity(treated, x)
    w = (p * (1 - treated) / (1 - p))[:, None]
    one, zero = change[treated].mean(axis=0), (w * change).sum(axis=0) / w.sum()
    moved = (w * x).T @ (change - zero) / len(x)
    score = (d[:, 0] - p)[:, None] * x @ inverse
    other = (w * (change - zero) + score @ moved) / w.mean()
    return TwoByTwo(one - zero, d / d.mean() * (change - one) - other)


def doubly_robust(treated: BoolArray, change: FloatArray, x: FloatArray) -> TwoByTwo:
    """Return the doubly robust DID with Hajek weights (Sant'Anna & Zhao 2020)."""
    x = standard(treated, x)
    d = treated.astype(float)[:, None]
    p, inverse = propensity(treated, x)
    w = (p * (1 - treated) / (1 - p))[:, None]
    resid, bread = _outcome(treated, change, x)
    one, zero = resid[treated].mean(axis=0), (w * resid).sum(axis=0) / w.sum()
    own = (1 - d) * resid
    reach = x @ (bread @ np.column_stack([(d * x).mean(axis=0), (w * x).mean(axis=0)]))
    treat = (d * (resid - one) - own * reach[:, :1]) / d.mean()
    moved = (w * x).T @ (resid - zero) / len(x)
    score = (d[:, 0] - p)[:, None] * x @ inverse
    other = (w * (resid - zero) + score @ moved - own * reach[:, 1:]) / w.mean()
    return TwoByTwo(one - zero, treat - other)


METHODS: dict[str, Callable[[BoolArray, FloatArray, FloatArray], TwoByTwo]] = {
    "dr": doubly_robust,
    "reg": regression,
    "ipw": weighting,
}


def standard(treated: BoolArray, x: FloatArray) -> FloatArray:
    """Return ``x`` (m, k) centred and scaled, after a constant, (m, k+1). Raises Unestimable when one is constant."""
    center, scale = x.mean(axis=0), x.std(axis=0)
    level = np.maximum(np.abs(x).max(axis=0), np.finfo(float).tiny)
    constant = np.flatnonzero(scale <= 1e-12 * level)
    if len(constant):
        raise Unestimable("constant", tuple(int(j) for j in constant))
    return np.column_stack([np.ones(len(x)), (x - center) / scale])


def propensity(treated: BoolArray, x: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the maximum-likelihood logit scores (m,) and the inverse mean information (k, k).

    ``x`` (m, k) holds a constant. Raises Unestimable when the covariates separate the groups (no maximum) or are
    collinear.
    """
    fit = fit_binomial(treated.astype(float), x)
    information = fit.information / len(x)
    if not fit.converged or np.linalg.cond(information) > 1e14:
        collinear = np.linalg.matrix_rank(x, tol=1e-9 * len(x)) < x.shape[1]
        raise Unestimable("collinear" if collinear else "separated")
    return fit.mean, np.asarray(np.linalg.inv(information), dtype=np.float64)


def _outcome(treated: BoolArray, change: FloatArray, x: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the residuals (m, c) of the regression on untreated units, and its inverse mean Gram matrix (k, k)."""
    inner = x[~treated]
    if len(inner) < x.shape[1]:
        raise Unestimable("few")
    q, r = np.linalg.qr(inner)
    if np.abs(np.diag(r)).min() <= 1e-9 * np.abs(np.diag(r)).max():
        raise Unestimable("collinear")
    root = np.linalg.inv(r)
    resid = change - x @ (root @ (q.T @ change[~treated]))
    return np.asarray(resid), np.asarray(root @ root.T * len(x), dtype=np.float64)
