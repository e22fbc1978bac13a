"""Fixed-length confidence intervals under smooth violations of parallel trends (Rambachan & Roth 2023, section 4)."""

from __future__ import annotations

import numpy as np

from ccd.arrays import FloatArray


def folded_quantile(bias: float, level: float = 0.95) -> float:
    """Return the ``level`` quantile of |N(bias, 1)|, bias >= 0."""
    from scipy.optimize import brentq  # slow to import, and seldom asked for
    from scipy.special import ndtr

    low, high = bias, bias + 10.0
    if ndtr(low - bias) - ndtr(-low - bias) >= level:
        low = 0.0
    return float(brentq(lambda c: ndtr(c - bias) - ndtr(-c - bias) - level, low, high, xtol=1e-13))


class Smooth:
    """The problem of one event study: q post effects weighted by ``target`` (q,), p leads before e = -1.

    ``matrix`` (p + q, p + q) is the covariance of (leads from the earliest to e = -2, effects e = 0, 1, ..).
    An estimator is ``v'beta`` with post weights ``target``. A violation is a slope, which v must not react to,
    and second differences of at most M: kappa_j centred at -1, -2, .. weigh ``w`` in v'delta, those centred
    at 0, 1, .. weigh ``fixed``.
    """

    def __init__(self, matrix: FloatArray, target: FloatArray) -> None:
        q, p = len(target), len(matrix) - len(target)
        self.p, self.target, self.matrix = p, target, matrix
        steps = np.arange(1, q + 1)
        # delta_t = slope (t + 1) + sum over centres c = 0..t-1 of (t - c) kappa_c
        self.fixed = np.array(
            [float(np.sum(target[c + 1 :] * (steps[c + 1 :] - steps[c]))) for c in range(q - 1)]
        )
        # delta_{-1-k} = -slope k + sum over centres -1..-k of (k - j + 1) kappa_{-j}: v_pre from w by second
        # differences, v_k = w_k - 2 w_{k+1} + w_{k+2}
        inverse = np.eye(p) - 2 * np.eye(p, k=1) + np.eye(p, k=2)
        self.lead = inverse[::-1]  # beta runs from the earliest lead
        self.rise = float(np.sum(target * steps))  # = sum_k k v_k = w_1 by telescoping

    def weights(self, w: FloatArray) -> FloatArray:
        """Return v (p + q,) of the second-difference weights ``w`` (p,)."""
        return np.concatenate([self.lead @ w, self.target])

    def spread(self, w: FloatArray) -> float:
        """Return the standard error of the estimator."""
        v = self.weights(w)
        return float(np.sqrt(v @ self.matrix @ v))

    def bias(self, w: FloatArray) -> float:
        """Return the largest bias for M = 1."""
        return float(np.abs(w).sum() + np.abs(self.fixed).sum())

    def half_length(self, w: FloatArray, m: float) -> float:
        """Return half the length of the interval at ``m``."""
        sd = self.spread(w)
        return folded_quantile(m * self.bias(w) / sd) * sd

    def best(self, m: float) -> FloatArray:
        """Return the w (p,) of the shortest interval; a convex problem, solved on w = w+ - w-."""
        if self.p == 1:
            return np.array([self.rise])
        start = np.zeros(2 * (self.p - 1))
        scale = self.half_length(np.r_[self.rise, np.zeros(self.p - 1)], m)

        def joined(x: FloatArray) -> FloatArray:
            return np.concatenate([[self.rise], x[: self.p - 1] - x[self.p - 1 :]])

        from scipy.optimize import minimize  # slow to import, and seldom asked for

        def value(x: FloatArray) -> tuple[float, FloatArray]:
            w = joined(x)
            v, sd = self.weights(w), self.spread(w)
            total = float(np.abs(self.fixed).sum() + abs(self.rise) + x.sum())
            t = m * total / sd
            c = folded_quantile(t)
            near, far = np.exp(-((c - t) ** 2) / 2), np.exp(-((c + t) ** 2) / 2)
            slope = (near - far) / (near + far)  # dc/dt
            lead = (self.lead.T @ (self.matrix @ v)[: self.p])[1:] / sd * (c - t * slope)
            return c * sd / scale, (np.r_[lead, -lead] + slope * m) / scale

        found = minimize(
            value,
            start,
            jac=True,
            method="SLSQP",
            bounds=[(0, None)] * len(start),
            options={"maxiter": 1000, "ftol": 1e-14},
        )
        x = np.asarray(found.x)
        both = np.minimum(x[: self.p - 1], x[self.p - 1 :])
        return joined(x - np.r_[both, both])


def flci(beta: FloatArray, matrix: FloatArray, target: FloatArray, m: float) -> tuple[float, float]:
    """Return the interval for target'tau when second differences of the trend are at most ``m``.

    ``beta`` (p + q,) runs from the earliest lead to e = -2, then e = 0, 1, ..; p >= 1.
    """
    problem = Smooth(matrix, target)
    w = problem.best(m)
    centre, half = float(problem.weights(w) @ beta), problem.half_length(w, m)
    return centre - half, centre + half
