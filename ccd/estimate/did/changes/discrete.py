"""Changes-in-changes where outcomes repeat: bounds, and the effect under conditional independence."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ccd.arrays import BoolArray, FloatArray, IntArray
from ccd.estimate.did.changes.four import Counts, Effects, Four
from ccd.estimate.linear.counts import first_reaching, fraction, inverse


class Discrete(NamedTuple):
    """Effects as ``Effects``: the least and the largest they can be, and under conditional independence."""

    lower: Effects
    upper: Effects
    independent: Effects


class Shares(NamedTuple):
    """A distribution function on the support, ``part`` / ``whole``, integers (B, L)."""

    part: IntArray
    whole: IntArray


def discrete(four: Four, counts: Counts, levels: tuple[float, ...] = ()) -> Discrete:
    """Return the bounds (Athey & Imbens 2006, equation 25) and the effect of equation 29.

    F^-1 and F^(-1)(q) = sup {y: F(y) <= q} range over the union of the four supports. The counterfactual has no
    mass below the least y01 and all of it up to the largest. The lower bound of the effect takes the smaller
    distribution function, so the larger counterfactual.
    """
    support = np.unique(np.concatenate(four))
    c00, c01, c10 = (_cumulated(y, n, support) for y, n in zip(four[:3], counts[:3], strict=True))
    n00, n01, n10 = (c[:, -1:] for c in (c00, c01, c10))
    nothing, everything = c01 == 0, c01 == n01
    up = first_reaching(c00, c01, n01[:, 0], n00[:, 0])
    down = _last_within(c00, c01, n01[:, 0], n00[:, 0])
    high = np.where(everything, n10, np.where(nothing, 0, np.take_along_axis(c10, up, axis=1)))
    low = np.where(nothing, 0, _at(c10, down))
    low = np.where(everything, n10, low)
    high = np.maximum(high, low)  # a treated outcome that no control has may lie between the two inverses
    begin, end = _at(c00, down), np.take_along_axis(c00, up, axis=1)
    gap = np.where(everything | nothing, 0, end - begin)
    safe = np.where(gap > 0, gap, 1)
    between = low * n01 * safe + np.where(gap > 0, (high - low) * (c01 * n00 - begin * n01), 0)
    functions = (
        Shares(low, np.broadcast_to(n10, low.shape)),
        Shares(high, np.broadcast_to(n10, low.shape)),
        Shares(between, n10 * n01 * safe),
    )
    seen = counts.n11 @ four.y11 / counts.n11.sum(axis=1)
    after = inverse(four.y11, counts.n11, levels)
    return Discrete(
        *(Effects(seen - _mean(support, one), after - _quantiles(support, one, levels)) for one in functions)
    )


def _cumulated(y: FloatArray, count: IntArray, support: FloatArray) -> IntArray:
    """Return how many outcomes are at or below each point of the support, (B, L)."""
    made = np.zeros((len(count), len(support)), dtype=np.int64)
    place = np.searchsorted(support, y)
    for row, own in zip(made, count, strict=True):
        np.add.at(row, place, own)
    return np.cumsum(made, axis=1)


def _last_within(cumulated: IntArray, need: IntArray, whole: IntArray, of: IntArray) -> IntArray:
    """Return for each row the last place where cumulated / of <= need / whole, -1 where there is none."""
    have, asked = cumulated * whole[:, None], need * of[:, None]
    return np.asarray(
        np.stack([np.searchsorted(h, a, side="right") for h, a in zip(have, asked, strict=True)]) - 1
    )


def _at(cumulated: IntArray, place: IntArray) -> IntArray:
    """Return the counts at ``place``, 0 before the first."""
    return np.where(place >= 0, np.take_along_axis(cumulated, np.maximum(place, 0), axis=1), 0)


def _mean(support: FloatArray, shares: Shares) -> FloatArray:
    """Return the mean (B,) of each distribution."""
    steps = np.diff(shares.part / shares.whole, axis=1, prepend=0.0)
    return np.asarray(steps @ support)


def _quantiles(support: FloatArray, shares: Shares, levels: tuple[float, ...]) -> FloatArray:
    """Return the smallest points (B, q) whose share reaches the level, by integers."""
    found = np.empty((len(shares.part), len(levels)))
    for j, level in enumerate(levels):
        part, whole = fraction(level)
        reached: BoolArray = shares.part * whole >= part * shares.whole
        found[:, j] = support[np.argmax(reached, axis=1)]
    return found
