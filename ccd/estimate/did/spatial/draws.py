"""Policy and exposure of neighbours under many cohorts at once: regressions and spatial lags as sums over cells."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ccd.arrays import FloatArray, IntArray
from ccd.estimate.autoregressive.impacts import Multiplier
from ccd.estimate.autoregressive.spectrum import Spectrum
from ccd.estimate.autoregressive.sweep import Effects
from ccd.estimate.linear.resample import TINY

if TYPE_CHECKING:
    from scipy import sparse

#: Cells that one batch of draws holds.
BATCH = 1_500_000
#: Values of rho among which the likelihoods of draws look for their maximum, and halvings after that.
GRID, HALVINGS = 200, 45


@dataclass(frozen=True)
class Wide:
    """What every draw shares: years (T,), clusters of regions (N,), a basis ``q`` (N T, k) of the swept controls.

    ``factor`` is the small-sample factor, ``effects`` what is swept out.
    """

    times: FloatArray
    groups: IntArray
    q: FloatArray
    factor: float
    effects: Effects

    def swept(self, wide: FloatArray) -> FloatArray:
        """Return (N, T, R) less effects and controls, as (N T, R)."""
        found = self.effects.sweep(wide).reshape(-1, wide.shape[-1])
        return np.asarray(found - self.q @ (self.q.T @ found)) if self.q.shape[1] else found

    def sums(self, scores: FloatArray) -> FloatArray:
        """Return the sums of ``scores`` (N T, R) within clusters, (G, R)."""
        own = scores.reshape(len(self.groups), -1, scores.shape[-1]).sum(axis=1)
        if int(self.groups.max()) + 1 == len(self.groups):
            return np.asarray(own)
        found = np.zeros((int(self.groups.max()) + 1, own.shape[1]))
        np.add.at(found, self.groups, own)
        return found

    def policies(self, cohorts: FloatArray) -> Iterator[FloatArray]:
        """Yield D (N, T, R) of the draws ``cohorts`` (R, N), in batches."""
        step = max(1, BATCH // (len(self.times) * len(self.groups)))
        for start in range(0, len(cohorts), step):
            rows = cohorts[start : start + step]
            yield (self.times[None, :, None] >= rows.T[:, None, :]).astype(float)


def exposed(matrix: sparse.csr_array, policy: FloatArray, exposure: str) -> FloatArray:
    """Return the neighbours' policy W D, or whether any of them has it, for D (N, T, R)."""
    found = np.asarray(matrix @ policy.reshape(len(policy), -1)).reshape(policy.shape)
    return (found > 0).astype(float) if exposure == "any" else found


def pairs(wide: Wide, y: FloatArray, d: FloatArray, e: FloatArray | None) -> tuple[FloatArray, FloatArray]:
    """Return coefficients (R, k) and covariances (R, k, k) of y on the swept columns d and e, each (N T, R or 1).

    k is 1 without ``e``. nan where a draw does not tell them apart.
    """
    columns = [d] if e is None else [d, e]
    gram = _gram(columns)
    right = np.stack([np.sum(column * y, axis=0) for column in columns], axis=-1)
    bread = inverses(gram)
    beta = np.einsum("rjk,rk->rj", bread, np.broadcast_to(right, (len(bread), len(columns))))
    return beta, sandwich(wide, columns, y - sum(c * b for c, b in zip(columns, beta.T, strict=True)), bread)


def sandwich(wide: Wide, columns: list[FloatArray], resid: FloatArray, bread: FloatArray) -> FloatArray:
    """Return the clustered covariances (R, k, k) of swept ``columns`` (N T, R or 1) with residuals (N T, R)."""
    sums = np.stack([wide.sums(column * resid) for column in columns], axis=-1)
    return np.asarray(wide.factor * bread @ np.einsum("grj,grk->rjk", sums, sums) @ bread)


def _gram(columns: list[FloatArray]) -> FloatArray:
    rows = [np.stack([np.sum(a * b, axis=0) for b in columns], axis=-1) for a in columns]
    return np.stack(rows, axis=-2)


def inverses(gram: FloatArray) -> FloatArray:
    """Return the inverse of each (R, k, k), nan where columns cannot be told apart."""
    scale = np.sqrt(np.einsum("rkk->rk", gram))
    safe = np.where(scale > TINY, scale, 1.0)
    level = gram / safe[:, :, None] / safe[:, None, :]
    known = (scale > TINY).all(axis=1) & (np.linalg.eigvalsh(level)[:, 0] > TINY)
    found = np.full_like(gram, np.nan)
    found[known] = np.linalg.inv(level[known]) / safe[known][:, :, None] / safe[known][:, None, :]
    return found


