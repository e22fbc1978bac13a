"""The path of synthdid's Frank-Wolfe solver, for its digits: it stops short of the optimum."""

from __future__ import annotations

import numpy as np

from ccd.arrays import FloatArray

#: Steps before the small weights are dropped, and steps after.
BEFORE, AFTER = 100, 10_000


def frank_wolfe_weights(
    a: FloatArray, b: FloatArray, r: float, least_gain: float, *, intercept: bool = False
) -> FloatArray:
    """Return weights (n,) near the minimum of |Aw - b|^2 + r |w|^2 on the simplex, as R's synthdid finds them.

    100 steps from equal weights, then weights of at most a quarter of the largest are dropped, then steps until one
    gains less than ``least_gain`` squared in the mean loss (Arkhangelsky et al. 2021, code of version 0.0.9).
    """
    if intercept:
        a, b = a - a.mean(0), b - b.mean()
    w = _steps(a, b, np.full(a.shape[1], 1 / a.shape[1]), r, least_gain, BEFORE)
    w = np.where(w <= w.max() / 4, 0, w)
    return _steps(a, b, w / w.sum(), r, least_gain, AFTER)


def _steps(a: FloatArray, b: FloatArray, w: FloatArray, r: float, least_gain: float, most: int) -> FloatArray:
    m = len(a)
    fitted = a @ w
    before = np.inf
    for step in range(most):
        error = fitted - b
        half_gradient = a.T @ error + r * w
        i = int(np.argmin(half_gradient))
        direction = -w
        direction[i] += 1
        if not direction.any():
            return w
        along = a[:, i] - fitted
        length = -float(half_gradient @ direction) / float(along @ along + r * direction @ direction)
        length = min(1.0, max(0.0, length))
        w = w + length * direction
        fitted = a @ w
        loss = float((r * w @ w + np.sum((fitted - b) ** 2)) / m)
        if step > 0 and before - loss <= least_gain**2:
            return w
        before = loss
    return w
