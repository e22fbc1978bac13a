"""Matching whole: common support, strata, and the matcher of your choice."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from ccd.arrays import BoolArray, FloatArray, IntArray
from ccd.estimate.matching.density import control_density
from ccd.estimate.matching.entropy_balance import match_entropy
from ccd.estimate.matching.mahalanobis import match_mahalanobis
from ccd.estimate.matching.nearest import greedy_choices, match_nearest
from ccd.estimate.matching.pool import TIE, Lent, Pool, Settings, whiten
from ccd.estimate.matching.smoothing import match_kernel, match_local_linear, match_radius

#: name -> matcher; the first is the default.
MATCHERS: dict[str, Callable[[Pool, Settings], Lent]] = {
    "kernel": match_kernel,
    "nearest": match_nearest,
    "radius": match_radius,
    "local-linear": match_local_linear,
    "mahalanobis": match_mahalanobis,
    "entropy-balance": match_entropy,
}


@dataclass(frozen=True)
class Units:
    """What is matched, one row a unit: ``score`` (n,), ``treated`` (n,), ``x`` (n, k) of ``names``.

    ``strata`` (codes (n,)) keeps matches inside a stratum; ``count`` (n,) says how often a row stands.
    """

    score: FloatArray
    treated: BoolArray
    x: FloatArray
    names: tuple[str, ...] = ()
    strata: IntArray | None = None
    count: FloatArray | None = None


@dataclass(frozen=True)
class Matched:
    """The outcome of matching: one value a unit (n,).

    ``weight`` is 1 for a matched treated unit, what a control lends, else 0; ``on_support`` the support
    rule alone.
    """

    weight: FloatArray
    on_support: BoolArray


def match(units: Units, settings: Settings) -> Matched:
    """Return who is matched and what each control lends.

    The caliper is in units of the score (see ``caliper_in_score``). Entropy balancing has no support
    rule. Raises EstimationError when the means cannot be balanced.
    """
    n = len(units.score)
    strata = np.zeros(n, dtype=np.intp) if units.strata is None else units.strata
    count = np.ones(n) if units.count is None else units.count
    weight, support = np.zeros(n), np.zeros(n, bool)
    x = whiten(units.x, units.treated, count) if settings.matcher == "mahalanobis" else units.x
    for stratum in np.unique(strata):
        rows = np.flatnonzero((strata == stratum) & (count > 0))
        d = units.treated[rows]
        inside = _on_support(units.score[rows], d, settings)
        support[rows] = inside
        t, c = rows[d & inside], rows[~d & inside]
        if not len(t) or not len(c):
            continue
        pool = Pool(units.score[t], units.score[c], x[t], x[c], count[t], count[c], units.names)
        lent = MATCHERS[settings.matcher](pool, settings)
        weight[t], weight[c] = lent.matched.astype(float), lent.weight
    return Matched(weight, support)


def _on_support(score: FloatArray, treated: BoolArray, settings: Settings) -> BoolArray:
    """Return the support rule (n,) within one stratum.

    ``minmax`` drops treated beyond the range of the controls' scores and no control; ``trim`` also drops
    the ``trim`` percent of the treated where controls are thinnest (those tied at the bound stay).
    """
    inside = np.ones(len(score), bool)
    if settings.matcher == "entropy-balance" or settings.support == "none" or treated.all():
        return inside
    control = score[~treated]
    inside[treated & ((score < control.min() - TIE) | (score > control.max() + TIE))] = False
    if settings.support == "trim" and (treated & inside).any():
        left = np.flatnonzero(treated & inside)
        thickness = control_density(score[left], control)
        bound = np.sort(thickness)[int(np.floor(settings.trim / 100 * len(left)))]
        inside[left[thickness < bound * (1 - 1e-9)]] = False
    return inside


def caliper_in_score(caliper: float, score: FloatArray, treated: BoolArray) -> float:
    """Return ``caliper`` standard deviations of the score, sqrt((v_t + v_c)/2) (Rosenbaum & Rubin 1985)."""
    variances = [float(score[group].var(ddof=1)) for group in (treated, ~treated)]
    return caliper * float(np.sqrt(sum(variances) / 2))


@dataclass(frozen=True)
class Pairs:
    """Who is matched with whom: rows of treated and controls and the ``share`` lent, (m,) each.

    Shares of a treated row sum to one; rows are in the order of treated rows, the largest share first.
    """

    treated: IntArray
    control: IntArray
    share: FloatArray


def partners(units: Units, settings: Settings) -> Pairs:
    """Return every match of the matchers that treat the treated one by one (entropy balancing: none).

    Takes O(t c) time: meant for samples that a reader can look at.
    """
    if settings.matcher == "entropy-balance":
        return Pairs(np.empty(0, np.intp), np.empty(0, np.intp), np.empty(0))
    if settings.matcher == "mahalanobis":
        units = replace(units, x=whiten(units.x, units.treated, units.count))
    support = match(units, settings).on_support
    strata = np.zeros(len(units.score), dtype=np.intp) if units.strata is None else units.strata
    found: list[tuple[IntArray, IntArray, FloatArray]] = []
    for stratum in np.unique(strata):
        t = np.flatnonzero((strata == stratum) & units.treated & support)
        c = np.flatnonzero((strata == stratum) & ~units.treated & support)
        if len(t) and len(c):
            found += _chosen(units, settings, t, c)
    if not found:
        return Pairs(np.empty(0, np.intp), np.empty(0, np.intp), np.empty(0))
    treated, control, share = (np.concatenate(columns) for columns in zip(*found, strict=True))
    gap = np.round(np.abs(units.score[control] - units.score[treated]), 9)
    order = np.lexsort((control, gap, -np.round(np.abs(share), 9), treated))
    return Pairs(treated[order], control[order], share[order])


def _chosen(
    units: Units, settings: Settings, t: IntArray, c: IntArray
) -> list[tuple[IntArray, IntArray, FloatArray]]:
    """Return (treated row repeated, control rows, shares) of each treated row of one stratum."""
    found = []
    if settings.matcher == "nearest" and not settings.replacement:
        for group, rows, share in greedy_choices(_pool(units, t, c), settings):
            found += [(np.full(len(rows), t[i]), c[rows], share) for i in group]
        return found
    for i in t:
        share = MATCHERS[settings.matcher](_pool(units, np.array([i]), c), settings).weight
        lends = np.flatnonzero(share)
        found.append((np.full(len(lends), i), c[lends], share[lends]))
    return found


def _pool(units: Units, t: IntArray, c: IntArray) -> Pool:
    score, x = units.score, units.x
    return Pool(score[t], score[c], x[t], x[c], np.ones(len(t)), np.ones(len(c)), units.names)
