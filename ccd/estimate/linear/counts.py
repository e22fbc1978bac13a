"""Empirical distributions as integer counts, so that no rounding decides which observation a quantile is."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from ccd.arrays import FloatArray, IntArray

#: Levels are read as fractions of at most this denominator.
FINEST = 10_000


def fraction(level: float) -> tuple[int, int]:
    """Return a level such as .1 as integers (1, 10)."""
    read = Fraction(level).limit_denominator(FINEST)
    return read.numerator, read.denominator


def first_reaching(cumulated: IntArray, need: IntArray, whole: IntArray, of: IntArray) -> IntArray:
    """Return for each row the first place where cumulated / of >= need / whole, (B, k) for ``need`` (B, k).

    ``cumulated`` (B, m) are counts that do not fall along a row and end at ``of`` (B,); ``whole`` (B,) are the
    totals of ``need``. A need of 0 is met by the first place that counts at all. Exact: integers are compared.
    """
    have = cumulated * whole[:, None]
    asked = np.clip(need * of[:, None], 1, have[:, -1:])
    step = int(have.max(initial=0)) + 1
    rows = np.arange(len(have), dtype=np.int64)[:, None]
    flat = (have + rows * step).ravel()
    place = np.searchsorted(flat, (asked + rows * step).ravel(), side="left").reshape(asked.shape)
    return np.asarray(place - rows * have.shape[1], dtype=np.intp)


def inverse(values: FloatArray, count: IntArray, levels: tuple[float, ...]) -> FloatArray:
    """Return the smallest of ``values`` (m,) whose share of ``count`` (B, m) at or below it is the level, (B, q).

    The inverse of an empirical distribution function: inf {y: F(y) >= q}, R's quantile of type 1.
    """
    order = np.argsort(values, kind="stable")
    cumulated = np.cumsum(count[:, order], axis=1, dtype=np.int64)
    total = cumulated[:, -1]
    found = np.empty((len(count), len(levels)))
    for j, level in enumerate(levels):
        part, whole = fraction(level)
        need = np.full((len(count), 1), part, dtype=np.int64)
        place = first_reaching(cumulated, need, np.full(len(count), whole, dtype=np.int64), total)
        found[:, j] = values[order][place[:, 0]]
    return found
