"""Collinearity of regressors: variance inflation and condition number, raw and after region and year effects."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd

from ccd.arrays import FloatArray
from ccd.errors import DataError
from ccd.results import Collinearity
from ccd.words import text

#: A variance inflated more than this is warned of.
LARGE = 10.0
#: A column of which the effects leave less than this share of its length has nothing of its own.
ABSORBED = 1e-9


def collinearity(frame: pd.DataFrame) -> Collinearity:
    """Return variance inflation factors and condition numbers of the complete rows of ``frame`` (entity-time).

    Raw factors are statsmodels', beside a constant; the others are of the columns less region and year effects
    (linearmodels, exact on unbalanced panels). Raises DataError with fewer rows than columns.
    """
    from linearmodels.panel.data import PanelData

    known = frame.dropna()
    if len(known) <= frame.shape[1] + 1:
        raise DataError(
            text(
                "{count} complete region-years are too few for {columns} columns",
                count=len(known),
                columns=frame.shape[1],
            ),
            where=text("study, {key}", key="diagnostics.regressors"),
            fix=text("name fewer columns, or look at the map of missing cells"),
        )
    x = known.to_numpy(dtype=np.float64)
    spread = x - x.mean(axis=0)
    swept = np.asarray(PanelData(known).demean("both").values2d, dtype=np.float64)
    left = np.linalg.norm(swept, axis=0) > ABSORBED * np.maximum(np.linalg.norm(spread, axis=0), 1e-300)
    within = np.full(x.shape[1], np.nan)
    within[left] = factors(swept[:, left])
    return Collinearity(
        variable=tuple(map(str, frame.columns)),
        raw=factors(spread),
        within=within,
        condition_raw=condition(np.column_stack([np.ones(len(x)), x])),
        condition_within=condition(swept[:, left]) if left.any() else float("nan"),
        nobs=len(x),
        largest=LARGE,
    )


def factors(x: FloatArray) -> FloatArray:
    """Return the variance inflation factor of each centred column of ``x`` (n, k), (k,); inf where others imply it."""
    from statsmodels.stats.outliers_influence import variance_inflation_factor

    if x.shape[1] == 1:
        return np.ones(1)
    scaled = x / np.maximum(np.linalg.norm(x, axis=0), 1e-300)
    with np.errstate(divide="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # columns that are copies have an infinite factor here
        found = [float(variance_inflation_factor(scaled, j)) for j in range(x.shape[1])]
    return np.array([np.inf if value > 1 / ABSORBED or value < 0 else value for value in found])


def condition(x: FloatArray) -> float:
    """Return the condition number of the columns of ``x`` (n, k) scaled to length one (Belsley et al. 1980)."""
    values = np.linalg.svd(x / np.maximum(np.linalg.norm(x, axis=0), 1e-300), compute_uv=False)
    return float(values[0] / values[-1]) if values[-1] > ABSORBED else float("inf")
