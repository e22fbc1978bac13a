"""A Markov chain: counts, probabilities and their intervals, long run, first passages, mobility."""

from __future__ import annotations

import numpy as np

from ccd.arrays import FloatArray, IntArray

#: 97.5% point of the normal distribution.
Z = 1.959963984540054


def states_of(x: FloatArray, cuts: FloatArray) -> IntArray:
    """Return the number of ``cuts`` (k-1,) below each value of x: states 0..k-1."""
    return np.asarray((x[..., None] > cuts).sum(axis=-1), dtype=np.intp)


def count(states: IntArray, k: int) -> IntArray:
    """Return the transitions n_ij (k, k) from one year to the next of states (N, T)."""
    pairs = states[:, :-1] * k + states[:, 1:]
    return np.bincount(pairs.ravel(), minlength=k * k).reshape(k, k)


def probabilities(counts: IntArray) -> FloatArray:
    """Return P_ij = n_ij / n_i. (k, k); nan in rows never left."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(counts / counts.sum(axis=1, keepdims=True))


def wilson(counts: IntArray) -> tuple[FloatArray, FloatArray]:
    """Return the 95% interval of each probability (k, k) (Wilson 1927)."""
    n = counts.sum(axis=1, keepdims=True).astype(float)
    with np.errstate(invalid="ignore", divide="ignore"):
        p = counts / n
        middle = (p + Z**2 / (2 * n)) / (1 + Z**2 / n)
        reach = Z * np.sqrt(p * (1 - p) / n + Z**2 / (4 * n**2)) / (1 + Z**2 / n)
    return np.asarray(np.maximum(middle - reach, 0)), np.asarray(np.minimum(middle + reach, 1))


def irreducible(p: FloatArray) -> bool:
    """Tell whether every state can be reached from every other."""
    if np.isnan(p).any():
        return False
    reach = np.linalg.matrix_power(np.eye(len(p)) + (p > 0), len(p) - 1)
    return bool((reach > 0).all())


def ergodic(p: FloatArray) -> FloatArray:
    """Return the long-run distribution (k,) of an irreducible chain p (k, k)."""
    k = len(p)
    system = np.vstack([p.T - np.eye(k), np.ones(k)])
    found, *_ = np.linalg.lstsq(system, np.append(np.zeros(k), 1.0), rcond=None)
    return np.asarray(found)


def first_passage(p: FloatArray) -> FloatArray:
    """Return the mean years (k, k) from a state to the first arrival in another, on the diagonal until the return.

    Kemeny and Snell (1976, 4.4): M = (I - Z + E Z_dg) D with the fundamental matrix Z = (I - P + A)^-1.
    """
    k = len(p)
    share = ergodic(p)
    fundamental = np.linalg.inv(np.eye(k) - p + np.tile(share, (k, 1)))
    between = np.diag(fundamental)[None, :] - fundamental
    return np.asarray((np.eye(k) + between) / share[None, :])


def sojourn(p: FloatArray) -> FloatArray:
    """Return the mean years spent in each state before leaving it, 1/(1 - P_ii) (k,)."""
    with np.errstate(divide="ignore"):
        return np.asarray(1 / (1 - np.diag(p)))


def prais(p: FloatArray) -> float:
    """Return the mobility (k - tr P)/(k - 1) (Shorrocks 1978): 0 without movement."""
    k = len(p)
    return float((k - np.trace(p)) / (k - 1))
