"""Two groups in two periods: what the treated would have had, observation by observation."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ccd.arrays import FloatArray, IntArray
from ccd.estimate.linear.counts import first_reaching, inverse


class Four(NamedTuple):
    """Outcomes before and after: controls' ``y00`` (a,) and ``y01`` (b,), treated ``y10`` (c,) and ``y11`` (d,)."""

    y00: FloatArray
    y01: FloatArray
    y10: FloatArray
    y11: FloatArray


class Counts(NamedTuple):
    """How often each outcome of ``Four`` counts, integers (B, .), one row a draw."""

    n00: IntArray
    n01: IntArray
    n10: IntArray
    n11: IntArray


class Effects(NamedTuple):
    """The effect on the mean of the treated ``att`` (B,), and on quantiles of their distribution ``qtt`` (B, q)."""

    att: FloatArray
    qtt: FloatArray


def once(four: Four) -> Counts:
    """Return counts (1, .) in which every outcome counts once."""
    return Counts(*(np.ones((1, len(y)), dtype=np.int64) for y in four))


def counterfactual(four: Four, counts: Counts) -> FloatArray:
    """Return k(y) = F01^-1(F00(y)) of every y10, (B, c) (Athey & Imbens 2006, equation 15).

    The inverse is the smallest y01 whose share at or below it reaches that of y00 at or below y, as integers.
    """
    before, after = np.argsort(four.y00, kind="stable"), np.argsort(four.y01, kind="stable")
    below = np.searchsorted(four.y00[before], four.y10, side="right")
    c00 = np.cumsum(counts.n00[:, before], axis=1, dtype=np.int64)
    c01 = np.cumsum(counts.n01[:, after], axis=1, dtype=np.int64)
    rank = np.concatenate([np.zeros((len(c00), 1), dtype=np.int64), c00], axis=1)[:, below]
    place = first_reaching(c01, rank, c00[:, -1], c01[:, -1])
    return np.asarray(four.y01[after][place])


def effects(four: Four, counts: Counts, levels: tuple[float, ...] = ()) -> Effects:
    """Return ATT = mean y11 - mean k(y10) (equation 36) and QTT(q) = F11^-1(q) - F_k^-1(q) (equation 18)."""
    k = counterfactual(four, counts)
    with np.errstate(invalid="ignore", divide="ignore"):  # a draw may leave a group empty
        without = (counts.n10 * k).sum(axis=1) / counts.n10.sum(axis=1)
        att = counts.n11 @ four.y11 / counts.n11.sum(axis=1) - without
    if not levels:
        return Effects(att, np.empty((len(att), 0)))
    order = np.argsort(four.y10, kind="stable")  # k does not fall in y10
    return Effects(
        att, inverse(four.y11, counts.n11, levels) - _along(k[:, order], counts.n10[:, order], levels)
    )


def _along(values: FloatArray, count: IntArray, levels: tuple[float, ...]) -> FloatArray:
    """Return the inverses of rows of sorted ``values`` (B, m), each with its own counts, (B, q)."""
    places = inverse(np.arange(values.shape[1], dtype=float), count, levels).astype(np.intp)
    return np.take_along_axis(values, places, axis=1)


def outside(four: Four) -> int:
    """Return how many treated outcomes before lie outside the range of the controls' outcomes before."""
    return int(np.sum((four.y10 < four.y00.min()) | (four.y10 > four.y00.max())))


def ties(four: Four) -> float:
    """Return the share of the controls' outcomes before that repeat another one."""
    return 1 - len(np.unique(four.y00)) / len(four.y00)
