"""Placebos: every donor in turn plays the treated region; ranks, ratios and intervals from them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ccd.arrays import BoolArray, FloatArray, IntArray
from ccd.estimate.synthetic.fitted import Fitted, Method, Paths

#: The level of the headline interval is 1 - this, whatever ``level`` says of the years.
ALPHA = 0.05
#: Two sizes that differ by less than this share count as equal.
TIE = 1e-9
#: A fit before the date closer than this many s0 leaves no ratio.
EXACT = 1e-6
#: Placebos that fit this many times worse than the treated are left out of the ratio in turn.
CUTOFFS = (2, 5, 20)


class Placebos(NamedTuple):
    """The fits of k placebos: which ``donor`` (k,), ``estimate``, RMSPE ``pre`` and ``post`` (k,), ``gap`` (k, T)."""

    donor: IntArray
    estimate: FloatArray
    pre: FloatArray
    post: FloatArray
    gap: FloatArray


class Ranked(NamedTuple):
    """The estimate among its placebos: standard error, rank p, interval and its level, p of the normal."""

    std_error: float
    p_value: float
    conf_low: float
    conf_high: float
    level: float
    p_normal: float


def enumerated(method: Method, paths: Paths, chosen: IntArray | None = None) -> Placebos:
    """Return the placebos of ``chosen`` donors (none given: all), the true treated left out of each pool."""
    donors = np.arange(paths.donors.shape[1]) if chosen is None else chosen
    gap = np.array([method(paths.placebo(int(j))).gap for j in donors])
    before, after = gap[:, : paths.before], gap[:, paths.before :]
    return Placebos(
        np.asarray(donors, dtype=np.intp),
        after.mean(1),
        np.sqrt((before**2).mean(1)),
        np.sqrt((after**2).mean(1)),
        gap,
    )


def rank_p(value: float, placebo: FloatArray) -> float:
    """Return (1 + #{|placebo| >= |value|}) / (k + 1), ties counted; it cannot be below 1 / (k + 1)."""
    size = abs(value) * (1 - TIE)
    return (1 + int(np.sum(np.abs(placebo) >= size))) / (len(placebo) + 1)


def half_width(placebo: FloatArray, alpha: float) -> tuple[float, float]:
    """Return the half width of the interval that inverts the rank p, and its level.

    The floor(alpha (k + 1))-th largest size; with too few placebos for alpha the largest, and level k / (k + 1).
    """
    count = len(placebo)
    place = int(np.floor(alpha * (count + 1) + TIE))
    level = 1 - alpha if place >= 1 else count / (count + 1)
    return float(np.sort(np.abs(placebo))[::-1][max(place, 1) - 1]), level


def ranked(estimate: float, placebo: FloatArray) -> Ranked:
    """Return inference on ``estimate`` from placebo estimates (k,), at 95 % where k >= 19."""
    from scipy.stats import norm

    error = float(np.std(placebo))
    half, level = half_width(placebo, ALPHA)
    p_normal = float(2 * norm.sf(abs(estimate) / error)) if error > 0 else float("nan")
    return Ranked(error, rank_p(estimate, placebo), estimate - half, estimate + half, level, p_normal)


class Ratio(NamedTuple):
    """RMSPE after by before of the treated, the placebos' (k,), p, and p by ``CUTOFFS`` with how many remain."""

    treated: float
    placebo: FloatArray
    p_value: float
    within: tuple[tuple[int, int, float], ...]


def ratio_test(fit: Fitted, placebos: Placebos, s0: float) -> Ratio:
    """Return Abadie, Diamond and Hainmueller's (2010) test on post / pre RMSPE, with and without ill-fitting placebos.

    A ratio is missing where the fit before the date is exact (RMSPE below 1e-6 s0), and p where the treated's is.
    """
    exact = EXACT * s0
    with np.errstate(divide="ignore", invalid="ignore"):
        placebo = np.where(placebos.pre > exact, placebos.post / placebos.pre, np.nan)
    own = fit.post_rmspe / fit.pre_rmspe if fit.pre_rmspe > exact else float("nan")
    if np.isnan(own):
        return Ratio(own, placebo, own, ())
    known = np.isfinite(placebo)
    within = []
    for cutoff in CUTOFFS:
        kept = known & (placebos.pre <= cutoff * fit.pre_rmspe)
        within.append((cutoff, int(kept.sum()), rank_p(own, placebo[kept])))
    return Ratio(own, placebo, rank_p(own, placebo[known]), tuple(within))


def outside(paths: Paths, pre_rmspe: float, placebo_pre: FloatArray) -> tuple[bool, int]:
    """Tell whether the treated lies outside what donors can make, and in how many years before beyond their range.

    Outside: its RMSPE before the date is in the placebos' worst tenth, or it lies beyond in a quarter of the years.
    """
    own, y = paths.donors[: paths.before], paths.treated[: paths.before]
    beyond: BoolArray = (y < own.min(1)) | (y > own.max(1))
    poor = float(np.mean(placebo_pre >= pre_rmspe)) <= 0.1
    return poor or float(beyond.mean()) >= 0.25, int(beyond.sum())
