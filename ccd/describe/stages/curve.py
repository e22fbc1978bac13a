"""The logistic S-curve on a grid: ln K out in closed form, the share of K reached with its 95 % set."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ccd.arrays import FloatArray, IntArray

#: Rates per span of years, and logits of the share reached at the last year.
RATES, SLOWEST, FASTEST = 1000, 0.3, 30.0
LOGITS, FAR = 241, 6.0
#: Level of the set of the share; of the year of half of K, so that the gap of two such years is covered at 95 %.
LEVEL, JOINT = 0.95, 0.975
#: Parameters of a curve: K, rate, share.
PARAMETERS = 3
#: Draws need the best point alone: every so many rates, and so many draws at once.
COARSE, AT_ONCE = 8, 64


def logistic(x: FloatArray) -> FloatArray:
    """Return 1 / (1 + e^-x)."""
    return np.asarray(np.exp(-np.logaddexp(0.0, -x)))


@dataclass(frozen=True)
class Grid:
    """Curves of every rate r (R,) per year and logit L (G,) of the share at the last of ``years`` (n,)."""

    years: IntArray

    @cached_property
    def rates(self) -> FloatArray:
        """Return r (R,)."""
        return np.asarray(np.geomspace(SLOWEST, FASTEST, RATES) / (self.years[-1] - self.years[0]))

    @cached_property
    def logits(self) -> FloatArray:
        """Return L (G,)."""
        return np.linspace(-FAR, FAR, LOGITS)

    @cached_property
    def curves(self) -> FloatArray:
        """Return the log share of each curve less its mean over the years, (R, G, n)."""
        since = self.years - self.years[-1]
        at = self.rates[:, None, None] * since + self.logits[:, None]
        log_share = -np.logaddexp(0.0, -at)
        return np.asarray(log_share - log_share.mean(axis=2, keepdims=True))

    def best(self, log_y: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return r and L (m,) of the least squares of log_y (n, m), on every eighth rate."""
        curves = self.curves[::COARSE].reshape(-1, len(self.years))
        half = 0.5 * (curves**2).sum(axis=1)
        y = (log_y - log_y.mean(axis=0)).T
        found = np.empty(len(y), dtype=np.intp)
        for start in range(0, len(y), AT_ONCE):
            block = slice(start, start + AT_ONCE)
            found[block] = (y[block] @ curves.T - half).argmax(axis=1)
        return self.rates[::COARSE][found // LOGITS], self.logits[found % LOGITS]


@dataclass(frozen=True)
class Curve:
    """One fitted curve: ln y_t = log_k - ln(1 + e^-(rate (t - T) + logit)), T the last year.

    ``weight`` (G,) is the probability of each of ``logits`` (G,), ``low`` to ``high`` the 95 % set of L, ``open``
    where it has no lower end; ``fitted`` (n,) ln y. ``inflection`` is the year of half of K with its 97.5 % set, nan
    where the grid does not hold it.
    """

    log_k: float
    rate: float
    logit: float
    low: float
    high: float
    open: bool
    logits: FloatArray
    weight: FloatArray
    fitted: FloatArray
    inflection: float
    inflection_low: float
    inflection_high: float

    def mass(self, below: float, above: float) -> float:
        """Return the probability of a share in (below, above]."""
        share = logistic(self.logits)
        return float(self.weight[(share > below) & (share <= above)].sum())


def fit_curve(grid: Grid, y: FloatArray) -> Curve:
    """Return the curve of y (n,) > 0 with errors in logs.

    S(L) is the least sum of squares over rates; s2 = S*/(n - 3); the set holds S - S* <= s2 F(1, n - 3) (Bates and
    Watts 1988, ch. 6); the probability of L is exp(-(S - S*)/2 s2), normalised.
    """
    from scipy.stats import f

    log_y = np.log(y)
    gap = grid.curves - (log_y - log_y.mean())
    sse = np.einsum("rgt,rgt->rg", gap, gap)
    n = len(log_y)
    i, j = (int(k) for k in np.unravel_index(sse.argmin(), sse.shape))
    profile, least = sse.min(axis=0), float(sse[i, j])
    s2 = max(least / (n - PARAMETERS), 1e-300)
    inside = profile - least <= s2 * float(f.ppf(LEVEL, 1, n - PARAMETERS))
    weight = np.exp(-(profile - least) / (2 * s2))
    rate, logit = float(grid.rates[i]), float(grid.logits[j])
    log_share = -np.logaddexp(0.0, -(rate * (grid.years - grid.years[-1]) + logit))
    log_k = float((log_y - log_share).mean())
    near = sse - least <= s2 * float(f.ppf(JOINT, 1, n - PARAMETERS))
    edge = near[[0, -1]].any() or near[:, [0, -1]].any()
    turn = grid.years[-1] - grid.logits / grid.rates[:, None]
    at = np.flatnonzero(inside)
    return Curve(
        log_k=log_k,
        rate=rate,
        logit=logit,
        low=float(grid.logits[at[0]]),
        high=float(grid.logits[at[-1]]),
        open=bool(inside[0]),
        logits=grid.logits,
        weight=weight / weight.sum(),
        fitted=log_k + log_share,
        inflection=float(turn[i, j]),
        inflection_low=float("nan") if edge else float(turn[near].min()),
        inflection_high=float("nan") if edge else float(turn[near].max()),
    )
