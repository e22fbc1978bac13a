"""The part ``impacts`` of models in space."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ccd.arrays import FloatArray
from ccd.estimate.autoregressive.impacts import DRAWS
from ccd.estimate.autoregressive.impacts import Impacts as Drawn
from ccd.estimate.linear.inference import infer
from ccd.results import Impacts, Part

EFFECTS = ("direct", "indirect", "total")


def drawn_part(found: Drawn, variables: Sequence[str], outcome: str, weights: str) -> Part[Impacts]:
    """Return the impacts of a model with a spatial lag, their errors from draws."""
    low, high = found.interval
    error = found.std_error
    return Part(
        Impacts(
            variable=tuple(name for name in variables for _ in EFFECTS),
            effect=EFFECTS * len(variables),
            estimate=found.estimate.T.ravel(),
            std_error=error.T.ravel(),
            statistic=(found.estimate / error).T.ravel(),
            p_value=found.p_value.T.ravel(),
            conf_low=low.T.ravel(),
            conf_high=high.T.ravel(),
            std_error_delta=found.std_error_delta.T.ravel(),
            draws=DRAWS,
            redrawn=found.again,
            outcome=outcome,
            weights=weights,
        )
    )


def analytic_part(
    direct: FloatArray,
    indirect: FloatArray,
    covariance: FloatArray,
    df: float,
    variables: Sequence[str],
    outcome: str,
    weights: str,
) -> Part[Impacts]:
    """Return the impacts of a model without a spatial lag: ``direct`` (k,) and ``indirect`` (k,) coefficients.

    ``covariance`` (2k, 2k) is that of both, in this order.
    """
    k = len(variables)
    estimate = np.stack([direct, indirect, direct + indirect])
    variance = np.diag(covariance)
    both = variance[:k] + variance[k:] + 2 * np.diag(covariance[:k, k:])
    error = np.sqrt(np.stack([variance[:k], variance[k:], both]))
    found = infer(estimate.T.ravel(), error.T.ravel(), df)
    return Part(
        Impacts(
            variable=tuple(name for name in variables for _ in EFFECTS),
            effect=EFFECTS * k,
            estimate=found.estimate,
            std_error=found.std_error,
            statistic=found.statistic,
            p_value=found.p_value,
            conf_low=found.conf_low,
            conf_high=found.conf_high,
            std_error_delta=found.std_error,
            draws=0,
            redrawn=0,
            outcome=outcome,
            weights=weights,
        )
    )
