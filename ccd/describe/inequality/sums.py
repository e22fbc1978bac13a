"""The sums behind Gini and Theil, and the same sums with each region left out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ccd.arrays import FloatArray, IntArray


@dataclass(frozen=True)
class Sums:
    """Over the regions of each group, on leading axes (...): all that both measures need.

    ``weight`` (..., K) sum of w; ``value`` of w x; ``log`` of w x ln x, nan with a negative x;
    ``above`` (..., K, K) sum over i in j and l in h of w_i w_l max(x_i - x_l, 0).
    """

    weight: FloatArray
    value: FloatArray
    log: FloatArray
    above: FloatArray


def sums(x: FloatArray, w: FloatArray, codes: IntArray, groups: int) -> Sums:
    """Return the sums of x (n,) with weights w (n,) in groups 0..K-1 (n,)."""
    member = np.zeros((len(x), groups))
    member[np.arange(len(x)), codes] = 1
    higher = np.maximum(x[:, None] - x[None, :], 0) * w[:, None] * w[None, :]
    return Sums(member.T @ w, member.T @ (w * x), member.T @ (w * _log(x)), member.T @ higher @ member)


def left_out(x: FloatArray, w: FloatArray, codes: IntArray, groups: int) -> Sums:
    """Return the sums without each region in turn, first axis (n,)."""
    whole = sums(x, w, codes, groups)
    n, at = len(x), np.arange(len(x))
    member = np.zeros((n, groups))
    member[at, codes] = 1
    higher = np.maximum(x[:, None] - x[None, :], 0) * w[:, None] * w[None, :]
    above = np.repeat(whole.above[None], n, axis=0)
    above[at, codes, :] -= higher @ member
    above[at, :, codes] -= higher.T @ member
    return Sums(
        whole.weight - member * w[:, None],
        whole.value - member * (w * x)[:, None],
        whole.log - member * (w * _log(x))[:, None],
        above,
    )


def _log(x: FloatArray) -> FloatArray:
    """Return x ln x, 0 at 0, nan below."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(x == 0, 0.0, x * np.log(x))
