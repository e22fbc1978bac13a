"""Pre-trends: the joint test of the shown leads, and the slope that it could have detected."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache

import numpy as np

from ccd.arrays import FloatArray
from ccd.estimate.linear.inference import infer
from ccd.results import PreTrend

#: Points of the lattice that integrates the normal box (fixed: no luck, no seed).
LATTICE = 1024
#: Points of the lattice that brackets a slope before it is polished on the full one.
COARSE = 128
POWERS = (0.5, 0.8)
#: A lead that a slope of 1 moves by less than this does not move with a trend.
UNMOVED = 1e-8


def joint_test(beta: FloatArray, matrix: FloatArray, df: float) -> PreTrend:
    """Return the Wald/q test that ``beta`` (q,) with covariance ``matrix`` (q, q) is 0, against F(q, df).

    An infinite ``df`` gives chi2(q)/q. A singular covariance is ``testable = False``: with fewer clusters
    than leads the test does not exist.
    """
    from scipy.special import chdtrc, fdtrc

    q = len(beta)
    spread = np.sqrt(np.diag(matrix))
    if not q or not np.isfinite(matrix).all() or (spread <= 0).any():
        return PreTrend(testable=False, q=q)
    correlation = matrix / np.outer(spread, spread)
    if np.linalg.eigvalsh(correlation)[0] < 1e-10:
        return PreTrend(testable=False, q=q)
    z = beta / spread
    statistic = float(z @ np.linalg.solve(correlation, z)) / q
    p = chdtrc(q, statistic * q) if np.isinf(df) else fdtrc(q, df, statistic)
    return PreTrend(
        testable=True,
        q=q,
        df=None if np.isinf(df) else float(df),
        statistic=statistic,
        p_value=float(p),
    )


def detectable_slope(shift: FloatArray, matrix: FloatArray, power: float, level: float = 0.05) -> float:
    """Return the linear pre-trend per period that some lead would show as significant with ``power``.

    Roth (2022): leads are N(slope x ``shift``, ``matrix``), (q,) and (q, q), ``shift`` being what a trend of
    slope 1 makes of them; detected when any |lead| passes the normal critical value at ``level``. nan when a
    lead has no error, or when no lead moves with a trend.
    """
    from scipy.special import ndtri

    spread = np.sqrt(
        np.maximum(np.diag(matrix), 0.0)
    )  # an error of none may come out below 0 in its last digit
    if not len(shift) or not np.isfinite([*spread, *shift]).all() or (spread <= 0).any():
        return float("nan")
    if np.abs(shift).max() < UNMOVED:
        return float("nan")
    shift = shift / spread
    correlation = matrix / np.outer(spread, spread)
    critical = float(ndtri(1 - level / 2))

    root = _cholesky(correlation)

    def gap(slope: float, points: int) -> float:
        mean = slope * shift
        return 1 - _box(-critical - mean, critical - mean, root, _lattice(len(shift), points)) - power

    if gap(0.0, COARSE) >= 0:
        return 0.0
    top = 1 / float(np.abs(shift).max())
    while gap(top, COARSE) < 0:
        top *= 2
    return _root(gap, top)


def _root(gap: Callable[[float, int], float], top: float) -> float:
    """Return the root of an increasing ``gap`` in (0, ``top``): bracketed on the coarse lattice, then polished."""
    from scipy.optimize import brentq  # slow to import, and seldom asked for

    root = float(brentq(gap, 0.0, top, args=(COARSE,), xtol=1e-12 * top, rtol=0.02))
    rise = (gap(1.01 * root, COARSE) - gap(0.99 * root, COARSE)) / (0.02 * root)
    value = gap(root, LATTICE)
    for _ in range(50):
        step = value / rise
        root -= step
        if abs(step) <= 1e-7 * root:
            break
        before, value = value, gap(root, LATTICE)
        if value == before:
            break
        rise = (before - value) / step
    return root


def box_probability(
    low: FloatArray, high: FloatArray, correlation: FloatArray, points: int = LATTICE
) -> float:
    """Return P(low < Z < high) for Z ~ N(0, ``correlation``), (q,) and (q, q), on ``points`` lattice points.

    Genz's (1992) separation of variables on a fixed Richtmyer lattice with the baker's transform; a singular
    correlation is allowed.
    """
    return _box(low, high, _cholesky(correlation), _lattice(len(low), points))


def _box(low: FloatArray, high: FloatArray, root: FloatArray, lattice: FloatArray) -> float:
    """Return the box's probability given the Cholesky ``root`` (q, q) and the ``lattice`` (q - 1 or 1, m)."""
    from scipy.special import ndtr, ndtri

    q, points = len(low), lattice.shape[1]
    drawn = np.zeros((q, points))
    product = np.ones(points)
    for j in range(q):
        mean = root[j, :j] @ drawn[:j]
        scale = root[j, j]
        if scale < 1e-7:  # this lead follows from the others
            product = product * ((mean > low[j]) & (mean < high[j]))
            continue
        floor, ceiling = ndtr((low[j] - mean) / scale), ndtr((high[j] - mean) / scale)
        product = product * (ceiling - floor)
        if j < q - 1:
            inside = floor + lattice[j] * (ceiling - floor)
            drawn[j] = ndtri(np.clip(inside, 1e-300, 1 - 1e-16))
    return float(product.mean())


