"""From estimates and standard errors to t-values, p-values and intervals; and the terms of a model."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from ccd.arrays import FloatArray
from ccd.estimate.linear.vcov import p_values, quantile
from ccd.results import Term, Terms

LEVEL = 0.95


class Inference(NamedTuple):
    """Estimates with their inference, arrays (k,) each; intervals at 95 %."""

    estimate: FloatArray
    std_error: FloatArray
    statistic: FloatArray
    p_value: FloatArray
    conf_low: FloatArray
    conf_high: FloatArray


def infer(beta: FloatArray, std_error: FloatArray, df: float) -> Inference:
    """Return inference on estimates and standard errors (k,), by t(df), or the normal where df is infinite."""
    with np.errstate(divide="ignore", invalid="ignore"):
        statistic = np.asarray(beta / std_error)
    half = quantile(LEVEL, df) * std_error
    return Inference(beta, std_error, statistic, p_values(statistic, df), beta - half, beta + half)


def terms_of(terms: Sequence[Term], beta: FloatArray, std_error: FloatArray, df: float) -> Terms:
    """Return the terms of a model (k) with their inference."""
    return Terms(tuple(terms), *infer(beta, std_error, df))
