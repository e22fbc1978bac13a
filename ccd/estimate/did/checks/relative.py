"""Relative magnitudes by the conditional least-favourable hybrid (Rambachan & Roth 2023; Andrews, Roth & Pakes 2023).

The violation of parallel trends may change from one year to the next by at most M times its largest change
before treatment. For one candidate of that largest change (lead s, sign) the null theta = target'tau says:
there are changes x_j, j = 0..q-1, with |x_j| <= M m, m = sign x (that change of beta), whose sum weighted by
c_j = sum_{t >= j} target_t is target'beta_post - theta. The test statistic is the least eta for which every
inequality holds up to eta times its standard deviation. In the paper it is a linear programme; its constraints
can be eliminated by hand, which leaves the largest of a few studentised linear functions of beta - the vertices
of the dual - so nothing is solved numerically.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ccd.arrays import BoolArray, FloatArray

GRID = 1001


@dataclass(frozen=True)
class Vertices:
    """Functions ``g @ beta - h theta`` (K of them) whose maximum is the statistic of one candidate."""

    g: FloatArray
    h: FloatArray
    covariance: FloatArray
    critical: float


def candidates(
    matrix: FloatArray, target: FloatArray, m: float, level: float, normal: FloatArray
) -> list[Vertices]:
    """Return the vertices of every (lead, sign), with the least-favourable critical value at 1 - ``level``.

    ``matrix`` (p + q, p + q) is the covariance of beta (earliest lead .. e = -2, e = 0, ..); ``normal``
    (B, p + q) holds standard normal draws, the same for all candidates.
    """
    q, size = len(target), len(matrix)
    p = size - q
    change = np.zeros((p + q, size))  # first differences, with beta_{-1} = 0 between leads and effects
    extended = np.insert(np.eye(size), p, 0.0, axis=0)
    change[:] = np.diff(extended, axis=0)
    before, after = change[:p], change[p:]
    share = np.cumsum(target[::-1])[::-1]
    root = _root(matrix)
    found = []
    for s in range(p):
        for sign in (1.0, -1.0):
            limit = m * sign * before[s]
            upper, lower = after - limit, -after - limit
            up, down = (np.sqrt(np.einsum("ij,jk,ik->i", a, matrix, a)) for a in (upper, lower))
            reach = np.abs(share)
            raised = np.where(share >= 0, up, down)
            sunk = np.where(share >= 0, down, up)
            theta = np.concatenate([np.zeros(p), target])
            high = (theta - reach.sum() * limit) / (reach @ raised)
            low = (-theta - reach.sum() * limit) / (reach @ sunk)
            width = -2 * limit / (up + down)[:, None]
            g = np.vstack([high, low, width])
            h = np.concatenate([[1 / (reach @ raised), -1 / (reach @ sunk)], np.zeros(q)])
            spread = np.sqrt(np.einsum("ij,jk,ik->i", g, matrix, g))
            keep = spread > 1e-10 * spread.max()
            g, h = g[keep], h[keep]
            worst = np.sort((normal @ (root.T @ g.T)).max(axis=1))
            rank = int(np.ceil((1 - level) * len(worst))) - 1
            found.append(Vertices(g, h, g @ matrix @ g.T, float(worst[rank])))
    return found


def _root(matrix: FloatArray) -> FloatArray:
    values, vectors = np.linalg.eigh(matrix)
    return np.asarray(vectors * np.sqrt(np.clip(values, 0, None)))


def rejected(one: Vertices, beta: FloatArray, theta: FloatArray, alpha: float, kappa: float) -> BoolArray:
    """Tell for each ``theta`` (m,) whether the hybrid test of size ``alpha`` rejects under one candidate.

    First the least-favourable test of size ``kappa``; where it does not reject, the conditional test of size
    (alpha - kappa)/(1 - kappa), given which vertex is the largest and that the first test did not reject.
    """
    values = (one.g @ beta)[:, None] - one.h[:, None] * theta
    best = values.argmax(axis=0)
    top = values[best, np.arange(len(theta))]
    variance = np.diag(one.covariance)[best]
    slope = one.covariance[:, best] / variance  # (K, m)
    free = values - slope * top
    with np.errstate(divide="ignore", invalid="ignore"):
        bound = free / (1 - slope)
    low = np.where(slope < 1 - 1e-10, bound, -np.inf).max(axis=0)
    high = np.where(slope > 1 + 1e-10, bound, np.inf).min(axis=0)
    high = np.minimum(high, one.critical)
    size = (alpha - kappa) / (1 - kappa)
    limit = truncated_quantile(1 - size, np.sqrt(variance), low, high)
    return np.asarray((top > one.critical) | (top > np.maximum(limit, 0.0)))


def truncated_quantile(level: float, scale: FloatArray, low: FloatArray, high: FloatArray) -> FloatArray:
    """Return the ``level`` quantile of N(0, scale^2) cut to [low, high], arrays (m,), exact in both tails."""
    from scipy.special import log_ndtr, ndtri, ndtri_exp

    a, b = low / scale, high / scale
    flip = a > 0  # work in the left tail, where logs keep their digits
    left, right = np.where(flip, -b, a), np.where(flip, -a, b)
    share = np.where(flip, 1 - level, level)
    fa, fb = log_ndtr(left), log_ndtr(np.maximum(right, left))
    with np.errstate(divide="ignore", invalid="ignore"):
        mass = fa + np.log1p(share * np.expm1(np.minimum(fb - fa, 700.0)))
        mass = np.where(fb - fa > 700.0, np.log(share) + fb, mass)
    z = np.where(np.isneginf(left), ndtri(share * np.exp(fb)), ndtri_exp(np.minimum(mass, 0.0)))
    z = np.clip(z, left, np.maximum(right, left))
    return np.asarray(np.where(flip, -z, z) * scale)


def relative_interval(
    beta: FloatArray,
    matrix: FloatArray,
    target: FloatArray,
    m: float,
    normal: FloatArray,
    alpha: float = 0.05,
) -> tuple[float, float]:
    """Return the hull of the 1 - ``alpha`` confidence set for target'tau under relative magnitude ``m``.

    A value is kept when some (lead, sign) does not reject it. The grid of GRID points is widened until its
    ends are rejected, and the ends of the set are then bisected.
    """
    kappa = alpha / 10
    tests = candidates(matrix, target, m, kappa, normal)

    def kept(theta: FloatArray) -> BoolArray:
        return np.asarray(~np.all([rejected(one, beta, theta, alpha, kappa) for one in tests], axis=0))

    post = np.concatenate([np.zeros(len(beta) - len(target)), target])
    centre, sd = float(post @ beta), float(np.sqrt(post @ matrix @ post))
    half = 10 * sd
    for _ in range(40):
        grid = np.linspace(centre - half, centre + half, GRID)
        inside = kept(grid)
        if not inside[0] and not inside[-1]:
            break
        half *= 2
    if not inside.any():
        return float("nan"), float("nan")
    first, last = np.flatnonzero(inside)[[0, -1]]
    return _edge(kept, grid[first], grid[first - 1]), _edge(kept, grid[last], grid[last + 1])


def _edge(kept: Callable[[FloatArray], BoolArray], inside: float, outside: float) -> float:
    for _ in range(50):
        middle = (inside + outside) / 2
        if kept(np.array([middle]))[0]:
            inside = middle
        else:
            outside = middle
    return float(inside)


def excludes_zero(
    beta: FloatArray,
    matrix: FloatArray,
    target: FloatArray,
    m: float,
    normal: FloatArray,
    alpha: float = 0.05,
) -> bool:
    """Tell whether every (lead, sign) rejects target'tau = 0 at ``m``."""
    kappa = alpha / 10
    zero = np.zeros(1)
    tests = candidates(matrix, target, m, kappa, normal)
    return all(bool(rejected(one, beta, zero, alpha, kappa)[0]) for one in tests)
