"""What holds coordination back and what moved it: bottleneck, obstacles, and the split of D into C and T."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ccd.arrays import BoolArray, FloatArray

#: Lowest over highest index from which subsystems count as synchronous.
SYNCHRONOUS = 0.8
TIE = 1e-12


def lowest(u: FloatArray) -> BoolArray:
    """Return which subsystems of u (m, n) are the lowest of their row, ties included; shape (m, n)."""
    return np.asarray(u <= u.min(axis=1, keepdims=True) + TIE)


def synchronous(u: FloatArray) -> BoolArray:
    """Return whether lowest/highest >= 0.8 in each row of u (m, n); all-zero rows are not."""
    high = u.max(axis=1)
    return np.asarray((high > 0) & (u.min(axis=1) >= SYNCHRONOUS * high - TIE))


def obstacles(z: FloatArray, weight: FloatArray, contribution: FloatArray) -> FloatArray:
    """Return obstacle degrees a_s w_j (1 - z_j) / sum of the same, z (m, k), others (k,); shape (m, k).

    ``contribution`` is that of each indicator's subsystem. A row of nan where every z is 1. Values of z
    beyond [0, 1] (under a lock) count as its ends.
    """
    short = contribution * weight * (1 - np.clip(z, 0, 1))
    total = short.sum(axis=1, keepdims=True)
    return np.asarray(np.divide(short, total, out=np.full_like(short, np.nan), where=total > 0))


@dataclass(frozen=True)
class Split:
    """Changes of D from one year to another, each (m,): in logs and in levels, by C and by T."""

    log_d: FloatArray
    log_c: FloatArray
    log_t: FloatArray
    level_d: FloatArray
    level_c: FloatArray
    level_t: FloatArray


def split(c: tuple[FloatArray, FloatArray], t: tuple[FloatArray, FloatArray]) -> Split:
    """Return the exact split of the change of D = sqrt(C T) between two dates; all C and T positive, (m,).

    In logs d ln D = 0.5 d ln C + 0.5 d ln T. In levels by LMDI (Ang 2005): the same two terms times the
    logarithmic mean of the two D.
    """
    log_c, log_t = 0.5 * np.log(c[1] / c[0]), 0.5 * np.log(t[1] / t[0])
    before, after = np.sqrt(c[0] * t[0]), np.sqrt(c[1] * t[1])
    mean = logarithmic_mean(before, after)
    return Split(log_c + log_t, log_c, log_t, after - before, mean * log_c, mean * log_t)


def logarithmic_mean(a: FloatArray, b: FloatArray) -> FloatArray:
    """Return (b - a)/(ln b - ln a), and a where both are equal; positive a, b (m,)."""
    gap = np.log(b / a)
    # expm1 keeps the digits that b - a loses when both are close
    ratio = np.divide(np.expm1(gap), gap, out=np.ones_like(gap), where=np.abs(gap) > 1e-300)
    return np.asarray(a * ratio)
