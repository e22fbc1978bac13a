"""Exponential smoothing with an additive damped trend, ETS(A,Ad,N)."""

from __future__ import annotations

import itertools

import numpy as np

from ccd.arrays import FloatArray

LOW = np.array([1e-4, 1e-4, 0.8])
HIGH = np.array([0.9999, 0.9999, 0.98])
#: alpha, beta*, phi: 36 starts.
STARTS = np.array(list(itertools.product((0.1, 0.35, 0.65, 0.95), (0.05, 0.4, 0.9), (0.82, 0.9, 0.97))))
#: All starts take a few steps, the best go on to the end.
FIRST, KEPT, LAST = 8, 4, 60


def ets(x: FloatArray, horizon: int) -> FloatArray:
    """Return forecasts (S, horizon) of series x (S, n) (Hyndman et al. 2008, table 2.2)."""
    parameters, _ = fit(x)
    _, level, trend = residuals(x, parameters)
    weights = np.cumsum(parameters[:, 2:] ** np.arange(1, horizon + 1), axis=1)
    return np.asarray(level[:, None] + weights * trend[:, None])


def fit(x: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return alpha, beta*, phi (S, 3) of least squared errors one step ahead, and that sum (S,).

    Levenberg-Marquardt inside the box from 36 starts at once, all series together; the first states are solved
    for by least squares inside, since errors are linear in them.
    """
    count = len(x)
    many = np.repeat(x, len(STARTS), axis=0)
    theta, sse = _descend(many, np.tile(STARTS, (count, 1)), FIRST)
    order = np.argsort(sse.reshape(count, -1), axis=1, kind="stable")[:, :KEPT]
    rows = (np.arange(count)[:, None] * len(STARTS) + order).ravel()
    theta, sse = _descend(many[rows], theta[rows], LAST)
    best = np.arange(count) * KEPT + sse.reshape(count, KEPT).argmin(axis=1)
    return theta[best], sse[best]


def residuals(x: FloatArray, theta: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return errors (m, n), last level and last trend (m,) of x (m, n) under theta (m, 3), first states solved for.

    l_t = l_t-1 + phi b_t-1 + alpha e_t, b_t = phi b_t-1 + alpha beta* e_t. Followed apart: what the data add, and
    what one unit of the first level and of the first trend adds.
    """
    alpha, beta, phi = (theta[:, j : j + 1] for j in range(3))
    m, n = x.shape
    level, trend = np.zeros((m, 3)), np.zeros((m, 3))
    level[:, 1] = trend[:, 2] = 1
    errors = np.empty((n, m, 3))
    for t in range(n):
        trend = phi * trend
        level = level + trend
        error = -level
        error[:, 0] += x[:, t]
        level = level + alpha * error
        trend = trend + alpha * beta * error
        errors[t] = error
    y, one, two = errors[:, :, 0], errors[:, :, 1], errors[:, :, 2]
    a, b, c = (one * one).sum(axis=0), (one * two).sum(axis=0), (two * two).sum(axis=0)
    r, s = -(one * y).sum(axis=0), -(two * y).sum(axis=0)
    det = np.maximum(a * c - b * b, 1e-14 * a * c)
    first, slope = (c * r - b * s) / det, (a * s - b * r) / det
    final = (y + one * first + two * slope).T
    return (
        np.asarray(final),
        level[:, 0] + level[:, 1] * first + level[:, 2] * slope,
        trend[:, 0] + trend[:, 1] * first + trend[:, 2] * slope,
    )


def _descend(x: FloatArray, theta: FloatArray, rounds: int) -> tuple[FloatArray, FloatArray]:
    """Return theta (m, 3) and the sum of squares (m,) after at most ``rounds`` steps from theta."""
    theta = theta.copy()
    error = residuals(x, theta)[0]
    sse = (error**2).sum(axis=1)
    damping = np.full(len(x), 1e-2)
    moving = np.arange(len(x))
    for _ in range(rounds):
        at, here, e = x[moving], theta[moving], error[moving]
        slope = np.empty((*e.shape, 3))
        for j in range(3):
            step = np.where(here[:, j] + 1e-6 < HIGH[j], 1e-6, -1e-6)
            shifted = here.copy()
            shifted[:, j] += step
            slope[:, :, j] = (residuals(at, shifted)[0] - e) / step[:, None]
        gradient = np.einsum("mnj,mn->mj", slope, e)
        held = ((here <= LOW) & (gradient > 0)) | ((here >= HIGH) & (gradient < 0))
        slope[np.broadcast_to(held[:, None, :], slope.shape)] = 0
        gradient[held] = 0
        gram = np.einsum("mnj,mnk->mjk", slope, slope)
        size = np.einsum("mjj->mj", gram)
        scale = np.where(size > 0, size, 1.0)
        damped = gram + (damping[moving, None] * scale)[:, :, None] * np.eye(3) + 1e-14 * np.eye(3)
        damped += held[:, :, None] * np.eye(3)
        move = -np.linalg.solve(damped, gradient[:, :, None])[:, :, 0]
        trial = np.clip(here + move, LOW, HIGH)
        tried = residuals(at, trial)[0]
        reached = (tried**2).sum(axis=1)
        better = reached < sse[moving]
        gain = np.where(better, (sse[moving] - reached) / np.maximum(sse[moving], 1e-300), 0)
        won = moving[better]
        theta[won], error[won], sse[won] = trial[better], tried[better], reached[better]
        damping[moving] = np.where(better, damping[moving] / 5, damping[moving] * 4)
        moving = moving[(gain > 1e-10) | (~better & (damping[moving] < 1e8))]
        if not len(moving):
            break
    return theta, sse
