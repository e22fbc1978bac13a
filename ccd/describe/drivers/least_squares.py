"""Intervals of a sorted number that leave least variance of another within them."""

from __future__ import annotations

import numpy as np

from ccd.arrays import FloatArray, IntArray

#: Cells of one block of draws.
BLOCK = 4_000_000


def least_squares(x: FloatArray, y: FloatArray, k: int) -> list[FloatArray]:
    """Return for each row of y (B, n) the breaks of at most k intervals of x (n,) with the least sum of squares of y.

    Dynamic programming over the distinct values of x (Fisher 1958); a break is the last value of its interval.
    """
    levels, value, count = _levels(x)
    width = min(k, len(levels))
    found: list[FloatArray] = []
    for start in range(0, len(y), max(1, BLOCK // len(levels) ** 2)):
        rows = y[start : start + max(1, BLOCK // len(levels) ** 2)]
        _, back = _solved(rows, value, count, width)
        found += [levels[_breaks(one, width)] for one in np.moveaxis(back, 1, 0)]
    return found


def least_sum(x: FloatArray, y: FloatArray, k: int) -> FloatArray:
    """Return the least sum of squares (B, k) of each row of y (B, n) with 1..k intervals of x (n,)."""
    levels, value, count = _levels(x)
    width = min(k, len(levels))
    found = []
    for start in range(0, len(y), max(1, BLOCK // len(levels) ** 2)):
        rows = y[start : start + max(1, BLOCK // len(levels) ** 2)]
        found.append(_solved(rows, value, count, width)[0])
    best = np.concatenate(found)
    return np.concatenate([best, np.repeat(best[:, -1:], k - width, axis=1)], axis=1)


def _levels(x: FloatArray) -> tuple[FloatArray, IntArray, IntArray]:
    """Return the distinct values of x (n,), which of them each value is, and how often each stands."""
    levels, value, count = np.unique(x, return_inverse=True, return_counts=True)
    return levels, np.asarray(value, dtype=np.intp), np.asarray(count, dtype=np.intp)


def _solved(y: FloatArray, value: IntArray, count: IntArray, k: int) -> tuple[FloatArray, IntArray]:
    """Return the least sums (B, k) over all levels and where the last interval begins, (k, B, m)."""
    m = len(count)
    centred = y - y.mean(axis=1, keepdims=True)
    total, square = np.zeros((len(y), m)), np.zeros((len(y), m))
    np.add.at(total.T, value, centred.T)
    np.add.at(square.T, value, (centred**2).T)
    zero = np.zeros((len(y), 1))
    size = np.concatenate([[0], np.cumsum(count)])
    sums = np.concatenate([zero, np.cumsum(total, axis=1)], axis=1)
    squares = np.concatenate([zero, np.cumsum(square, axis=1)], axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = (sums[:, None, 1:] - sums[:, :-1, None]) ** 2 / (size[None, None, 1:] - size[None, :-1, None])
        cost = squares[:, None, 1:] - squares[:, :-1, None] - mean  # levels i..j
    cost[:, np.tril_indices(m, -1)[0], np.tril_indices(m, -1)[1]] = np.inf
    best = [cost[:, 0, :]]
    back = [np.zeros((len(y), m), dtype=np.intp)]
    for _ in range(1, k):
        before = np.concatenate([np.full((len(y), 1), np.inf), best[-1][:, :-1]], axis=1)
        trial = before[:, :, None] + cost
        back.append(trial.argmin(axis=1))
        best.append(trial.min(axis=1))
    return np.stack([one[:, -1] for one in best], axis=1), np.stack(back)


def _breaks(back: IntArray, k: int) -> list[int]:
    """Return the places of the last level of every interval but the last."""
    end, found = back.shape[1] - 1, []
    for part in range(k - 1, 0, -1):
        start = int(back[part, end])
        found.append(start - 1)
        end = start - 1
    return found[::-1]