@cache
def _lattice(q: int, points: int) -> FloatArray:
    """Return the baker-transformed Richtmyer lattice, (q - 1 or 1, points)."""
    primes = np.array([p for p in range(2, 400) if all(p % d for d in range(2, int(p**0.5) + 1))])
    spread = np.sqrt(primes[: max(q - 1, 1)])[:, None] * np.arange(1, points + 1) % 1
    return np.asarray(np.abs(2 * spread - 1))


def _cholesky(matrix: FloatArray) -> FloatArray:
    """Return the lower factor of a positive semi-definite matrix; a dependent row gets a zero pivot."""
    root = np.zeros_like(matrix)
    for j in range(len(matrix)):
        root[j, j] = np.sqrt(max(matrix[j, j] - root[j, :j] @ root[j, :j], 0.0))
        if root[j, j] > 1e-7:
            root[j + 1 :, j] = (matrix[j + 1 :, j] - root[j + 1 :, :j] @ root[j, :j]) / root[j, j]
    return root


def pretrend(
    event_time: FloatArray, beta: FloatArray, matrix: FloatArray, df: float, last: int, shift: FloatArray
) -> PreTrend:
    """Return the joint test of the leads e <= ``last`` of an event study, and the slopes that it could have detected.

    ``event_time``, ``beta``, ``shift`` (k,) and ``matrix`` (k, k) cover the estimated event times that are shown;
    ``shift`` is what a difference in trends of 1 a year makes of each (nan where it is not known).
    """
    lead = event_time <= last
    covariance = matrix[np.ix_(lead, lead)]
    moved = shift[lead]
    trend = None
    if lead.any() and np.isfinite(moved).all() and np.abs(moved).max() >= UNMOVED:
        slope, error = fitted_trend(beta[None, lead], covariance[None], moved)
        trend = infer(slope, error, df)
    half, most = (_finite(detectable_slope(shift[lead], covariance, power)) for power in POWERS)
    return replace(
        joint_test(beta[lead], covariance, df),
        first=int(event_time[lead].min()) if lead.any() else None,
        last=int(event_time[lead].max()) if lead.any() else None,
        slope_50=half,
        slope_80=most,
        trend=None if trend is None else _finite(float(trend.estimate[0])),
        trend_error=None if trend is None else _finite(float(trend.std_error[0])),
        trend_p=None if trend is None else _finite(float(trend.p_value[0])),
        loading=() if trend is None else tuple(moved.tolist()),
    )


def fitted_trend(beta: FloatArray, matrix: FloatArray, shift: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the slopes (R,) that fit leads ``beta`` (R, q) best, and their errors from ``matrix`` (R, q, q).

    The leads of a trend of slope 1 being ``shift`` (q,), slope = s'b / s's and its variance s'Vs / (s's)^2; nan
    where a lead has no error.
    """
    weight = shift / (shift @ shift)
    with np.errstate(invalid="ignore"):
        return beta @ weight, np.sqrt(np.einsum("q,rqs,s->r", weight, matrix, weight))


def _finite(value: float) -> float | None:
    return value if np.isfinite(value) else None