def exposure_draws(
    wide: Wide, y: FloatArray, matrix: sparse.csr_array, exposure: str, cohorts: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Return effect and spillover (R, 2) with their errors (R, 2) under ``cohorts`` (R, N); y (N T, 1) is swept."""
    estimate, error = [], []
    for policy in wide.policies(cohorts):
        beta, covariance = pairs(wide, y, wide.swept(policy), wide.swept(exposed(matrix, policy, exposure)))
        estimate.append(beta)
        error.append(np.sqrt(np.einsum("rkk->rk", covariance)))
    return np.concatenate(estimate), np.concatenate(error)


@dataclass(frozen=True)
class LagFits:
    """Fits of R spatial lags: rho (R,), coefficients (R, k), impacts (R, 3) and their covariance (R, 3, 3)."""

    rho: FloatArray
    beta: FloatArray
    impacts: FloatArray
    covariance: FloatArray


def lag_fits(
    wide: Wide, spectrum: Spectrum, y0: FloatArray, y1: FloatArray, d: FloatArray, e: FloatArray | None
) -> LagFits:
    """Return the fits of y = rho Wy + b D (+ h WD) for swept columns, each (N T, R or 1).

    ``y0`` is the outcome and ``y1`` its lag. Each fit finds its own rho; the errors of direct, indirect and total
    impact are those of b and h by clusters with rho held.
    """
    columns = [d] if e is None else [d, e]
    bread = inverses(_gram(columns))
    v0, v1 = (np.stack([np.sum(c * y, axis=0) for c in columns], axis=-1) for y in (y0, y1))
    count = max(len(bread), len(v0))
    bread, v0, v1 = (np.broadcast_to(a, (count, *a.shape[1:])) for a in (bread, v0, v1))

    def left(a: FloatArray, va: FloatArray, b: FloatArray, vb: FloatArray) -> FloatArray:
        return np.asarray(np.sum(a * b, axis=0) - np.einsum("rj,rjk,rk->r", va, bread, vb))

    n, t = wide.effects.size(len(wide.groups), len(wide.times))
    rho = maxima(
        spectrum, left(y0, v0, y0, v0), left(y0, v0, y1, v1), left(y1, v1, y1, v1), n, t, wide.effects.c
    )
    beta = np.einsum("rjk,rk->rj", bread, v0 - rho[:, None] * v1)
    resid = y0 - rho * y1 - sum(c * b for c, b in zip(columns, beta.T, strict=True))
    covariance = sandwich(wide, columns, resid, bread)
    known = np.isfinite(rho)
    means = np.full((4, count), np.nan)
    if known.any():
        means[:, known] = Multiplier(spectrum).of(rho[known])
    inverse, trace, total, lagged = means
    load = np.stack([inverse, total - inverse, total], axis=-1)[:, :, None]
    if e is not None:
        load = np.concatenate([load, np.stack([trace, lagged - trace, lagged], axis=-1)[:, :, None]], axis=2)
    impacts = np.einsum("rik,rk->ri", load, beta)
    return LagFits(rho, beta, impacts, np.einsum("rij,rjk,rlk->ril", load, covariance, load))


def maxima(
    spectrum: Spectrum, a: FloatArray, b: FloatArray, d: FloatArray, n: int, t: int, c: int
) -> FloatArray:
    """Return the rho (R,) that maximise the likelihoods with SSE = a - 2 rho b + rho^2 d; nan at a bound.

    A grid finds the neighbourhood, halvings of the slope the root. Needs the eigenvalues of W.
    """
    low, high = spectrum.range
    grid = low + (high - low) * (np.arange(GRID) + 0.5) / GRID
    free = np.array([spectrum.log_determinant(rho) for rho in grid]) - c * np.log(1 - grid) * (c > 0)
    with np.errstate(invalid="ignore", divide="ignore"):
        squares = a[:, None] - 2 * b[:, None] * grid + d[:, None] * grid**2
        place = np.argmax(np.nan_to_num(t * free - n * t / 2 * np.log(squares), nan=-np.inf), axis=1)
    inner = np.clip(place, 1, GRID - 2)
    left, right = grid[inner - 1].copy(), grid[inner + 1].copy()
    for _ in range(HALVINGS):
        middle = (left + right) / 2
        trace = np.real((spectrum.values / (1 - middle[:, None] * spectrum.values)).sum(axis=1))
        slope = t * (c / (1 - middle) - trace)
        slope -= n * t * (middle * d - b) / (a - 2 * middle * b + middle**2 * d)
        left, right = np.where(slope > 0, middle, left), np.where(slope > 0, right, middle)
    found = (left + right) / 2
    return np.where((place == inner) & np.isfinite(a), found, np.nan)
