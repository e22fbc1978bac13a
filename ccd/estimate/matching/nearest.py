"""Nearest neighbours on the score: with replacement (windows) and without (a greedy market)."""

from __future__ import annotations

import numpy as np

from ccd.arrays import FloatArray, IntArray
from ccd.estimate.matching.pool import TIE, Lent, Pool, Settings


def match_nearest(pool: Pool, settings: Settings) -> Lent:
    """Return 1:k nearest-neighbour matching on the score.

    With replacement every control at the distance of the k-th nearest, or nearer, lends an equal share
    (Abadie & Imbens 2006: ties are kept, all of them). A caliper ends the search. Counts other than 0
    and 1 do not occur: this matcher is not bootstrapped (Abadie & Imbens 2008).
    """
    if not len(pool.treated_score) or not len(pool.control_score):
        t, c = len(pool.treated_score), len(pool.control_score)
        return Lent(np.zeros(c), np.zeros(t, bool))
    return _replaced(pool, settings) if settings.replacement else _greedy(pool, settings)


def _replaced(pool: Pool, settings: Settings) -> Lent:
    order = pool.order
    q = pool.control_score[order]
    turn = np.argsort(pool.treated_score)  # sorted queries walk through the cache
    p = pool.treated_score[turn]
    reach = _kth_distance(p, q, min(settings.neighbours, len(q)))
    if settings.caliper is not None:
        reach = np.minimum(reach, settings.caliper)
    low = np.searchsorted(q, p - reach - TIE, "left")
    high = np.searchsorted(q, p + reach + TIE, "right")
    count = high - low
    matched = count > 0
    share = np.where(matched, 1 / np.maximum(count, 1), 0.0)
    weight = np.empty(len(q))
    weight[order] = _spread(low, high, share, len(q))
    back = np.empty(len(p), dtype=np.intp)
    back[turn] = np.arange(len(p))
    return Lent(weight, matched[back])


def _kth_distance(p: FloatArray, q: FloatArray, k: int) -> FloatArray:
    """Return the distance of each of ``p`` (t,) to its k-th nearest in sorted ``q`` (c,)."""
    place = np.searchsorted(q, p, "left")
    low, high = np.clip(place - k, 0, len(q) - k), np.clip(place, 0, len(q) - k)
    while (low < high).any():  # the k nearest are q[low : low + k]; halve the choice of low
        middle = (low + high) // 2
        right = p - q[middle] > q[np.minimum(middle + k, len(q) - 1)] - p
        open_ = low < high
        low = np.where(open_ & right, middle + 1, low)
        high = np.where(open_ & ~right, middle, high)
    return np.asarray(np.maximum(np.abs(p - q[low]), np.abs(q[low + k - 1] - p)))


def _spread(low: IntArray, high: IntArray, share: FloatArray, size: int) -> FloatArray:
    """Return the sum of ``share`` (t,) over the windows [low, high) that hold each of ``size`` places."""
    change = np.bincount(low, share, minlength=size + 1) - np.bincount(high, share, minlength=size + 1)
    cover = np.bincount(low, minlength=size + 1) - np.bincount(high, minlength=size + 1)
    return np.where(np.cumsum(cover)[:size] > 0, np.cumsum(change)[:size], 0.0)


def _greedy(pool: Pool, settings: Settings) -> Lent:
    """Return matching without replacement: highest treated scores choose first, each k controls or none.

    A control has one place to give, so it lends 1/k to each treated row that takes all of it and never more
    than 1/k in sum. Treated rows on one score choose together and share equally what they take, and controls at one
    distance give equal parts of what they have left, so neither order of rows can move a weight. A treated row
    that cannot have all of its k controls is unmatched. Where a group of ties needs more than is left in reach, equal
    parts leave each of them short, so all of them are unmatched and the controls stay for those who choose later.
    How many of them could be matched does not depend on their order, but who they are does: scores that are equal
    say nothing of it, and any subset is chosen by its rows. To match each of them in part, as the mean over all
    orders does, would let treated rows count less than one, which is another effect than that of whole regions.
    """
    weight, matched = np.zeros(len(pool.control_score)), np.zeros(len(pool.treated_score), bool)
    for treated, controls, share in greedy_choices(pool, settings):
        matched[treated] = True
        weight[controls] += len(treated) * share
    return Lent(weight, matched)


def greedy_choices(pool: Pool, settings: Settings) -> list[tuple[IntArray, IntArray, FloatArray]]:
    """Return (treated rows on one score, the control rows they choose, the share of each), highest first.

    Treated rows that stay unmatched are not among them. The shares of one treated row sum to one.
    """
    p, p_row = _levels(pool.treated_score)
    q, q_row = _levels(pool.control_score)
    treated, controls = _members(p_row, len(p)), _members(q_row, len(q))
    left = np.array([float(len(rows)) for rows in controls])
    limit = np.inf if settings.caliper is None else settings.caliper + TIE
    found = []
    for i in range(len(p) - 1, -1, -1):
        need = float(len(treated[i]) * settings.neighbours)
        taken = _reached(float(p[i]), q, left, need, limit)
        for place, part in taken:
            left[place] -= part
        if taken:
            rows = np.concatenate([controls[place] for place, _ in taken])
            share = [
                np.full(len(controls[place]), part / need / len(controls[place])) for place, part in taken
            ]
            found.append((treated[i], rows, np.concatenate(share)))
    return found


def _members(row: IntArray, size: int) -> list[IntArray]:
    """Return the rows of each of ``size`` levels."""
    order = np.argsort(row, kind="stable")
    return np.split(order, np.cumsum(np.bincount(row, minlength=size))[:-1])


def _levels(score: FloatArray) -> tuple[FloatArray, IntArray]:
    """Return the distinct scores, sorted (those within a tie are one), and each row's place among them."""
    order = np.argsort(score, kind="stable")
    ranked = score[order]
    new = np.concatenate([[True], np.diff(ranked) > TIE])
    row = np.empty(len(score), dtype=np.intp)
    row[order] = np.cumsum(new) - 1
    return ranked[new], row


def _reached(p: float, q: FloatArray, left: FloatArray, need: float, limit: float) -> list[tuple[int, float]]:
    """Return (place, amount) of the nearest of ``q`` with something ``left`` that meet ``need``; else nothing."""
    taken: list[tuple[int, float]] = []
    up = int(np.searchsorted(q, p, "left"))
    down = up - 1
    while need > 1e-9:
        while down >= 0 and left[down] <= 1e-9:
            down -= 1
        while up < len(q) and left[up] <= 1e-9:
            up += 1
        below = p - q[down] if down >= 0 else np.inf
        above = q[up] - p if up < len(q) else np.inf
        nearest = min(below, above)
        if nearest > limit or np.isinf(nearest):
            return []
        tied = [place for place, d in ((down, below), (up, above)) if d <= nearest + TIE]
        have = sum(float(left[place]) for place in tied)
        part = min(1.0, need / have)
        taken += [(place, float(left[place]) * part) for place in tied]
        down, up = down - (down in tied), up + (up in tied)
        need -= have * part
    return taken
