"""p-values and intervals of many effects at once from the t-statistics of draws, each effect by its own."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple, TypeVar

import numpy as np

from ccd.arrays import BoolArray, FloatArray
from ccd.estimate.linear.resample import critical_value, p_value
from ccd.results import Aggregates, AttGt, Comparison, Margins, Moderator, Terms

#: Rows of effects, each with its p-value and interval.
Rows = TypeVar("Rows", Aggregates, AttGt, Comparison, Margins, Moderator, Terms)
LEVEL = 0.95
#: Fewer draws give no interval at 5 %.
LEAST = 19
#: Effects whose correlation has a smaller eigenvalue cannot be tested jointly.
SINGULAR = 1e-10


class Drawn(NamedTuple):
    """What draws lead to, arrays (k,): p-values and intervals; ``known`` is false where too few draws are."""

    p_value: FloatArray
    conf_low: FloatArray
    conf_high: FloatArray
    known: BoolArray

    def over(self, p_value: FloatArray, low: FloatArray, high: FloatArray) -> Drawn:
        """Return p-values and intervals with these (k,) where the draws know none."""
        return Drawn(
            np.where(self.known, self.p_value, p_value),
            np.where(self.known, self.conf_low, low),
            np.where(self.known, self.conf_high, high),
            self.known,
        )


def studentised(estimate: FloatArray, std_error: FloatArray, drawn: FloatArray) -> Drawn:
    """Return p = (1 + #{|t*| >= |t|}) / (B + 1) and estimate +- q(|t*|) se for each effect (k,).

    ``drawn`` (R, k) holds t* of each draw, nan where the draw does not identify the effect. p is at most 5 %
    exactly where the interval leaves out zero.
    """
    p, half = np.full(len(estimate), np.nan), np.full(len(estimate), np.nan)
    known = np.zeros(len(estimate), dtype=bool)
    for j, column in enumerate(drawn.T):
        kept = column[np.isfinite(column)]
        if len(kept) < LEAST or not std_error[j] > 0:
            continue
        known[j] = True
        p[j] = p_value(estimate[j] / std_error[j], kept)
        half[j] = critical_value(kept, LEVEL) * std_error[j]
    return Drawn(p, estimate - half, estimate + half, known)


def followed(value: Rows, drawn: FloatArray) -> tuple[Rows, BoolArray]:
    """Return rows of effects (k) led by their t* ``drawn`` (R, k), and which of them are; the others stay analytic."""
    found = studentised(value.estimate, value.std_error, drawn)
    led = found.over(value.p_value, value.conf_low, value.conf_high)
    led_value = replace(
        value,
        p_value=led.p_value,
        conf_low=led.conf_low,
        conf_high=led.conf_high,
        p_analytic=value.p_value,
    )
    return led_value, found.known


def largest(drawn: FloatArray) -> float:
    """Return the critical value of the largest |t*| of each draw (R, k), nan with too few whole draws."""
    whole = np.abs(drawn[np.isfinite(drawn).all(axis=1)])
    if len(whole) < LEAST or not whole.shape[1]:
        return float("nan")
    return critical_value(whole.max(axis=1), LEVEL)


def ratios(beta: FloatArray, matrix: FloatArray) -> FloatArray:
    """Return t = beta / se (R, k) of coefficients (R, k) with covariances (R, k, k), nan where se is not known."""
    with np.errstate(divide="ignore", invalid="ignore"):
        found = beta / np.sqrt(np.einsum("rkk->rk", matrix))
    return np.where(np.isfinite(found), found, np.nan)


def walds(beta: FloatArray, matrix: FloatArray) -> FloatArray:
    """Return Wald/q (R,) that each ``beta`` (R, q) with covariance ``matrix`` (R, q, q) is 0; nan where singular."""
    found = np.full(len(beta), np.nan)
    spread = np.sqrt(np.maximum(np.einsum("rqq->rq", matrix), 0))
    usable = np.isfinite(matrix).all(axis=(1, 2)) & np.isfinite(beta).all(axis=1) & (spread > 0).all(axis=1)
    rows = np.flatnonzero(usable)
    correlation = matrix[rows] / (spread[rows, :, None] * spread[rows, None, :])
    regular = np.linalg.eigvalsh(correlation)[:, 0] >= SINGULAR
    rows, correlation = rows[regular], correlation[regular]
    z = beta[rows] / spread[rows]
    found[rows] = (
        np.einsum("rq,rq->r", z, np.linalg.solve(correlation, z[:, :, None])[:, :, 0]) / beta.shape[1]
    )
    return found
