"""The logistic S-curve with errors in levels: non-linear least squares from the best point of the grid."""

from __future__ import annotations

import numpy as np

from ccd.arrays import FloatArray
from ccd.describe.stages.curve import FAR, JOINT, LEVEL, PARAMETERS, Curve, Grid, fit_curve, logistic


def least_squares(grid: Grid, y: FloatArray) -> tuple[FloatArray, FloatArray, float]:
    """Return K, rate, logit (3,), their covariance s2 (J'J)^-1 (3, 3) and the sum of squares, of y (n,).

    Ratkowsky (1983); nan where J'J cannot be inverted.
    """
    from scipy import optimize

    start = fit_curve(grid, y)
    since = grid.years - grid.years[-1]

    def shares(p: FloatArray) -> FloatArray:
        return logistic(p[1] * since + p[2])

    def gaps(p: FloatArray) -> FloatArray:
        return np.asarray(np.exp(p[0]) * shares(p) - y)

    def slopes(p: FloatArray) -> FloatArray:
        s = shares(p)
        curve = np.exp(p[0]) * s
        return np.column_stack([curve, curve * (1 - s) * since, curve * (1 - s)])

    scale = np.abs(y).max()
    y = y / scale
    first = np.array([start.log_k - np.log(scale), start.rate, start.logit])
    found = optimize.least_squares(gaps, first, slopes, method="lm", xtol=1e-15, ftol=1e-15, gtol=1e-15)
    p, sse = found.x, 2 * float(found.cost)
    jacobian = slopes(p) * np.array([np.exp(-p[0]), 1, 1])
    value = np.array([np.exp(p[0]), p[1], p[2]])
    unit = np.array([scale, 1.0, 1.0])
    normal = jacobian.T @ jacobian
    if np.linalg.cond(normal) > 1e14 or not np.isfinite(value).all():
        return value * unit, np.full((3, 3), np.nan), sse * scale**2
    covariance = np.linalg.inv(normal) * sse / (len(y) - PARAMETERS) * np.outer(unit, unit)
    return value * unit, np.asarray(covariance), sse * scale**2


def fit_additive(grid: Grid, y: FloatArray) -> Curve | None:
    """Return the curve of y (n,) with errors in levels, intervals by t(n - 3); None where it cannot be told."""
    from scipy.stats import t

    (k, rate, logit), covariance, _ = least_squares(grid, y)
    if not np.isfinite(covariance).all() or k <= 0 or rate <= 0:
        return None
    df = len(y) - PARAMETERS
    error = float(np.sqrt(covariance[2, 2]))
    reach = float(t.ppf((1 + LEVEL) / 2, df)) * error
    weight = t.pdf((grid.logits - logit) / max(error, 1e-12), df)
    if weight.sum() == 0:  # far narrower than the grid, or beyond it
        weight = np.eye(len(grid.logits))[int(np.abs(grid.logits - logit).argmin())]
    slope = np.array([0.0, logit / rate**2, -1 / rate])
    turn = float(grid.years[-1] - logit / rate)
    spread = float(t.ppf((1 + JOINT) / 2, df) * np.sqrt(slope @ covariance @ slope))
    return Curve(
        log_k=float(np.log(k)),
        rate=float(rate),
        logit=float(logit),
        low=max(logit - reach, -FAR),
        high=min(logit + reach, FAR),
        open=bool(logit - reach <= -FAR),
        logits=grid.logits,
        weight=np.asarray(weight / weight.sum()),
        fitted=np.log(k) - np.logaddexp(0.0, -(rate * (grid.years - grid.years[-1]) + logit)),
        inflection=turn,
        inflection_low=turn - spread,
        inflection_high=turn + spread,
    )
