"""The maximum of a concentrated likelihood of rho: T* [ln|S| - c ln(1 - rho)] - N*T*/2 ln SSE(rho)."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from ccd.errors import EstimationError, Words
from ccd.estimate.autoregressive.spectrum import Spectrum
from ccd.words import text

#: A maximum nearer to an end of its range than this share of it is no maximum.
EDGE = 1e-6
#: Newton steps from Brent's maximum where the slope costs block solves.
STEPS = 4


class Squares(NamedTuple):
    """SSE at a rho, and its derivative."""

    value: float
    slope: float


def maximise(
    spectrum: Spectrum, squares: Callable[[float], Squares], n: int, t: int, c: int, where: Words
) -> tuple[float, float]:
    """Return rho and the log likelihood l(rho), without its constant; ``n`` and ``t`` are N* and T*.

    Bounded Brent finds the maximum, the root of l' its digits. Raises EstimationError at a bound.
    """
    from scipy.optimize import brentq, minimize_scalar

    low, high = spectrum.range
    edge = EDGE * (high - low)

    def likelihood(rho: float) -> float:
        free = spectrum.log_determinant(rho) - (c * np.log(1 - rho) if c else 0.0)
        return float(t * free - n * t / 2 * np.log(squares(rho).value))

    def slope(rho: float) -> float:
        found = squares(rho)
        free = -spectrum.trace(rho) + (c / (1 - rho) if c else 0.0)
        return float(t * free - n * t / 2 * found.slope / found.value)

    found = minimize_scalar(
        lambda rho: -likelihood(rho),
        bounds=(low + edge, high - edge),
        method="bounded",
        options={"xatol": 1e-8 if spectrum.exact else 1e-6},
    )
    rho = float(found.x)
    if min(rho - low, high - rho) < 20 * edge:
        raise EstimationError(
            text("rho has no maximum inside its range ({low:.3f}, {high:.3f})", low=low, high=high),
            where=where,
            fix=text("take other weights, fewer regressors, or slx, which has no rho"),
        )
    if spectrum.exact:
        step = 1e-5 * (high - low)
        ends = max(low + edge, rho - step), min(high - edge, rho + step)
        if slope(ends[0]) > 0 > slope(ends[1]):
            rho = float(brentq(slope, *ends, xtol=1e-15, rtol=1e-14))
    else:
        rho = _newton(slope, rho)
    return rho, likelihood(rho)


def _newton(slope: Callable[[float], float], rho: float) -> float:
    """Return the root of the slope near ``rho`` by the secant."""
    last, gap = rho - 1e-4, slope(rho - 1e-4)
    for _ in range(STEPS):
        here = slope(rho)
        if here == gap:
            break
        last, rho, gap = rho, rho - here * (rho - last) / (here - gap), here
        if abs(rho - last) < 1e-10:
            break
    return rho
