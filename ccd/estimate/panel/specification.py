"""Tests of a panel regression's specification, as rows of one table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from ccd.arrays import FloatArray
from ccd.estimate.linear.vcov import Vcov, p_values_f
from ccd.results import Part, SpecificationTests
from ccd.words import text

TESTS = {
    "region_effects": text("F test that all region effects are equal"),
    "hausman_classical": text("Hausman test: fixed against random effects"),
    "hausman": text("Hausman test with one error variance (sigmaless)"),
    "mundlak": text("Mundlak test: fixed against random effects, clustered"),
    "breusch_pagan": text("Breusch-Pagan test that no region effects vary"),
    "anderson_rubin": text("Anderson-Rubin test of no effect (robust to weak instruments)"),
    "endogeneity": text("Endogeneity: regression test on the first-stage residuals"),
    "hansen_j": text("Hansen J test of the overidentifying restrictions"),
    "sargan": text("Sargan test of the overidentifying restrictions, under iid errors"),
}


class Test(NamedTuple):
    """A statistic over ``q`` restrictions: F(q, df), or chi2(q) where ``df`` is infinite; a key of TESTS.

    Missing (nan) where it does not exist.
    """

    name: str
    statistic: float
    q: int
    df: float


def p_value(test: Test) -> float:
    """Return the p-value of a test, missing where its statistic is."""
    return float("nan") if np.isnan(test.statistic) else p_values_f(test.statistic, test.q, test.df)


def tests_part(tests: Sequence[Test]) -> Part[SpecificationTests]:
    """Return the tests with their p-values."""
    return Part(
        SpecificationTests(
            test=tuple(test.name for test in tests),
            statistic=np.array([test.statistic for test in tests]),
            df=np.array([test.q for test in tests], dtype=np.intp),
            p_value=np.array([p_value(test) for test in tests]),
            df_resid=np.array([test.df for test in tests]),
            label=tuple(TESTS[test.name] for test in tests),
        )
    )


def wald(beta: FloatArray, vcov: Vcov, at: slice) -> float:
    """Return b'V^-1 b / q of the coefficients ``at``."""
    chosen = beta[at]
    return float(chosen @ np.linalg.solve(vcov.matrix[at, at], chosen)) / len(chosen)
