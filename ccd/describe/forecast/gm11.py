"""The grey model GM(1,1)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ccd.arrays import FloatArray, IntArray


@dataclass(frozen=True)
class Grey:
    """Development a and input b (S,), fitted values (S, n), class ratios (S, n-1), C and P (S,)."""

    a: FloatArray
    b: FloatArray
    fitted: FloatArray
    ratios: FloatArray
    c: FloatArray
    p: FloatArray


def fit(x: FloatArray) -> Grey:
    """Return GM(1,1) of series x (S, n) > 0 (Deng 1982).

    x1 = cumsum x, z the mean of neighbours; x(k) = -a z(k) + b by least squares. C = sd e / sd x, P the share of
    |e - mean e| < 0.6745 sd x.
    """
    total = np.cumsum(x, axis=1)
    z = (total[:, 1:] + total[:, :-1]) / 2
    y = x[:, 1:]
    gap = z - z.mean(axis=1, keepdims=True)
    a = -(gap * y).sum(axis=1) / (gap**2).sum(axis=1)
    b = y.mean(axis=1) + a * z.mean(axis=1)
    fitted = np.concatenate([x[:, :1], _path(x[:, 0], a, b, np.arange(1, x.shape[1], dtype=np.intp))], axis=1)
    error = x - fitted
    spread = x.std(axis=1, ddof=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        c = error.std(axis=1, ddof=1) / spread
    near = np.abs(error - error.mean(axis=1, keepdims=True)) < 0.6745 * spread[:, None]
    return Grey(a, b, fitted, x[:, :-1] / x[:, 1:], np.asarray(c), np.asarray(near.mean(axis=1)))


def gm11(x: FloatArray, horizon: int) -> FloatArray:
    """Return forecasts (S, horizon) of series x (S, n); nan for a series that is not positive."""
    found = np.full((len(x), horizon), np.nan)
    positive = (x > 0).all(axis=1)
    if positive.any():
        made = fit(x[positive])
        steps = np.arange(x.shape[1], x.shape[1] + horizon, dtype=np.intp)
        found[positive] = _path(x[positive, 0], made.a, made.b, steps)
    return found


def allowed(n: int) -> tuple[float, float]:
    """Return the bounds (e^(-2/(n+1)), e^(2/(n+1))) within which class ratios allow the model."""
    return float(np.exp(-2 / (n + 1))), float(np.exp(2 / (n + 1)))


def _path(first: FloatArray, a: FloatArray, b: FloatArray, steps: IntArray) -> FloatArray:
    """Return the differences of the solution at k+1 for ``steps`` k: (1 - e^a)(x_1 - b/a) e^(-ak), also at a = 0."""
    ratio = np.where(a == 0, 1.0, np.expm1(a) / np.where(a == 0, 1.0, a))
    start = b * ratio - np.expm1(a) * first
    return np.asarray(start[:, None] * np.exp(-a[:, None] * steps))
