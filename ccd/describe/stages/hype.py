"""Where a technology stands on the hype cycle: rules on smoothed expectation, and their bootstrap."""

from __future__ import annotations

import numpy as np

from ccd.arrays import FloatArray
from ccd.describe.stages.curve import Curve, Grid, logistic

HYPE = ("emergence", "expectation", "trough", "recovery", "production")
#: A fall behind a peak, a rise behind a trough (in shares of the peak), and how near the peak is still expectation.
FALL, RISE, NEAR = 0.2, 0.1, 0.8
#: Shares of K below which a technology without a peak emerges, and from which it is in production.
EARLY, HALF = 0.1, 0.5
#: Years over which expectation is set against the technology, and how many times faster it must grow to be hype.
SPAN, FASTER = 3, 2
BLOCK = 2


def smoothed(e: FloatArray) -> FloatArray:
    """Return the centred 3-year mean of e (n,), of two years at the ends."""
    padded = np.r_[np.nan, e, np.nan]
    return np.asarray(np.nanmean(np.stack([padded[:-2], padded[1:-1], padded[2:]]), axis=0))


def peak_and_trough(m: FloatArray) -> tuple[int, int]:
    """Return the places of the peak and the trough of m (n,), -1 for none.

    The peak is the first running maximum that a fall of at least 20 % follows before it is passed; the trough the
    lowest point after it, if a rise of at least 10 % of the peak follows.
    """
    peak = 0
    for k in range(1, len(m)):
        if m[k] > m[peak]:
            peak = k
        elif m[k] <= (1 - FALL) * m[peak]:
            low = peak + 1 + int(m[peak + 1 :].argmin())
            risen = (m[low:] - m[low]).max() >= RISE * m[peak]
            return peak, low if risen else -1
    return -1, -1


def stage_of(m: FloatArray, share: float, log_fitted: FloatArray) -> str:
    """Return the stage of smoothed expectation m (n,), the share of K reached and the fitted ln y (n,).

    Fenn (1995) in rules. Without a peak: emergence while the share is below .1 and expectation has not grown twice as
    fast as the technology over three years. Behind a peak: trough once expectation is below .8 of it. Behind the
    trough: recovery below half of K, then production.
    """
    peak, trough = peak_and_trough(m)
    if peak < 0:
        grown = np.log(m[-1] / m[-1 - SPAN])
        calm = grown < FASTER * (log_fitted[-1] - log_fitted[-1 - SPAN])
        return "emergence" if share < EARLY and calm else "expectation"
    if trough < 0:
        return "expectation" if m[-1] >= NEAR * m[peak] else "trough"
    return "recovery" if share < HALF else "production"


def stage_shares(
    grid: Grid, curve: Curve, y: FloatArray, e: FloatArray, draws: int, rng: np.random.Generator
) -> dict[str, float]:
    """Return the share of draws in each stage: 2-year circular blocks of the log residuals of y and e (n,) together."""
    n = len(y)
    m = smoothed(e)
    about, off = np.log(e / m), np.log(y) - curve.fitted
    starts = rng.integers(0, n, size=(draws, -(-n // BLOCK)))
    at = ((starts[:, :, None] + np.arange(BLOCK)) % n).reshape(draws, -1)[:, :n]
    rate, logit = grid.best((curve.fitted + off[at]).T)
    log_share = -np.logaddexp(0.0, -(rate[:, None] * (grid.years - grid.years[-1]) + logit[:, None]))
    shares = logistic(logit)
    counted = dict.fromkeys(HYPE, 0)
    for k in range(draws):
        counted[stage_of(smoothed(m * np.exp(about[at[k]])), float(shares[k]), log_share[k])] += 1
    return {name: count / draws for name, count in counted.items()}
