"""Two periods, two groups, covariates: outcome regression, weighting, and both (Sant'Anna & Zhao 2020).

``weight`` (m,) are weights of the units, such as their populations; None: each counts once.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ccd.arrays import BoolArray, FloatArray
from ccd.estimate.linear.binomial import fit_binomial


class Unestimable(ValueError):
    """The 2x2 comparison does not exist.

    ``reason`` is ``constant``, ``collinear``, ``few``, ``separated`` or ``outside`` (no weights on the untreated
    give the treated means).
    """

    def __init__(self, reason: str, columns: tuple[int, ...] = ()) -> None:
        super().__init__(reason)
        self.reason = reason
        self.columns = columns


@dataclass(frozen=True)
class TwoByTwo:
    """Effects ``att`` (c,) and the influence of each unit on them, ``psi`` (m, c), with mean 0."""

    att: FloatArray
    psi: FloatArray


def plain(treated: BoolArray, change: FloatArray, weight: FloatArray | None = None) -> TwoByTwo:
    """Return the difference in mean ``change`` (m, c) between ``treated`` (m,) and the rest, weighted by ``weight``."""
    if weight is None:
        share = treated.mean()
        one, zero = change[treated], change[~treated]
        psi = np.empty_like(change)
        psi[treated] = (one - one.mean(axis=0)) / share
        psi[~treated] = (zero - zero.mean(axis=0)) / (share - 1)
        return TwoByTwo(one.mean(axis=0) - zero.mean(axis=0), psi)
    inside, outside = _sides(treated, weight)
    first, second = _mean(change, inside), _mean(change, outside)
    own = inside / inside.mean() * (change - first)
    return TwoByTwo(first - second, own - outside / outside.mean() * (change - second))


def regression(
    treated: BoolArray, change: FloatArray, x: FloatArray, weight: FloatArray | None = None
) -> TwoByTwo:
    """Return the outcome-regression DID (Sant'Anna & Zhao 2020) of ``change`` (m, c) given ``x`` (m, k)."""
    x = standard(treated, x)
    d, rest = _sides(treated, weight)
    resid, inverse = _outcome(treated, change, x, weight)
    fitted = change - resid
    reach = x @ (inverse @ (d * x).mean(axis=0))
    own = d * (change - _mean(change, d))
    other = d * (fitted - _mean(fitted, d)) + rest * resid * reach[:, None]
    return TwoByTwo(_mean(resid, d), (own - other) / d.mean())


def weighting(
    treated: BoolArray, change: FloatArray, x: FloatArray, weight: FloatArray | None = None
) -> TwoByTwo:
    """Return the Hajek-weighted DID (Abadie 2005; Sant'Anna & Zhao 2020, with normalised weights)."""
    x = standard(treated, x)
    d, rest = _sides(treated, weight)
    p, inverse = propensity(treated, x, weight)
    w = rest * (p / (1 - p))[:, None]
    one, zero = _mean(change, d), _mean(change, w)
    moved = (w * x).T @ (change - zero) / len(x)
    score = _score(treated, p, x, weight) @ inverse
    other = (w * (change - zero) + score @ moved) / w.mean()
    return TwoByTwo(one - zero, d / d.mean() * (change - one) - other)


def doubly_robust(
    treated: BoolArray, change: FloatArray, x: FloatArray, weight: FloatArray | None = None
) -> TwoByTwo:
    """Return the doubly robust DID with Hajek weights (Sant'Anna & Zhao 2020)."""
    x = standard(treated, x)
    d, rest = _sides(treated, weight)
    p, inverse = propensity(treated, x, weight)
    w = rest * (p / (1 - p))[:, None]
    resid, bread = _outcome(treated, change, x, weight)
    one, zero = _mean(resid, d), _mean(resid, w)
    own = rest * resid
    reach = x @ (bread @ np.column_stack([(d * x).mean(axis=0), (w * x).mean(axis=0)]))
    treat = (d * (resid - one) - own * reach[:, :1]) / d.mean()
    moved = (w * x).T @ (resid - zero) / len(x)
    score = _score(treated, p, x, weight) @ inverse
    other = (w * (resid - zero) + score @ moved - own * reach[:, 1:]) / w.mean()
    return TwoByTwo(one - zero, treat - other)


def _sides(treated: BoolArray, weight: FloatArray | None) -> tuple[FloatArray, FloatArray]:
    """Return the weights of treated units and of the others, (m, 1) each and 0 elsewhere."""
    d = treated.astype(float)[:, None]
    return (d, 1 - d) if weight is None else (d * weight[:, None], (1 - d) * weight[:, None])


def _mean(values: FloatArray, weight: FloatArray) -> FloatArray:
    """Return the means (c,) of ``values`` (m, c) under weights (m, 1)."""
    return np.asarray((weight * values).sum(axis=0) / weight.sum())


def _score(treated: BoolArray, p: FloatArray, x: FloatArray, weight: FloatArray | None) -> FloatArray:
    """Return the scores (m, k) of the logit."""
    gap = treated - p
    return np.asarray((gap if weight is None else weight * gap)[:, None] * x)


def standard(treated: BoolArray, x: FloatArray) -> FloatArray:
    """Return ``x`` (m, k) centred and scaled, after a constant, (m, k+1). Raises Unestimable when one is constant."""
    center, scale = x.mean(axis=0), x.std(axis=0)
    level = np.maximum(np.abs(x).max(axis=0), np.finfo(float).tiny)
    constant = np.flatnonzero(scale <= 1e-12 * level)
    if len(constant):
        raise Unestimable("constant", tuple(int(j) for j in constant))
    return np.column_stack([np.ones(len(x)), (x - center) / scale])


def propensity(
    treated: BoolArray, x: FloatArray, weight: FloatArray | None = None
) -> tuple[FloatArray, FloatArray]:
    """Return the maximum-likelihood logit scores (m,) and the inverse mean information (k, k).

    ``x`` (m, k) holds a constant. Raises Unestimable when the covariates separate the groups (no maximum) or are
    collinear.
    """
    fit = fit_binomial(treated.astype(float), x, weight=weight)
    information = fit.information / len(x)
    if not fit.converged or np.linalg.cond(information) > 1e14:
        collinear = np.linalg.matrix_rank(x, tol=1e-9 * len(x)) < x.shape[1]
        raise Unestimable("collinear" if collinear else "separated")
    return fit.mean, np.asarray(np.linalg.inv(information), dtype=np.float64)


def _outcome(
    treated: BoolArray, change: FloatArray, x: FloatArray, weight: FloatArray | None = None
) -> tuple[FloatArray, FloatArray]:
    """Return the residuals (m, c) of the regression on untreated units, and its inverse mean Gram matrix (k, k)."""
    inner, outcome = x[~treated], change[~treated]
    if len(inner) < x.shape[1]:
        raise Unestimable("few")
    if weight is not None:
        scale = np.sqrt(weight[~treated])[:, None]
        inner, outcome = inner * scale, outcome * scale
    q, r = np.linalg.qr(inner)
    if np.abs(np.diag(r)).min() <= 1e-9 * np.abs(np.diag(r)).max():
        raise Unestimable("collinear")
    root = np.linalg.inv(r)
    resid = change - x @ (root @ (q.T @ outcome))
    return np.asarray(resid), np.asarray(root @ root.T * len(x), dtype=np.float64)
