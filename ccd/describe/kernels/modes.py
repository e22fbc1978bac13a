"""Silverman's test of the number of modes."""

from __future__ import annotations

import numpy as np

from ccd.arrays import FloatArray, IntArray

#: Points on which modes are counted.
POINTS = 1024
#: Bumps below this share of the peak are rounding of the Fourier transform.
NOISE = 1e-12


def count_modes(x: FloatArray, h: float) -> IntArray:
    """Return the number of modes of the Gaussian kernel density of each row of x (..., n).

    Evaluated on POINTS of [min - 3h, max + 3h], unreflected: values are shared between the two nearest points
    and smoothed by Fourier transform.
    """
    rows = np.atleast_2d(x)
    low, high = rows.min(axis=1) - 3 * h, rows.max(axis=1) + 3 * h
    step = (high - low) / (POINTS - 1)
    place = (rows - low[:, None]) / step[:, None]
    left = np.minimum(place.astype(np.intp), POINTS - 2)
    part = place - left
    offset = np.arange(len(rows))[:, None] * POINTS
    cells = np.concatenate([(offset + left).ravel(), (offset + left + 1).ravel()])
    shares = np.concatenate([(1 - part).ravel(), part.ravel()])
    binned = np.bincount(cells, shares, minlength=len(rows) * POINTS).reshape(len(rows), POINTS)
    frequency = np.arange(POINTS + 1) * np.pi / POINTS  # of a transform twice as long: nothing wraps around
    kernel = np.exp(-0.5 * (frequency[None, :] * (h / step)[:, None]) ** 2)
    density = np.fft.irfft(np.fft.rfft(binned, 2 * POINTS) * kernel, 2 * POINTS)[:, :POINTS]
    slope = np.diff(density, axis=1)
    slope[np.abs(slope) < NOISE * density.max(axis=1, keepdims=True)] = 0
    return np.asarray([_peaks(one) for one in np.sign(slope)], dtype=np.intp).reshape(np.shape(x)[:-1])


def _peaks(sign: FloatArray) -> int:
    moving = sign[sign != 0]
    return int(((moving[:-1] > 0) & (moving[1:] < 0)).sum())


def critical_bandwidth(x: FloatArray, k: int) -> float:
    """Return the least h at which x (n,) has at most k modes (Silverman 1981); nan with k or fewer values.

    The number of modes of a Gaussian kernel density never rises with h, so halving finds it, to 1e-8 of the range.
    """
    reach = float(np.ptp(x))
    if len(np.unique(x)) <= k:
        return float("nan")
    low, high = reach * 1e-3, reach
    if count_modes(x, low) <= k:
        return low
    while high - low > 1e-8 * reach:
        middle = (low + high) / 2
        low, high = (low, middle) if count_modes(x, middle) <= k else (middle, high)
    return high


def modes_test(x: FloatArray, k: int, draws: int, random: np.random.Generator) -> tuple[float, float]:
    """Return the critical bandwidth of k modes and the p-value of "at most k modes" against more.

    Smoothed bootstrap (Silverman 1981; Efron and Tibshirani 1993, 16.5): xbar + (y* - xbar + h e)/sqrt(1 + h^2/s^2)
    has the variance of the data; p = (1 + #{more than k modes at h_k})/(draws + 1).
    """
    h = critical_bandwidth(x, k)
    if np.isnan(h):
        return h, float("nan")
    n = len(x)
    drawn = x[random.integers(0, n, (draws, n))]
    noise = random.standard_normal((draws, n))
    centre, variance = x.mean(), x.var()
    smooth = centre + (drawn - centre + h * noise) / np.sqrt(1 + h**2 / variance)
    more = int((count_modes(smooth, h) > k).sum())
    return h, (1 + more) / (draws + 1)
