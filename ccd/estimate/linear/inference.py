"""From estimates and standard errors to t-values, p-values and intervals; and the terms of a model."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from ccd.arrays import FloatArray
from ccd.estimate.linear.vcov import Vcov, p_values, quantile
from ccd.results import TERM_COLUMNS, Term, Terms

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


def terms_frame(names: Sequence[str], beta: FloatArray, vcov: Vcov) -> pd.DataFrame:
    """Return TERM_COLUMNS for ``names`` (k), ``beta`` (k,) and their covariance; intervals at 95 %."""
    return inference(names, beta, vcov.std_error, vcov.df)


def inference(names: Sequence[object], beta: FloatArray, std_error: FloatArray, df: float) -> pd.DataFrame:
    """Return TERM_COLUMNS from estimates and standard errors (k,), with t(df) or normal (df inf) inference."""
    columns = (list(names), *infer(beta, std_error, df))
    return pd.DataFrame(dict(zip(TERM_COLUMNS, columns, strict=True)))


def named(matrix: FloatArray, names: Sequence[str]) -> pd.DataFrame:
    """Return a covariance matrix with terms on both sides."""
    return pd.DataFrame(matrix, index=list(names), columns=list(names))
