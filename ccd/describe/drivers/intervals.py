"""Ways to cut a number into intervals, right-closed: what the best-of search chooses from."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from ccd.arrays import FloatArray, IntArray
from ccd.describe.drivers.least_squares import least_squares


def equal(x: FloatArray, k: int) -> FloatArray | None:
    """Return the k-1 inner breaks of intervals of equal width."""
    return np.linspace(x.min(), x.max(), k + 1)[1:-1]


def quantile(x: FloatArray, k: int) -> FloatArray | None:
    """Return the k-1 quantiles, linear between values."""
    return np.quantile(x, np.arange(1, k) / k)


def natural(x: FloatArray, k: int) -> FloatArray | None:
    """Return the breaks that leave least variance of x within (Fisher 1958; Jenks 1977)."""
    return least_squares(x, x[None, :], k)[0]


def geometric(x: FloatArray, k: int) -> FloatArray | None:
    """Return the breaks of equal ratios; None unless x > 0."""
    return np.geomspace(x.min(), x.max(), k + 1)[1:-1] if x.min() > 0 else None


def deviations(x: FloatArray, k: int) -> FloatArray | None:
    """Return breaks at mean +- j sd/2 (above six intervals j sd/4), j = k-2, k-4 .. >= 0, inside the range.

    None where fewer than k-1 lie inside.
    """
    step = x.std(ddof=1) / (4 if k > 6 else 2)
    at = np.arange(k - 2, -1, -2)
    breaks = np.unique(np.concatenate([x.mean() - at * step, x.mean() + at * step]))
    inside = breaks[(breaks >= x.min()) & (breaks < x.max())]
    return inside if len(inside) >= k - 1 else None


#: Way -> (x (n,), k) -> the inner breaks, or None where it has none.
WAYS: Mapping[str, Callable[[FloatArray, int], FloatArray | None]] = {
    "equal": equal,
    "quantile": quantile,
    "natural": natural,
    "geometric": geometric,
    "sd": deviations,
}


def strata(x: FloatArray, breaks: FloatArray) -> IntArray:
    """Return the interval of each value, numbered 0..L-1 without the empty ones; a value on a break is below it."""
    return np.asarray(
        np.unique(np.searchsorted(breaks, x, side="left"), return_inverse=True)[1], dtype=np.intp
    )


def candidates(x: FloatArray, first: int, last: int) -> list[tuple[str, int, IntArray]]:
    """Return every way and number of intervals that can be had of x (n,), with the strata (n,), each once."""
    found: list[tuple[str, int, IntArray]] = []
    seen: set[bytes] = set()
    for k in range(first, last + 1):
        for way, cut in WAYS.items():
            breaks = cut(x, k)
            if breaks is None:
                continue
            made = strata(x, breaks)
            if made.max() < 1 or made.tobytes() in seen:
                continue
            seen.add(made.tobytes())
            found.append((way, k, made))
    return found
