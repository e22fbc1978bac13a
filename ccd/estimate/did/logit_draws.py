"""The fractional logit under many reassignments of the cohorts at once (placebo, permutation).

A draw changes the cohort of regions and their treated years, nothing else. With cohort effects as sums over
regions, the information of every draw is made of the same few products of rows, so that one Newton step of all
draws is a handful of matrix products.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ccd.arrays import BoolArray, FloatArray, IntArray
from ccd.estimate.linear.ols import codes
from ccd.progress import told

STEPS = 60
#: The largest move of the linear index at which Newton's next step would be nothing.
STILL = 1e-8
#: A linear index beyond this is a fitted 0 or 1.
BOUNDARY = 30.0
#: Variance inflation above which a draw is left to the fit that says what is collinear.
INFLATED = 1e6
#: Rows times draws that one block holds, so that its arrays stay in the cache.
BLOCK = 40_000


@dataclass(frozen=True)
class Draws:
    """R draws: ``member`` (R, L, N) is one where a region is in a cohort, ``treated`` (n, R) the 0/1 treatment.

    ``entity`` (n,) are sorted codes; what stays is dummies of ``time`` (n,) but its first, and ``more`` (n, k), in
    all q columns. A draw has L + q + 1 coefficients, in that order.
    """

    more: FloatArray
    entity: IntArray
    time: IntArray
    member: FloatArray
    treated: FloatArray

    @cached_property
    def fixed(self) -> FloatArray:
        """Return the regressors that stay, (n, q)."""
        years = self.time[:, None] == np.arange(1, int(self.time.max()) + 1)
        return np.column_stack([years.astype(np.float64), self.more])

    @cached_property
    def _starts(self) -> IntArray:
        return np.flatnonzero(np.diff(self.entity, prepend=-1))

    @cached_property
    def _pairs(self) -> tuple[IntArray, IntArray, FloatArray]:
        """Return the places of the upper triangle of fixed'fixed, and the products of columns there, (n, pairs)."""
        i, j = np.triu_indices(self.fixed.shape[1])
        return i, j, self.fixed[:, i] * self.fixed[:, j]

    def by_entity(self, rows: FloatArray) -> FloatArray:
        """Return the sums of ``rows`` (n, R) over each region, (R, N)."""
        return np.asarray(np.add.reduceat(rows, self._starts, axis=0).T)

    def fixed_by_entity(self, rows: FloatArray) -> FloatArray:
        """Return the sums over each region of every regressor that stays times ``rows`` (n, R): (R, N, q)."""
        draws, _, regions = self.member.shape
        years = int(self.time.max())
        found = np.zeros((draws, regions, self.fixed.shape[1]))
        later = self.time > 0  # a region has one row a year: no sum
        found[:, self.entity[later], self.time[later] - 1] = rows[later].T
        for j, column in enumerate(self.more.T):
            found[:, :, years + j] = self.by_entity(rows * column[:, None])
        return found

    def scores(self, rows: FloatArray) -> FloatArray:
        """Return the sums over each region of every regressor times ``rows`` (n, R): (R, N, p)."""
        own = self.by_entity(rows)[:, :, None] * self.member.transpose(0, 2, 1)
        return np.concatenate(
            [own, self.fixed_by_entity(rows), self.by_entity(rows * self.treated)[:, :, None]], axis=2
        )

    def moments(self, rows: FloatArray) -> FloatArray:
        """Return the sums of every regressor times ``rows`` (n, R): (R, p)."""
        own = (self.member @ self.by_entity(rows)[:, :, None])[:, :, 0]
        last = np.einsum("nr,nr->r", rows, self.treated)[:, None]
        return np.concatenate([own, (self.fixed.T @ rows).T, last], axis=1)

    def gram(self, weight: FloatArray) -> FloatArray:
        """Return x'Wx of every draw, (R, p, p), from weights (n, R); 1 on the diagonal of a cohort without regions."""
        draws, levels, _ = self.member.shape
        q = self.fixed.shape[1]
        found = np.zeros((draws, levels + q + 1, levels + q + 1))
        own, on = np.arange(levels), weight * self.treated
        total = (self.member @ self.by_entity(weight)[:, :, None])[:, :, 0]
        found[:, own, own] = np.where(self.member.any(axis=2), total, 1.0)
        found[:, :levels, levels:-1] = self.member @ self.fixed_by_entity(weight)
        found[:, :levels, -1] = (self.member @ self.by_entity(on)[:, :, None])[:, :, 0]
        i, j, products = self._pairs
        found[:, levels + i, levels + j] = (products.T @ weight).T
        found[:, levels:-1, -1] = (self.fixed.T @ on).T
        found[:, -1, -1] = on.sum(axis=0)
        upper = np.triu_indices(found.shape[1], 1)
        found[:, upper[1], upper[0]] = found[:, upper[0], upper[1]]
        return found

    def index(self, beta: FloatArray) -> FloatArray:
        """Return x'beta of every row, (n, R), from ``beta`` (R, p)."""
        levels = self.member.shape[1]
        own = (beta[:, None, :levels] @ self.member)[:, 0]
        return np.asarray(own.T[self.entity] + self.fixed @ beta[:, levels:-1].T + self.treated * beta[:, -1])


