"""Beta convergence over the whole span: growth on the first level."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ccd.arrays import FloatArray


@dataclass(frozen=True)
class Slope:
    """A slope b on the first (log) level, its standard error, and the degrees of freedom of its t."""

    b: float
    std_error: float
    df: int
    nobs: int


def cross_section(first: FloatArray, last: FloatArray, years: int, z: FloatArray) -> Slope | None:
    """Return b of ln(x_T/x_0)/T = a + b ln x_0 + z'c with HC1 errors (Barro and Sala-i-Martin 1992).

    first, last: logs (n,); z (n, p). None with too few regions or without variation.
    """
    design = np.column_stack([np.ones(len(first)), first, z])
    n, k = design.shape
    if n <= k or np.linalg.matrix_rank(design) < k:
        return None
    inverse = np.linalg.inv(design.T @ design)
    y = (last - first) / years
    coefficient = inverse @ (design.T @ y)
    residual = y - design @ coefficient
    meat = (design * residual[:, None] ** 2).T @ design
    covariance = inverse @ meat @ inverse * n / (n - k)
    return Slope(float(coefficient[1]), float(np.sqrt(covariance[1, 1])), n - k, n)


def speed(b: float, span: int) -> float:
    """Return -ln(1 + b T)/T, the yearly speed; nan where 1 + b T <= 0."""
    inside = 1 + b * span
    return float(-np.log(inside) / span) if inside > 0 else float("nan")


def half_life(rate: float) -> float:
    """Return ln 2 / speed in years; nan without convergence."""
    return float(np.log(2) / rate) if rate > 0 else float("nan")
