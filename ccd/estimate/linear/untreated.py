"""The untreated outcome: y = a_i + l_t + x'c fitted on cells under no policy, carried to all others."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ccd.arrays import BoolArray, FloatArray, IntArray
from ccd.estimate.linear.ols import group_sums

#: Directions of the normal matrix below this share of its largest eigenvalue are not identified.
TOLERANCE = 1e-11


@dataclass(frozen=True)
class Untreated:
    """The regressors [year dummies, x] as deviations from each entity's mean over its untreated cells.

    ``z`` is (n, q); ``count`` (N,) counts each entity's untreated cells; ``untreated`` (n,) marks them.
    """

    z: FloatArray
    count: FloatArray
    entity: IntArray
    untreated: BoolArray

    def centred(self, values: FloatArray) -> FloatArray:
        """Return ``values`` (n, k) less each entity's mean over its untreated cells."""
        return _centred(values, self.entity, self.untreated, self.count)

    def moments(self, y: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return each entity's Z'Z (N, q, q) and Z'y (N, q) over its untreated cells."""
        z, group, size = self.z[self.untreated], self.entity[self.untreated], len(self.count)
        q = z.shape[1]
        squares = group_sums((z[:, :, None] * z[:, None, :]).reshape(len(z), q * q), group, size)
        return squares.reshape(size, q, q), group_sums(z * y[self.untreated, None], group, size)

    def known(self, basis: FloatArray) -> BoolArray:
        """Return the rows (n,) whose untreated outcome the directions ``basis`` (q, r) identify."""
        left = self.z - (self.z @ basis) @ basis.T
        return np.asarray((np.abs(left).max(axis=1) < 1e-7) & (self.count[self.entity] > 0))


def untreated_design(x: FloatArray, entity: IntArray, time: IntArray, untreated: BoolArray) -> Untreated:
    """Return the design of the untreated outcome for controls ``x`` (n, k); units of x do not matter."""
    years = np.eye(int(time.max()) + 1)[time]
    spread = x.std(axis=0)
    scaled = (x - x.mean(axis=0)) / np.where(spread > 0, spread, 1)
    count = np.bincount(entity[untreated], minlength=int(entity.max()) + 1).astype(np.float64)
    z = _centred(np.column_stack([years, scaled]), entity, untreated, count)
    return Untreated(z, count, entity, untreated)


def _centred(values: FloatArray, entity: IntArray, untreated: BoolArray, count: FloatArray) -> FloatArray:
    sums = group_sums(values[untreated], entity[untreated], len(count))
    means = np.divide(sums, count[:, None], out=np.zeros_like(sums), where=count[:, None] > 0)
    return np.asarray(values - means[entity])


def pseudo_inverse(normal: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the pseudo-inverse of a normal matrix (q, q) and an orthonormal basis (q, r) of its range."""
    values, vectors = np.linalg.eigh(normal)
    kept = values > TOLERANCE * max(float(values[-1]), np.finfo(float).tiny)
    basis = vectors[:, kept]
    return np.asarray((basis / values[kept]) @ basis.T), basis


def effects(y: FloatArray, fitted: Untreated) -> tuple[FloatArray, BoolArray]:
    """Return tau = y - y0 of every row (n,), and which rows have an identified y0.

    On untreated rows tau is the residual of the fit. Source: Borusyak, Jaravel & Spiess (2024).
    """
    z = fitted.z[fitted.untreated]
    inverse, basis = pseudo_inverse(z.T @ z)
    theta = inverse @ (z.T @ y[fitted.untreated])
    return fitted.centred(y[:, None])[:, 0] - fitted.z @ theta, fitted.known(basis)


def outcome_weights(weight: FloatArray, fitted: Untreated) -> FloatArray:
    """Return the weights v on y (n, k) that give the same sums as ``weight`` (n, k) on tau.

    ``weight`` is zero on untreated rows: sum_c w_c tau_c = sum_it v_it y_it.
    """
    z, entity = fitted.z[fitted.untreated], fitted.entity
    inverse, _ = pseudo_inverse(z.T @ z)
    totals = group_sums(weight, entity, len(fitted.count))
    shares = np.divide(totals, fitted.count[:, None], out=np.zeros_like(totals), where=totals != 0)
    v = weight.copy()
    v[fitted.untreated] = -shares[entity[fitted.untreated]] - z @ (inverse @ (fitted.z.T @ weight))
    return v