def logit_draws(
    y: FloatArray,
    more: FloatArray,
    entity: IntArray,
    time: IntArray,
    cluster: IntArray,
    cohorts: FloatArray,
    treated: BoolArray,
) -> tuple[FloatArray, FloatArray]:
    """Return the average effect on the treated and its clustered error, each (R,), of every draw of ``cohorts``.

    ``y`` (n,) lies in [0, 1]; ``more`` (n, k) are region means and controls, beside year and cohort effects;
    ``entity`` (n,) sorted codes, ``time`` (n,) codes, ``cluster`` (N,) codes that regions share, ``cohorts`` (R, N;
    nan = never), ``treated`` (n, R). nan where a draw is not surely identified. Source: Papke & Wooldridge (1996,
    equation 5).
    """
    size = max(1, BLOCK // len(y))
    more = more - more.mean(axis=0)  # cohort effects take up the means; what is left is better conditioned
    found = []
    levels = codes(np.where(np.isnan(cohorts), -np.inf, cohorts)).reshape(cohorts.shape)
    for start in told(range(0, len(cohorts), size), "draws", len(cohorts), size):
        rows = slice(start, start + size)
        member = (levels[rows, None, :] == np.arange(int(levels.max()) + 1)[:, None]).astype(np.float64)
        draws = Draws(more, entity, time, member, treated[:, rows].astype(np.float64))
        try:
            found.append(_block(y, draws, cluster))
        except np.linalg.LinAlgError:
            found.append(np.full((2, len(member)), np.nan))
    both = np.concatenate(found, axis=1)
    return both[0], both[1]


def _block(y: FloatArray, draws: Draws, cluster: IntArray) -> FloatArray:
    """Return effects and errors, (2, R). Raises LinAlgError where a draw is singular."""
    from scipy.special import expit

    beta, still = _newton(y, draws)
    index, n = draws.index(beta), len(y)
    on = expit(index)
    off = expit(index - draws.treated * beta[:, -1])
    information = draws.gram(on * (1 - on))
    scale = np.sqrt(np.einsum("rpp->rp", information))
    inverse = np.linalg.inv(information / scale[:, :, None] / scale[:, None, :])
    sure = still & (np.abs(index).max(axis=0) < BOUNDARY)
    sure &= np.einsum("rpp->rp", inverse).max(axis=1) < INFLATED
    count = draws.treated.sum(axis=0)
    effect = np.einsum("nr,nr->r", on - off, draws.treated) / count
    slope = draws.moments(draws.treated * (on * (1 - on) - off * (1 - off)))
    slope[:, -1] = np.einsum("nr,nr->r", on * (1 - on), draws.treated)
    weight = (inverse @ (slope / count[:, None] / scale)[:, :, None])[:, :, 0] / scale
    each = (draws.scores(y[:, None] - on) @ weight[:, :, None])[:, :, 0]
    groups = int(cluster.max()) + 1
    sums = each @ (cluster[:, None] == np.arange(groups)).astype(np.float64)
    parameters = draws.member.any(axis=2).sum(axis=1) + draws.fixed.shape[1] + 1
    factor = groups / (groups - 1) * (n - 1) / (n - parameters)
    error = np.sqrt(factor * np.einsum("rg,rg->r", sums, sums))
    return np.where(sure, np.stack([effect, error]), np.nan)


def _newton(y: FloatArray, draws: Draws) -> tuple[FloatArray, BoolArray]:
    """Return the coefficients of every draw, (R, p), and whether its last step was nothing, (R,)."""
    from scipy.special import expit

    beta = np.zeros((len(draws.member), draws.member.shape[1] + draws.fixed.shape[1] + 1))
    index = np.zeros((len(y), len(beta)))
    furthest = np.full(len(beta), np.inf)
    for _ in range(STEPS):
        mean = expit(index)
        moments = draws.moments(y[:, None] - mean)
        gram = draws.gram(mean * (1 - mean))
        step = np.asarray(np.linalg.solve(gram, moments[:, :, None])[:, :, 0], dtype=np.float64)
        move = draws.index(step)
        furthest = np.abs(move).max(axis=0)
        share = np.minimum(1.0, 5.0 / np.maximum(furthest, 1e-300))
        beta, index = beta + step * share[:, None], index + move * share
        if (furthest < STILL).all():
            break
    return beta, furthest < STILL
