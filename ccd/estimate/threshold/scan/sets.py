"""Likelihood-ratio curves and the sets of thresholds that they do not reject (Hansen 1999, 2000)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ccd.arrays import BoolArray, FloatArray, IntArray
from ccd.estimate.threshold.scan.bootstrap import Null, null_model
from ccd.estimate.threshold.scan.exact import Scan
from ccd.estimate.threshold.scan.search import Search

ALPHA = 0.05


def critical(alpha: float) -> float:
    """Return c(a) = -2 ln(1 - sqrt(1 - a)): 7.352 at 5 % (Hansen 1999, eq. 21)."""
    return float(-2 * np.log(1 - np.sqrt(1 - alpha)))


@dataclass(frozen=True)
class Runs:
    """The thresholds with LR <= c: each unbroken run of candidates is the half-open interval [low, high), (k,).

    ``low`` is the first candidate of a run, ``high`` the data value after its last one: any threshold from a
    candidate up to the next value makes the same regimes, so all of them are in the set.
    """

    low: FloatArray
    high: FloatArray


@dataclass(frozen=True)
class Curve:
    """LR at the allowed candidates ``value`` (m,) of one threshold, the others held; ``robust`` divides by eta2.

    Each stands for the thresholds from its ``value`` up to ``next_value`` (m,), the next larger value of q.
    ``allowed`` (m,) are their numbers, ``estimate`` the number of the threshold itself; ``others`` the
    numbers of the thresholds held.
    """

    value: FloatArray
    next_value: FloatArray
    ratio: FloatArray
    robust: FloatArray
    eta2: float
    allowed: IntArray
    estimate: int
    others: IntArray

    def runs(self, ratio: FloatArray) -> Runs:
        """Return the runs of thresholds that ``ratio`` (m,) keeps at 5 %."""
        inside: BoolArray = ratio <= critical(ALPHA)
        numbers = self.allowed[inside]
        if not len(numbers):
            return Runs(np.empty(0), np.empty(0))
        breaks = np.flatnonzero(np.diff(numbers) > 1)
        starts, ends = np.append(0, breaks + 1), np.append(breaks, len(numbers) - 1)
        return Runs(self.value[inside][starts], self.next_value[inside][ends])


def curves(scan: Scan, search: Search, slots: IntArray, least: float, q: FloatArray) -> list[Curve]:
    """Return the curve of each threshold of a model, in ascending order of the threshold.

    The thresholds stand at ``slots`` (m,) and leave the sum of squares ``least``; ``q`` (n,) is the threshold
    variable, nan where a row belongs to no regime.
    """
    null = null_model(scan, slots)
    order = np.argsort(scan.blocks.candidate(slots))
    return [_curve(scan, search, null, least, int(k), q) for k in order]


def _curve(scan: Scan, search: Search, null: Null, least: float, k: int, q: FloatArray) -> Curve:
    numbers = scan.blocks.candidate(null.slots)
    others = [j for j in range(len(numbers)) if j != k]
    gain, explained = search.gains(null.slots[None], np.zeros(1, dtype=np.intp), others)
    ssr = scan.model.ssr - explained[0] - gain[0][scan.blocks.slot]
    sigma2 = least / scan.model.df
    every = np.arange(scan.candidates.size)
    fit = np.isfinite(scan.square[0, 0][scan.blocks.slot])
    for other in numbers[others]:
        fit &= (every <= scan.candidates.left[other]) | (every >= scan.candidates.right[other])
    allowed = np.flatnonzero(fit)
    ratio = np.maximum((ssr[allowed] - least) / sigma2, 0.0)
    ratio[np.searchsorted(allowed, numbers[k])] = 0.0
    eta2 = robust_scale(scan, null, null.jump[k], float(scan.candidates.value[numbers[k]]), q, sigma2)
    value, after = scan.candidates.value[allowed], scan.candidates.next_value[allowed]
    return Curve(value, after, ratio, ratio / eta2, eta2, allowed, int(numbers[k]), numbers[others])


def robust_scale(
    scan: Scan, null: Null, jump: FloatArray, value: float, q: FloatArray, sigma2: float
) -> float:
    """Return eta2 = sum k (x'd)^2 e^2 / (sigma2 sum k (x'd)^2) at a threshold (Hansen 2000, section 3.4).

    d (p,) is the jump, k the Epanechnikov kernel in the ecdf of q around the threshold, h = .6755 n^-.2, and
    e is scaled by sqrt(T_i/(T_i-1)). Rows without a value of q (n,) do not enter.
    """
    rows = np.flatnonzero(np.isfinite(q))
    rank = np.searchsorted(np.sort(q[rows]), q[rows], side="right") / len(rows)
    at = np.mean(q[rows] <= value)
    u = (rank - at) / (0.6755 * len(rows) ** -0.2)
    kernel = np.clip(1 - u**2, 0, None)
    counts = scan.model.counts[scan.model.entity[rows]]
    scale = np.divide(counts, counts - 1, out=np.ones(len(rows)), where=counts > 1)
    step = (scan.x[rows] @ jump) ** 2 * kernel
    total = float(step.sum())
    if total <= 0:
        return 1.0
    return float(step @ (null.resid[rows] ** 2 * scale)) / (sigma2 * total)
