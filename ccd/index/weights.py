"""Weights of the indicators of one subsystem: functions of a matrix that return weights summing to one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from ccd.arrays import FloatArray

#: Below this, a conflict (1 - r) or a raw weight is rounding error.
ROUNDING = 1e-12


@dataclass(frozen=True)
class Options:
    """What some weightings need besides the data: ``given`` (k,), the pair that ``game`` combines, ``shift``."""

    shift: float = 0.0
    given: FloatArray | None = None
    game: tuple[str, str] = ("entropy", "critic")


def entropies(z: FloatArray, shift: float = 0.0) -> FloatArray:
    """Return e_j = -(1/ln m) sum_i p_ij ln p_ij with p = z/sum z and 0 ln 0 = 0; z (m, k) >= 0, e (k,).

    ``shift`` is added to z inside p only. m is the number of rows, never of years or regions alone
    (Shannon 1948; METHODS 1).
    """
    p = z + shift if shift else z
    p = p / p.sum(axis=0)
    # scipy's xlogy would bring a quarter of a second of imports into every run
    e = -(p * np.log(p, out=np.zeros_like(p), where=p > 0)).sum(axis=0) / np.log(len(z))
    return np.asarray(np.clip(e, 0.0, 1.0))  # a nearly even indicator may reach 1 by rounding error


def entropy(z: FloatArray, x: FloatArray, options: Options) -> FloatArray:
    """Return w_j ~ 1 - e_j, the entropy weights (k,)."""
    return shares(1 - entropies(z, options.shift))


def conflict(z: FloatArray) -> FloatArray:
    """Return sum_k (1 - r_jk) over the indicators of z (m, k); shape (k,)."""
    gaps = 1 - np.atleast_2d(np.corrcoef(z, rowvar=False))
    gaps[np.abs(gaps) < ROUNDING] = 0.0
    return np.asarray(gaps.sum(axis=1))


def critic(z: FloatArray, x: FloatArray, options: Options) -> FloatArray:
    """Return w_j ~ sd_j sum_k (1 - r_jk) (Diakoulaki, Mavrotas & Papayannakis 1995)."""
    return shares(z.std(axis=0, ddof=1) * conflict(z))


def cv(z: FloatArray, x: FloatArray, options: Options) -> FloatArray:
    """Return w_j ~ sd(n-1)/|mean| of the raw x: the coefficient of variation."""
    return shares(x.std(axis=0, ddof=1) / np.abs(x.mean(axis=0)))


def pca(z: FloatArray, x: FloatArray, options: Options) -> FloatArray:
    """Return w_j ~ sum_k lambda_k v_jk^2 over the eigenvalues >= 1 of the correlation matrix of z."""
    values, vectors = np.linalg.eigh(np.atleast_2d(np.corrcoef(z, rowvar=False)))
    kept = values >= 1 - 1e-9
    return shares((vectors[:, kept] ** 2) @ values[kept])


def entropy_critic(z: FloatArray, x: FloatArray, options: Options) -> FloatArray:
    """Return w_j ~ (1 - e_j) sum_k (1 - r_jk): redundancy in place of the standard deviation."""
    return shares((1 - entropies(z, options.shift)) * conflict(z))


def game(z: FloatArray, x: FloatArray, options: Options) -> FloatArray:
    """Return |a_1| w_1 + |a_2| w_2, the weighting nearest to both of the pair: sum_l a_l w_k.w_l = w_k.w_k."""
    pair = np.stack([WEIGHTS[name](z, x, options) for name in options.game])
    gram = pair @ pair.T
    a = np.abs(np.linalg.lstsq(gram, np.diag(gram), rcond=1e-10)[0])
    return shares(a @ pair)


def equal(z: FloatArray, x: FloatArray, options: Options) -> FloatArray:
    """Return 1/k each."""
    return np.full(z.shape[1], 1 / z.shape[1])


def given(z: FloatArray, x: FloatArray, options: Options) -> FloatArray:
    """Return the given weights, made to sum to one. ValueError when there are none."""
    if options.given is None:
        raise ValueError("the weighting 'given' needs the weights")
    return shares(options.given)


def shares(raw: FloatArray) -> FloatArray:
    """Return raw (k,) over its sum; one indicator alone has weight 1; nan when the sum is zero."""
    if len(raw) == 1:
        return np.ones(1)
    total = raw.sum()
    return np.asarray(raw / total) if total > ROUNDING else np.full(len(raw), np.nan)


Weighting = Callable[[FloatArray, FloatArray, Options], FloatArray]

#: The names of ``[index] weights``: (z (m, k), x (m, k), options) -> w (k,).
WEIGHTS: Mapping[str, Weighting] = {
    "entropy": entropy,
    "critic": critic,
    "cv": cv,
    "pca": pca,
    "entropy-critic": entropy_critic,
    "game": game,
    "equal": equal,
    "given": given,
}
WeightName = Literal["entropy", "critic", "cv", "pca", "entropy-critic", "game", "equal", "given"]
Single = Literal["entropy", "critic", "cv", "pca", "entropy-critic", "equal", "given"]
