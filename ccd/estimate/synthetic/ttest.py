"""The t-test of Chernozhukov, Wuthrich and Zhu (2025): K cross-fits, each debiased on its block of years before."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ccd.estimate.linear.inference import infer
from ccd.estimate.synthetic.fitted import Paths, Weighting

#: Cross-fits.
FOLDS = 3


class TTest(NamedTuple):
    """Estimate, standard error, p and 95 % interval of t(K - 1)."""

    estimate: float
    std_error: float
    p_value: float
    conf_low: float
    conf_high: float
    df: int


def t_test(weighting: Weighting, paths: Paths) -> TTest:
    """Return the debiased estimate: weights without a block of r years, less the mean gap in that block.

    Blocks count back from the date, r = min(T0 // K, T1); se = sqrt(1 + K r / T1) sd / sqrt K.
    """
    own, after = paths.before, paths.after
    size = min(own // FOLDS, after)
    found = np.empty(FOLDS)
    for k in range(FOLDS):
        block = np.arange(own - (k + 1) * size, own - k * size)
        rest = np.delete(np.arange(own), block)
        weights = weighting.weigh(paths.donors[rest], paths.treated[rest], paths.s0)
        gap = paths.treated - paths.donors @ weights
        found[k] = gap[own:].mean() - gap[block].mean()
    estimate = float(found.mean())
    error = float(np.sqrt(1 + FOLDS * size / after) * np.std(found, ddof=1) / np.sqrt(FOLDS))
    row = infer(np.array([estimate]), np.array([error]), FOLDS - 1)
    return TTest(
        estimate, error, float(row.p_value[0]), float(row.conf_low[0]), float(row.conf_high[0]), FOLDS - 1
    )
