"""Errors of forecasts made from before years that were held out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ccd.arrays import FloatArray
from ccd.describe.forecast.drift import drift
from ccd.describe.forecast.ets import ets
from ccd.describe.forecast.gm11 import gm11
from ccd.describe.forecast.theta import theta

#: Method -> (series (S, n), horizon) -> forecasts (S, horizon).
METHODS: Mapping[str, Callable[[FloatArray, int], FloatArray]] = {
    "drift": drift,
    "theta": theta,
    "ets": ets,
    "gm11": gm11,
}


@dataclass(frozen=True)
class Errors:
    """Of one method and horizon: the signed errors (m,), MAE, RMSE, MASE, and how often it was the nearest."""

    errors: FloatArray
    mae: float
    rmse: float
    mase: float
    share_won: float


def held_out(
    x: FloatArray, methods: Sequence[str], horizon: int, holdout: int
) -> dict[tuple[str, int], Errors]:
    """Return (method, years ahead) -> errors of x (N, T), from every origin in the last ``holdout`` years.

    Each origin is fitted anew on what was known then, and each horizon stays inside the data. MASE divides by the
    mean absolute change before the origin (Hyndman and Koehler 2006).
    """
    years = x.shape[1]
    errors: dict[tuple[str, int], list[FloatArray]] = {}
    naive: dict[int, list[FloatArray]] = {}
    for known in range(years - holdout, years):
        reach = min(horizon, years - known)
        before = np.abs(np.diff(x[:, :known], axis=1)).mean(axis=1)
        for method in methods:
            made = METHODS[method](x[:, :known], reach)
            for h in range(1, reach + 1):
                errors.setdefault((method, h), []).append(x[:, known + h - 1] - made[:, h - 1])
        for h in range(1, reach + 1):
            naive.setdefault(h, []).append(before)
    joined = {key: np.concatenate(found) for key, found in errors.items()}
    scale = {h: np.concatenate(found) for h, found in naive.items()}
    return {(method, h): _errors(joined, scale[h], method, h, methods) for method, h in joined}


def _errors(
    joined: Mapping[tuple[str, int], FloatArray],
    scale: FloatArray,
    method: str,
    h: int,
    methods: Sequence[str],
) -> Errors:
    error = joined[method, h]
    seen = np.isfinite(error)
    size = np.abs(error)
    others = np.stack([np.abs(joined[other, h]) for other in methods])
    nearest = np.nanmin(np.where(np.isnan(others), np.inf, others), axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        relative = size / scale
    usable = np.isfinite(relative)
    return Errors(
        error[seen],
        float(size[seen].mean()) if seen.any() else float("nan"),
        float(np.sqrt((error[seen] ** 2).mean())) if seen.any() else float("nan"),
        float(relative[usable].mean()) if usable.any() else float("nan"),
        float((size[seen] <= nearest[seen]).sum() / len(error)),
    )


def best_method(found: Mapping[tuple[str, int], Errors], methods: Sequence[str]) -> str:
    """Return the method of the smallest mean absolute error at the longest horizon."""
    longest = max(h for _, h in found)
    return min(
        methods,
        key=lambda method: found[method, longest].mae if found[method, longest].errors.size else np.inf,
    )
