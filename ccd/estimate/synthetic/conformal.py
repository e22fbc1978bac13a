"""Conformal inference: p-values and intervals by year from the cyclic shifts of residuals."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ccd.arrays import FloatArray
from ccd.estimate.synthetic.fitted import Fitted, Paths, Weighting

#: Two residuals that differ by less than this many s0 tie.
TIE = 1e-9
#: Rejections in a row that end the walk from the estimate, and halvings of its last step.
ROW, HALVINGS = 4, 40


class ByYear(NamedTuple):
    """The years from the date on (T1,): p of no effect, and the interval's ends (nan: none at this level)."""

    p_value: FloatArray
    conf_low: FloatArray
    conf_high: FloatArray


def reachable(before: int, level: float) -> bool:
    """Tell whether an interval of that level exists: p cannot be below 1 / (T0 + 1)."""
    return _rejecting(before, level) >= 1


def _rejecting(before: int, level: float) -> int:
    """Return the largest number of residuals, the tested one counted, at which its p rejects."""
    return int(np.floor((1 - level) * (before + 1) + 1e-9))


def joint_p(weighting: Weighting, paths: Paths) -> float:
    """Return the p of no effect in any year: Chernozhukov, Wuthrich and Zhu (2021), moving block permutations.

    Weights are fitted on all T years; p is the share of the T cyclic shifts whose sum of |u| over the years after is at
    least the actual one.
    """
    u = np.abs(weighting.residuals(paths.donors, paths.treated, paths.s0))
    twice = np.concatenate([u, u])
    total = np.array([twice[k : k + paths.after].sum() for k in range(len(u))])
    return float(np.mean(total >= total[paths.before] - TIE * paths.s0))


def by_year(weighting: Weighting, paths: Paths, fit: Fitted, level: float) -> ByYear:
    """Return p and interval of the effect in each year from the date on, each from the years before and it alone.

    The set {theta: p > 1 - level} is walked from the estimate in steps of max(pre-RMSPE, s0) / 2 until four in a row
    are rejected, and its ends halved in.
    """
    step = max(fit.pre_rmspe, paths.s0) / 2
    p, low, high = (np.full(paths.after, np.nan) for _ in range(3))
    for k in range(paths.after):
        year = _Year(weighting, paths, paths.before + k)
        p[k] = year.p_value(0.0)
        if reachable(paths.before, level):
            most = _rejecting(paths.before, level)
            low[k] = year.end(float(fit.gap[paths.before + k]), -step, most)
            high[k] = year.end(float(fit.gap[paths.before + k]), step, most)
    return ByYear(p, low, high)


class _Year:
    """The years before and one year after, for any effect in it."""

    def __init__(self, weighting: Weighting, paths: Paths, year: int) -> None:
        rows = [*range(paths.before), year]
        self.weighting, self.s0 = weighting, paths.s0
        self.donors, self.treated = paths.donors[rows], paths.treated[rows]

    def count(self, theta: float) -> int:
        """Return how many residuals are at least as large as the last year's, it counted, under effect ``theta``."""
        y = self.treated.copy()
        y[-1] -= theta
        u = np.abs(self.weighting.residuals(self.donors, y, self.s0))
        return int(np.sum(u >= u[-1] - TIE * self.s0))

    def p_value(self, theta: float) -> float:
        """Return the share of residuals at least as large as the last."""
        return self.count(theta) / len(self.treated)

    def end(self, estimate: float, step: float, most: int) -> float:
        """Return the end of the accepted set in the direction of ``step``; a count of ``most`` or fewer rejects."""
        accepted, place, row = 0, 0, 0
        while row < ROW:
            place += 1
            if self.count(estimate + place * step) > most:
                accepted, row = place, 0
            else:
                row += 1
        inside, beyond = estimate + accepted * step, estimate + (accepted + 1) * step
        for _ in range(HALVINGS):
            middle = (inside + beyond) / 2
            if self.count(middle) > most:
                inside = middle
            else:
                beyond = middle
        return inside
