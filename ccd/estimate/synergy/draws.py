"""Inference on synergy: a cluster bootstrap that refits all, and permutations under no synergy."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ccd.arrays import BoolArray, FloatArray, IntArray
from ccd.estimate.linear.counterfactual import Counterfactual, impute, refits
from ccd.estimate.linear.inference import LEVEL
from ccd.estimate.linear.ols import group_sums
from ccd.estimate.linear.resample import critical_value, p_value
from ccd.estimate.synergy.exchange import exchange
from ccd.estimate.synergy.exposure import Contrast, Match, contrast
from ccd.estimate.synergy.states import States
from ccd.progress import told


def bootstrap(
    fit: Counterfactual,
    cluster: IntArray,
    measure: Callable[[FloatArray, FloatArray], FloatArray],
    draws: int,
    rng: np.random.Generator,
) -> FloatArray:
    """Return ``measure(tau, weight)`` (m,) of each draw of whole clusters, (draws, m).

    A cluster drawn k times counts k times, in the fit on untreated cells as in every mean; the row weight
    is 0 for regions not drawn and for cells whose untreated outcome the draw does not identify.
    """
    again = refits(fit)
    of_entity = np.zeros(len(fit.counts), dtype=np.intp)
    of_entity[fit.entity] = cluster
    size = int(cluster.max()) + 1
    found = []
    for _ in told(range(draws), "draws", draws):
        times = np.bincount(rng.integers(0, size, size), minlength=size).astype(np.float64)[of_entity]
        tau, known = again.effects(times)
        found.append(measure(tau, np.where(known, times[fit.entity], 0.0)))
    return np.array(found)


@dataclass(frozen=True)
class Studentised:
    """Synergy, its standard error by the weights on y, their ratio, and the share of cells matched."""

    estimate: float
    std_error: float
    matched: float

    @property
    def statistic(self) -> float:
        """Return estimate / std_error."""
        return self.estimate / self.std_error if self.std_error > 0 else float("nan")


def studentised(
    y: FloatArray,
    x: FloatArray,
    states: States,
    time: IntArray,
    cluster: IntArray,
    match: Match = "exposure",
) -> Studentised:
    """Return the synergy of all policies at matched exposure with se = sqrt(sum_g (sum_it v_it e_it)^2).

    v are the weights of the estimate on y; e is the residual of the fit on untreated cells, and tau less
    its state's mean elsewhere. Missing when a state is empty or no cell is matched.
    """
    fit = impute(y, x, states.entity, time, states.state == 0)
    tau, known = fit.resid, fit.imputable
    weight = np.where(known, 1.0, 0.0)
    compared = contrast(states, states.full, match=match)
    cells = compared.target & known
    matched = cells & np.isfinite(compared.excess(tau, weight))
    if not matched.any():
        return Studentised(np.nan, np.nan, 0.0)
    v = fit.outcome_weights(compared.weights(cells, weight))
    scores = group_sums((v * residuals(tau, known, states))[:, None], cluster, int(cluster.max()) + 1)
    return Studentised(float(v @ y), float(np.sqrt(np.sum(scores**2))), float(matched.sum() / cells.sum()))


def residuals(tau: FloatArray, known: BoolArray, states: States) -> FloatArray:
    """Return tau on untreated rows, tau less the mean of its state elsewhere, 0 where it is not identified."""
    resid = tau.copy()
    for state in states.sets:
        rows = (states.state == state) & known
        if rows.any():
            resid[rows] -= tau[rows].mean()
    return np.where(known, resid, 0.0)


def without_single_effects(
    y: FloatArray, tau: FloatArray, known: BoolArray, states: States, compared: Contrast
) -> FloatArray:
    """Return y less tau_a(e_a) + tau_b(e_b) wherever a policy is in force: the outcome under no synergy.

    Where no region has the like of a cell under a policy alone, the mean at the nearest exposure stands in
    (of two, the earlier).
    """
    result = y.copy()
    likes = compared.means(np.where(known, tau, 0.0), known.astype(np.float64))
    for state, donor, like in zip(compared.states, compared.donors, likes, strict=True):
        (policy,) = states.members(state)
        exposure = states.exposure[:, policy]
        seen = np.unique(exposure[donor & known])
        path = np.array([tau[donor & known & (exposure == e)].mean() for e in seen])
        rows = np.isfinite(exposure)
        nearest = np.abs(exposure[rows, None] - seen[None, :]).argmin(axis=1)
        result[rows] -= np.where(np.isfinite(like[rows]), like[rows], path[nearest])
    return result


@dataclass(frozen=True)
class Permuted:
    """The observed studentised synergy, those of the draws, the p-value, and the draws that failed.

    ``critical`` is the value that |t| must pass at 5 % (inf: too few draws), nan where no draw has a synergy.
    """

    observed: Studentised
    estimate: FloatArray
    std_error: FloatArray
    p_value: float
    critical: float
    failed: int

    @property
    def interval(self) -> tuple[float, float]:
        """Return the synergies that the test does not reject at 5 %, estimate -+ critical x se.

        se is the one of the statistic, so the interval leaves out zero where p <= .05 and only there.
        """
        half = self.critical * self.observed.std_error
        return self.observed.estimate - half, self.observed.estimate + half


def permutation(
    y: FloatArray,
    x: FloatArray,
    states: States,
    time: IntArray,
    cluster: IntArray,
    draws: int,
    rng: np.random.Generator,
    match: Match = "exposure",
) -> Permuted:
    """Return the permutation test of no synergy: the start years exchanged jointly over regions.

    ``y`` is the outcome under no synergy; p = (1 + #{|t*| >= |t|}) / (B + 1) over the B draws in which a
    synergy could be computed.
    """
    observed = studentised(y, x, states, time, cluster, match)
    shared = exchange(y, x, states, time, cluster, match)
    found = np.empty((draws, 2))
    for r in told(range(draws), "draws", draws):
        order = rng.permutation(len(states.start))
        quick = None if shared is None else shared.studentised(order)
        if quick is None:
            one = studentised(y, x, states.permuted(order), time, cluster, match)
            quick = one.estimate, one.std_error
        found[r] = quick
    estimate, std_error = found.T
    statistic = np.divide(estimate, std_error, out=np.full(draws, np.nan), where=std_error > 0)
    done = np.isfinite(statistic)
    kept = statistic[done]
    p, critical = (
        (p_value(observed.statistic, kept), critical_value(kept, LEVEL)) if len(kept) else (np.nan, np.nan)
    )
    return Permuted(observed, estimate, std_error, p, critical, int(np.sum(~done)))
