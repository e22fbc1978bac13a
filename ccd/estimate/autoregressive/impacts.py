"""Direct, indirect and total impacts of regressors under a spatial lag (LeSage & Pace 2009), with simulated errors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.polynomial import chebyshev

from ccd.arrays import FloatArray
from ccd.errors import EstimationError, Words
from ccd.estimate.autoregressive.spectrum import Spectrum
from ccd.words import text

#: Draws behind the errors, and the middle share of them that two standard errors hold.
DRAWS, MIDDLE = 1000, 0.6827
#: Nodes between which traces and row sums are interpolated where they cost solves.
NODES = {True: 9, False: 5}
#: Rounds of draws after which a rho that keeps leaving its range is refused.
ROUNDS = 100


@dataclass(frozen=True)
class Impacts:
    """Direct, indirect and total impact (3, K) of K regressors, draws (B, 3, K), delta errors (3, K).

    ``again`` counts the draws of rho beyond its range, which were drawn again.
    """

    estimate: FloatArray
    drawn: FloatArray
    std_error_delta: FloatArray
    again: int

    @property
    def std_error(self) -> FloatArray:
        """Return half the central 68.27 % range of the draws (3, K): their sd has no limit."""
        low, high = np.quantile(self.drawn, [(1 - MIDDLE) / 2, (1 + MIDDLE) / 2], axis=0)
        return np.asarray((high - low) / 2)

    @property
    def interval(self) -> tuple[FloatArray, FloatArray]:
        """Return the 2.5 and 97.5 % quantiles of the draws, (3, K) each."""
        low, high = np.quantile(self.drawn, [0.025, 0.975], axis=0)
        return np.asarray(low), np.asarray(high)

    @property
    def p_value(self) -> FloatArray:
        """Return min(1, 2 (1 + min(#<=0, #>=0)) / (B + 1)), (3, K)."""
        below, above = np.sum(self.drawn <= 0, axis=0), np.sum(self.drawn >= 0, axis=0)
        return np.asarray(np.minimum(1.0, 2 * (1 + np.minimum(below, above)) / (len(self.drawn) + 1)))


class Multiplier:
    """Means of S^-1 and G = S^-1 W as functions of rho: their traces / N and their row sums / N."""

    def __init__(self, spectrum: Spectrum) -> None:
        self.spectrum = spectrum
        self.row = spectrum.weights.rows_sum_to_one
        self.fitted: tuple[float, float, FloatArray] | None = None

    def at(self, rho: float) -> tuple[float, float, float, float]:
        """Return tr S^-1/N, tr G/N, 1'S^-1 1/N and 1'G1/N."""
        trace = self.spectrum.trace(rho) / self.spectrum.size
        own = 1 + rho * trace  # S^-1 = I + rho G
        if self.row:
            return own, trace, 1 / (1 - rho), 1 / (1 - rho)
        ones = np.ones((self.spectrum.size, 1))
        total = float(self.spectrum.inverse_apply(rho, ones).mean())
        lagged = float(self.spectrum.inverse_apply(rho, self.spectrum.matrix @ ones).mean())
        return own, trace, total, lagged

    def of(self, rho: FloatArray) -> FloatArray:
        """Return the four means at each of ``rho`` (B,), (4, B); interpolated where each costs solves."""
        if self.spectrum.exact and self.row:
            values = self.spectrum.values
            trace = np.real((values / (1 - rho[:, None] * values)).mean(axis=1))
            total = 1 / (1 - rho)
            return np.stack([1 + rho * trace, trace, total, total])
        low, high = float(rho.min()), float(rho.max())
        if high - low < 1e-12:
            return np.repeat(np.array(self.at(low))[:, None], len(rho), axis=1)
        count = NODES[self.spectrum.exact]
        nodes = chebyshev.chebpts1(count)
        known = np.array([self.at((low + high + node * (high - low)) / 2) for node in nodes])
        fitted = chebyshev.chebfit(nodes, known, count - 1)
        self.fitted = low, high, fitted
        at = (2 * rho - low - high) / (high - low)
        found = np.asarray(chebyshev.chebval(at, fitted), dtype=np.float64)
        if self.row:
            found[2] = found[3] = 1 / (1 - rho)
        return found

    def slope(self, rho: float) -> FloatArray:
        """Return the derivatives of the four means at ``rho``, (4,): of their interpolation, else by differences."""
        if self.fitted is None or self.spectrum.exact:
            step = 1e-5
            return np.asarray((np.array(self.at(rho + step)) - np.array(self.at(rho - step))) / (2 * step))
        low, high, fitted = self.fitted
        at = (2 * rho - low - high) / (high - low)
        found = np.asarray(chebyshev.chebval(at, chebyshev.chebder(fitted)), dtype=np.float64)
        found = found * 2 / (high - low)
        if self.row:
            found[2] = found[3] = 1 / (1 - rho) ** 2
        return found


def impacts(
    spectrum: Spectrum,
    coefficients: FloatArray,
    covariance: FloatArray,
    own: Sequence[int],
    lagged: Sequence[int | None],
    rng: np.random.Generator,
    where: Words,
) -> Impacts:
    """Return the impacts of K regressors from ``coefficients`` (p,), rho first, and their ``covariance`` (p, p).

    ``own`` (K) and ``lagged`` (K) are the places of b and h of each regressor; None: it has no h. The draws are of
    all coefficients together. Raises EstimationError where draws of rho keep leaving their range.
    """
    multiplier = Multiplier(spectrum)
    drawn, again = draws(coefficients, covariance, spectrum.range, rng, where)
    means = multiplier.of(drawn[:, 0])
    point = np.array(multiplier.at(float(coefficients[0])))
    estimate = _effects(point[:, None], coefficients[None], own, lagged)[0]
    sampled = _effects(means, drawn, own, lagged)
    return Impacts(estimate, sampled, delta(multiplier, coefficients, covariance, own, lagged), again)


def _effects(
    means: FloatArray, coefficients: FloatArray, own: Sequence[int], lagged: Sequence[int | None]
) -> FloatArray:
    """Return direct, indirect and total (B, 3, K) from ``means`` (4, B) and ``coefficients`` (B, p)."""
    b = coefficients[:, list(own)]
    h = np.column_stack([np.zeros(len(coefficients)) if at is None else coefficients[:, at] for at in lagged])
    inverse, trace, total, lagged_total = (row[:, None] for row in means)
    direct, whole = b * inverse + h * trace, b * total + h * lagged_total
    return np.stack([direct, whole - direct, whole], axis=1)


def delta(
    multiplier: Multiplier,
    coefficients: FloatArray,
    covariance: FloatArray,
    own: Sequence[int],
    lagged: Sequence[int | None],
) -> FloatArray:
    """Return errors of the impacts by the delta method, (3, K)."""
    rho = float(coefficients[0])
    gradient = np.zeros((len(coefficients), 3, len(own)))
    gradient[0] = _effects(multiplier.slope(rho)[:, None], coefficients[None], own, lagged)[0]
    inverse, trace, total, lagged_total = multiplier.at(rho)
    for k, (b, h) in enumerate(zip(own, lagged, strict=True)):
        gradient[b, :, k] = inverse, total - inverse, total
        if h is not None:
            gradient[h, :, k] = trace, lagged_total - trace, lagged_total
    return np.asarray(np.sqrt(np.einsum("pek,pq,qek->ek", gradient, covariance, gradient)))


def draws(
    centre: FloatArray,
    covariance: FloatArray,
    bounds: tuple[float, float],
    rng: np.random.Generator,
    where: Words,
) -> tuple[FloatArray, int]:
    """Return DRAWS normal draws (B, p) whose first column lies inside ``bounds``, and how many were drawn again."""
    scale = np.sqrt(np.diag(covariance))
    values, vectors = np.linalg.eigh(covariance / scale / scale[:, None])
    root = vectors * np.sqrt(np.clip(values, 0, None))

    def take(count: int) -> FloatArray:
        return np.asarray(centre + rng.standard_normal((count, len(centre))) @ root.T * scale)

    found, again = take(DRAWS), 0
    for _ in range(ROUNDS):
        outside = np.flatnonzero((found[:, 0] <= bounds[0]) | (found[:, 0] >= bounds[1]))
        if not len(outside):
            return found, again
        again += len(outside)
        found[outside] = take(len(outside))
    raise EstimationError(
        text("rho is so uncertain that its draws keep leaving its range"),
        where=where,
        fix=text("take other weights, fewer regressors, or slx, which has no rho"),
    )
