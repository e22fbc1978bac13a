"""Kernel, radius and local linear matching: every control near a treated score lends a share."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ccd.arrays import BoolArray, FloatArray, IntArray
from ccd.estimate.matching.pool import TIE, Lent, Pool, Settings
from ccd.estimate.matching.windows import KERNELS, Windows

#: Where the kernel weights in a window sum to less than this share of its members, or the scores in it
#: vary less than this share of their mean square, sums of powers lose digits: there, plain sums.
LOSS = 1e-3
#: Local linear matching falls back on the kernel mean where the scores in a window, in bandwidths, have
#: a variance under this: no line can be fitted.
FLAT = 1e-8


@dataclass(frozen=True)
class _Sorted:
    """Distinct scores, how often each stands, and the row -> distinct score map, of both groups."""

    p: FloatArray
    p_count: FloatArray
    p_row: IntArray
    q: FloatArray
    q_count: FloatArray
    q_row: IntArray


def _sort(pool: Pool) -> _Sorted:
    p, p_row = np.unique(pool.treated_score, return_inverse=True)
    q, q_row = np.unique(pool.control_score, return_inverse=True)
    p_count = _sums(p_row, pool.treated_count, len(p))
    q_count = _sums(q_row, pool.control_count, len(q))
    return _Sorted(p, p_count, p_row.astype(np.intp), q, q_count, q_row.astype(np.intp))


def _sums(row: IntArray, values: FloatArray, size: int) -> FloatArray:
    return np.asarray(np.bincount(row, values, minlength=size), dtype=np.float64)


def match_kernel(pool: Pool, settings: Settings) -> Lent:
    """Return kernel matching: shares K((p_j - p_i)/h) over their sum (Heckman, Ichimura & Todd 1997).

    Polynomial kernels take O(n log n) time; the gaussian one has no window and takes O(t c) time.
    """
    if settings.kernel == "gaussian":
        return _match_gaussian(pool, settings.bandwidth)
    if settings.kernel == "uniform":
        return _match_windows(pool, KERNELS["uniform"], settings.bandwidth + TIE, linear=False)
    reach = settings.bandwidth - min(TIE, settings.bandwidth / 2)
    return _match_windows(pool, _scaled(settings), reach, linear=False)


def match_radius(pool: Pool, settings: Settings) -> Lent:
    """Return radius matching: all controls within ``caliper`` lend equal shares (Dehejia & Wahba 2002)."""
    if settings.caliper is None:
        raise ValueError("radius matching needs a caliper")
    return _match_windows(pool, KERNELS["uniform"], settings.caliper + TIE, linear=False)


def match_local_linear(pool: Pool, settings: Settings) -> Lent:
    """Return local linear matching (Heckman, Ichimura & Todd 1997; Fan 1992); shares may be negative.

    Shares K_j/S0 [1 - m (d_j - m)/V], m and V the kernel mean and variance of d_j = p_j - p_i. Where the
    controls in reach stand on one score (V < 1e-8 h^2) the shares are those of the kernel. Where they stand close
    together to one side the line reaches far and shares grow without bound: take a wider bandwidth than a kernel's.
    """
    if settings.kernel == "gaussian":
        raise ValueError("local linear matching takes a kernel with a window, not gaussian")
    reach = settings.bandwidth - min(TIE, settings.bandwidth / 2)
    return _match_windows(pool, _scaled(settings), reach, linear=True)


def _scaled(settings: Settings) -> tuple[float, ...]:
    """Return the kernel in units of the reach, which is a hair less than the bandwidth."""
    ratio = 1 - min(TIE, settings.bandwidth / 2) / settings.bandwidth
    return tuple(c * ratio**r for r, c in enumerate(KERNELS[settings.kernel]))


def _match_windows(pool: Pool, kernel: tuple[float, ...], reach: float, linear: bool) -> Lent:
    s = _sort(pool)
    if not len(s.p) or not len(s.q):
        return _nobody(pool)
    forth = Windows(s.p, s.q, reach)
    back = forth.turned
    running = np.concatenate([[0.0], np.cumsum(s.q_count)])
    members = running[forth.high] - running[forth.low]
    matched = (forth.high > forth.low) & (s.p_count > 0) & (members > 0.5)
    sums = [forth.sums(s.q_count[:, None], kernel, power)[:, 0] for power in range(3 if linear else 1)]
    lost, constant, slope = _coefficients(sums, members, matched)
    weight = back.sums((s.p_count * constant)[:, None], kernel)[:, 0]
    if linear:  # seen from the control the distance has the other sign
        weight -= back.sums((s.p_count * slope)[:, None], kernel, 1)[:, 0]
    _direct(s, kernel, reach, linear, np.flatnonzero(lost), forth, weight)
    return Lent(weight[s.q_row], matched[s.p_row])


def _coefficients(
    sums: list[FloatArray], members: FloatArray, matched: BoolArray
) -> tuple[BoolArray, FloatArray, FloatArray]:
    """Return which windows lose digits, and c0, c1 of the shares K_j (c0 + c1 d_j) in the others."""
    s0 = sums[0]
    lost = matched & ~(s0 > LOSS * np.maximum(members, 1.0))
    slope = np.zeros_like(s0)
    safe = np.where(matched & ~lost, s0, 1.0)
    constant = np.where(matched & ~lost, 1 / safe, 0.0)
    if len(sums) > 1:
        mean, square = sums[1] / safe, sums[2] / safe
        variance = square - mean**2
        narrow = matched & ~(variance > LOSS * np.maximum(square, LOSS))
        lost = lost | narrow
        keep = matched & ~lost
        safe_variance = np.where(keep, variance, 1.0)
        slope = np.where(keep, -mean / safe_variance / safe, 0.0)
        constant = np.where(keep, constant - slope * mean, 0.0)
    return lost, constant, slope


def _direct(
    s: _Sorted,
    kernel: tuple[float, ...],
    reach: float,
    linear: bool,
    which: IntArray,
    windows: Windows,
    weight: FloatArray,
) -> None:
    """Add to ``weight`` (m,) what plain sums give for the windows ``which``."""
    for i in which:
        window = slice(windows.low[i], windows.high[i])
        d = (s.q[window] - s.p[i]) / reach
        k = np.polynomial.polynomial.polyval(np.abs(d), kernel)
        share = _line(d, k, s.q_count[window]) if linear else k / float(k @ s.q_count[window])
        weight[window] += s.p_count[i] * share


def _line(d: FloatArray, k: FloatArray, count: FloatArray) -> FloatArray:
    """Return the local linear shares at d = 0 (per unit of ``count``), or the kernel's where d is flat."""
    total = float(k @ count)
    mean = float(k @ (count * d)) / total
    variance = float(k @ (count * (d - mean) ** 2)) / total
    if variance < FLAT:
        return np.asarray(k / total)
    return np.asarray(k / total * (1 - mean * (d - mean) / variance))


def _match_gaussian(pool: Pool, bandwidth: float) -> Lent:
    s = _sort(pool)
    if not len(s.p) or not len(s.q):
        return _nobody(pool)
    weight = np.zeros(len(s.q))
    for rows in chunks(len(s.p), len(s.q)):
        u = (s.q[None, :] - s.p[rows, None]) / bandwidth
        # the nearest control carries weight one: far treated scores do not underflow
        k = np.exp(-0.5 * (u**2 - (u**2).min(axis=1, keepdims=True)))
        share = k / (k @ s.q_count)[:, None]
        weight += s.p_count[rows] @ share
    return Lent(weight[s.q_row], s.p_count[s.p_row] > 0)


def chunks(rows: int, width: int, budget: int = 2_000_000) -> Iterator[slice]:
    """Yield slices of ``rows`` so that a block of rows x width holds about ``budget`` numbers."""
    step = max(1, budget // max(width, 1))
    for start in range(0, rows, step):
        yield slice(start, min(rows, start + step))


def _nobody(pool: Pool) -> Lent:
    t, c = len(pool.treated_score), len(pool.control_score)
    return Lent(np.zeros(c), np.zeros(t, bool))
