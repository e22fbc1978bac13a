"""The search for the cuts of a factor, repeated inside its own permutation test."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ccd.arrays import FloatArray, IntArray
from ccd.describe.drivers.detector import predicted_q, q_statistic
from ccd.describe.drivers.intervals import candidates, strata
from ccd.describe.drivers.least_squares import least_squares, least_sum


@dataclass(frozen=True)
class Detected:
    """One factor: how it was cut, its strata (n,), q, q with each region held out, and what noise reaches.

    ``p_value`` repeats the search in every draw; ``noise`` is the 95% point of q among them.
    """

    way: str
    intervals: int
    strata: IntArray
    q: float
    q_out: float
    p_value: float
    noise: float


def detect(
    y: FloatArray, x: FloatArray, first: int, last: int, *, exact: bool, permuted: FloatArray
) -> Detected | None:
    """Return the best cut of x (n,) for y (n,) between ``first`` and ``last`` intervals; None if x does not vary.

    ``permuted`` (draws, n) holds y moved over regions. Searching makes q large of itself, so the search is part
    of every draw.
    """
    if len(np.unique(x)) < 2:
        return None
    if exact:
        return _exact(y, x, first, last, permuted)
    found = candidates(x, first, last)
    if not found:
        return None
    return _chosen(y, found, permuted)


def given(y: FloatArray, groups: IntArray, permuted: FloatArray) -> Detected | None:
    """Return the same of strata (n,) as they stand, without a search; None where there is one alone."""
    made = np.asarray(np.unique(groups, return_inverse=True)[1], dtype=np.intp)
    if made.max() < 1:
        return None
    return _chosen(y, [("as given", int(made.max()) + 1, made)], permuted)


def _chosen(y: FloatArray, found: list[tuple[str, int, IntArray]], permuted: FloatArray) -> Detected:
    reached = np.stack([q_statistic(y, made) for _, _, made in found])
    best = int(reached.argmax())
    noise = np.max([q_statistic(permuted, made) for _, _, made in found], axis=0)
    way, k, made = found[best]
    return Detected(
        way, k, made, float(reached[best]), _held_out(y, found), _p(float(reached[best]), noise), _line(noise)
    )


def _held_out(y: FloatArray, found: list[tuple[str, int, IntArray]]) -> float:
    """Return q of each region predicted by the cut that is best for the others."""
    n = len(y)
    whole = (y.sum() - y) / (n - 1)
    out, reached = [], []
    for _, _, made in found:
        size, total = np.bincount(made), np.bincount(made, y)
        square = np.bincount(made, y**2)
        own = size[made]
        with np.errstate(invalid="ignore", divide="ignore"):
            mean = np.where(own > 1, (total[made] - y) / (own - 1), whole)
            within = square - total**2 / size
            # sum of squares within the strata when one region is left out
            lost = np.where(own > 1, (y - total[made] / own) ** 2 * own / (own - 1), 0.0)
        out.append(mean)
        reached.append(-(within.sum() - lost))
    best = np.argmax(reached, axis=0)
    return predicted_q(y, np.stack(out)[best, np.arange(n)], whole)


def _exact(y: FloatArray, x: FloatArray, first: int, last: int, permuted: FloatArray) -> Detected:
    """Return the cut of least sum of squares; each interval more leaves less, so the number is the last."""
    k = min(last, len(np.unique(x)))
    made = strata(x, least_squares(x, y[None, :], k)[0])
    q = float(q_statistic(y, made))
    total = ((permuted - permuted.mean(axis=1, keepdims=True)) ** 2).sum(axis=1)
    noise = 1 - least_sum(x, permuted, k)[:, -1] / total
    n = len(y)
    out, whole = np.empty(n), (y.sum() - y) / (n - 1)
    for i in range(n):
        keep = np.arange(n) != i
        breaks = least_squares(x[keep], y[None, keep], k)[0]
        own = np.searchsorted(breaks, x[keep]) == np.searchsorted(breaks, x[i])
        out[i] = y[keep][own].mean() if own.any() else whole[i]
    return Detected("exact", k, made, q, predicted_q(y, out, whole), _p(q, noise), _line(noise))


def _p(q: float, noise: FloatArray) -> float:
    return float((1 + (noise >= q - 1e-12).sum()) / (len(noise) + 1))


def _line(noise: FloatArray) -> float:
    return float(np.quantile(noise, 0.95))
