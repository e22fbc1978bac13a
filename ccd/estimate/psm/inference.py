"""Errors of the second stage: the weights as fixed, or a bootstrap of score, matching and regression."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ccd.arrays import FloatArray
from ccd.estimate.linear.inference import terms_of
from ccd.estimate.psm.design import Question
from ccd.estimate.psm.regression import Regression
from ccd.results import Named, Terms
from ccd.words import Text, text

NORMAL = float("inf")


@dataclass(frozen=True)
class Errors:
    """Terms (k) and their covariance (k, k), how they were made, and every p-value of the policy."""

    terms: Terms
    covariance: FloatArray
    vcov: str
    df: float
    p_values: Mapping[str, float]
    notes: tuple[Text, ...]
    details: Mapping[str, object]


def fixed_weights(regression: Regression, question: Question) -> Errors:
    """Return the errors that take the matching weights as fixed."""
    vcov = regression.vcov
    terms = terms_of([Named(key) for key in question.keys], regression.beta, vcov.std_error, vcov.df)
    note = text(
        "Standard errors take the matching weights as fixed; intervals cover too often, the more so the more the "
        "matching columns explain of the trends"
    )
    p_values = {"analytic": float(terms.p_value[0])}
    return Errors(terms, vcov.matrix, vcov.kind, vcov.df, p_values, (vcov.note, note), {})


def bootstrapped(regression: Regression, question: Question, draws: FloatArray, number: int) -> Errors:
    """Return the errors of bootstrap ``draws`` (those of ``number`` that succeeded, k), with normal inference."""
    matrix = np.atleast_2d(np.cov(draws, rowvar=False))
    keys = [Named(key) for key in question.keys]
    terms = terms_of(keys, regression.beta, np.sqrt(np.diag(matrix)), NORMAL)
    failed = number - len(draws)
    if failed:
        note = text(
            "Standard errors from {draws} bootstrap draws of clusters through score, matching and regression "
            "({failed} {failed:draw|draws} failed); inference normal",
            draws=number,
            failed=failed,
        )
    else:
        note = text(
            "Standard errors from {draws} bootstrap draws of clusters through score, matching and regression; "
            "inference normal",
            draws=number,
        )
    fixed = fixed_weights(regression, question)
    p_values = {"bootstrap": float(terms.p_value[0]), **fixed.p_values}
    details = {"bootstrap": {"draws": number, "failed": failed}}
    return Errors(terms, matrix, "bootstrap", NORMAL, p_values, (note,), details)
