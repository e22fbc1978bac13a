"""Granger causality in panels whose regions differ (Dumitrescu and Hurlin 2012), with a p-value of redrawn years."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ccd.arrays import FloatArray

#: Cells of the redrawn panels that are held at once.
CELLS = 2_000_000
#: Rounds in which the slopes of redrawn panels are found, and panels in each.
ROUNDS, TRIED = 4, 199
#: Series whose largest root lies below this settle.
SETTLED = 0.99


@dataclass(frozen=True)
class Tested:
    """Does a help to foretell b: the regions' Wald statistics ``w`` (N,), their mean and its two standardisations.

    ``p_asymptotic`` is that of ``ztilde``, ``p_value`` of ``zbar`` among panels redrawn under the null.
    """

    w: FloatArray
    wbar: float
    zbar: float
    ztilde: float
    p_value: float
    p_asymptotic: float


def enough(years: int, lags: int) -> bool:
    """Tell whether the test exists: years less lags of more than 2 lags + 5."""
    return years - lags > 2 * lags + 5


def wald(a: FloatArray, b: FloatArray, lags: int) -> FloatArray:
    """Return W_i = (SSR0 - SSR1)/(SSR1/(T - 2K - 1)) of panels a and b (..., N, T): b on its own K lags and those of a.

    T counts the years less K. Dumitrescu and Hurlin (2012, Economic Modelling 29, eq. 6).
    """
    table, left = _columns(a, b, lags)
    q, _ = np.linalg.qr(table)
    along = np.einsum("...tk,...t->...k", q, left)
    explained = along**2
    more = explained[..., -lags:].sum(
        axis=-1
    )  # the lags of a come last: what they add is what lies along them
    rest = np.einsum("...t,...t->...", left, left) - explained.sum(axis=-1)
    rows = left.shape[-1]
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(more / (np.maximum(rest, 0) / (rows - 2 * lags - 1)))


def _columns(a: FloatArray, b: FloatArray, lags: int) -> tuple[FloatArray, FloatArray]:
    """Return the constant, the lags of b and those of a, (..., N, T - K, 1 + 2K), and b, (..., N, T - K)."""
    rows = b.shape[-1] - lags
    back = [np.s_[..., lags - k : lags - k + rows] for k in range(1, lags + 1)]
    left = b[..., lags:]
    shape = left.shape
    columns = [np.ones(shape), *(b[at] for at in back), *(np.broadcast_to(a[at], shape) for at in back)]
    return np.stack(columns, axis=-1), left


def standardised(wbar: float, regions: int, rows: int, lags: int) -> tuple[float, float]:
    """Return Zbar and Ztilde of the mean of W over ``regions``, with ``rows`` = years less lags each.

    Dumitrescu and Hurlin (2012, eq. 9 and 27).
    """
    k, left = lags, rows - 2 * lags
    expected = k * (left - 1) / (left - 3)
    variance = 2 * k * (left - 1) ** 2 * (rows - k - 3) / ((left - 3) ** 2 * (left - 5))
    zbar = np.sqrt(regions / (2 * k)) * (wbar - k)
    return float(zbar), float(np.sqrt(regions / variance) * (wbar - expected))


def test(a: FloatArray, b: FloatArray, lags: int, draws: int, rng: np.random.Generator) -> Tested:
    """Return the test that a (N, T) foretells b (N, T) in no region.

    Under the null each region's b follows its own K lags; residuals are drawn by year, all regions at once, b is made
    anew from its first K years, a stays, and Zbar is compared with its draws.
    """
    from scipy.stats import norm

    regions, years = b.shape
    w = wald(a, b, lags)
    wbar = float(w.mean())
    zbar, ztilde = standardised(wbar, regions, years - lags, lags)
    drawn = redrawn(a, b, lags, draws, rng)
    # Zbar rises with the mean of W, so that either gives the same p
    p = (1 + (drawn >= wbar * (1 - 1e-10)).sum()) / (draws + 1)
    return Tested(w, wbar, zbar, ztilde, float(p), float(norm.sf(ztilde)))


def redrawn(a: FloatArray, b: FloatArray, lags: int, draws: int, rng: np.random.Generator) -> FloatArray:
    """Return the mean of W in each of ``draws`` panels in which a does not help to foretell b, (draws,).

    Slopes of short series come out too small and apart from each other, so that panels made with them would forget too
    fast. Those used are drawn together as far as chance alone sets them apart, and so large that panels made with them
    give on average the slopes seen (indirect inference: Gourieroux, Phillips and Yu 2010, Journal of Econometrics 157).
    """
    seen = _together(*_own(b, lags))
    used = seen
    for _ in range(ROUNDS):
        given = np.concatenate([_own(made, lags)[0] for made in _panels(b, used, TRIED, rng, lags)])
        used = _towards(used, used + seen - given.mean(axis=0))
    return np.concatenate([wald(a, made, lags).mean(axis=-1) for made in _panels(b, used, draws, rng, lags)])


def _own(b: FloatArray, lags: int) -> tuple[FloatArray, FloatArray]:
    """Return the slopes of b (..., N, T) on its own lags and a constant by region, and their variances, (..., N, K)."""
    left = b[..., lags:] - b[..., lags:].mean(axis=-1, keepdims=True)
    rows = left.shape[-1]
    table = np.stack([b[..., lags - k : lags - k + rows] for k in range(1, lags + 1)], axis=-1)
    table = table - table.mean(axis=-2, keepdims=True)
    inverse = np.linalg.inv(np.einsum("...tk,...tl->...kl", table, table))
    slopes = np.einsum("...kl,...tl,...t->...k", inverse, table, left, optimize=True)
    rest = left - np.einsum("...tk,...k->...t", table, slopes)
    noise = np.einsum("...t,...t->...", rest, rest) / (rows - 1 - lags)
    return slopes, noise[..., None] * np.diagonal(inverse, axis1=-2, axis2=-1)


def _together(slopes: FloatArray, variances: FloatArray) -> FloatArray:
    """Return slopes (N, K) drawn to their mean by the share of their spread that is their own noise."""
    mean = slopes.mean(axis=0)
    apart = np.maximum(slopes.var(axis=0, ddof=1) - variances.mean(axis=0), 0)
    return np.asarray(mean + (slopes - mean) * apart / (apart + variances))


def _panels(
    b: FloatArray, slopes: FloatArray, draws: int, rng: np.random.Generator, lags: int
) -> Iterator[FloatArray]:
    """Yield blocks of ``draws`` panels (.., N, T): b from its first years by ``slopes`` (N, K), residuals by year."""
    regions, years = b.shape
    rows = years - lags
    follow = sum(slopes[:, [k - 1]] * b[:, lags - k : years - k] for k in range(1, lags + 1))
    resid = b[:, lags:] - follow
    constant = resid.mean(axis=1)
    resid = resid - constant[:, None]
    step = max(1, CELLS // (regions * rows * (1 + 2 * lags)))
    for start in range(0, draws, step):
        chosen = rng.integers(rows, size=(min(step, draws - start), rows))
        made = np.empty((len(chosen), regions, years))
        made[..., :lags] = b[:, :lags]
        for t in range(lags, years):
            made[..., t] = constant + resid[:, chosen[:, t - lags]].T
            for k in range(1, lags + 1):
                made[..., t] += slopes[:, k - 1] * made[..., t - k]
        yield made


def _towards(start: FloatArray, goal: FloatArray) -> FloatArray:
    """Return ``goal`` (N, K), or for a region the farthest point on the way there from which its series settle."""
    found = start.copy()
    for i, (own, wanted) in enumerate(zip(start, goal, strict=True)):
        for share in np.arange(100, 0, -1) / 100:
            tried = own + share * (wanted - own)
            if _root(tried) < SETTLED:
                found[i] = tried
                break
    return found


def _root(slopes: FloatArray) -> float:
    """Return the largest root of a series with these lags, by its absolute value."""
    companion = np.eye(len(slopes), k=-1)
    companion[0] = slopes
    return float(np.abs(np.linalg.eigvals(companion)).max())
