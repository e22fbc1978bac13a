"""The log t regression of Phillips and Sul."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ccd.arrays import FloatArray

#: One-sided 5% point below which convergence is rejected.
CRITICAL = -1.65


@dataclass(frozen=True)
class LogT:
    """Slope b (twice the speed of convergence), its standard error and t; nan where the variance is not positive."""

    b: float
    std_error: float
    t: float

    @property
    def holds(self) -> bool:
        """Tell whether convergence is not rejected."""
        return self.t > CRITICAL


def log_t(x: FloatArray, trim: float = 1 / 3) -> LogT:
    """Return the regression ln(H_1/H_t) - 2 ln ln t = a + b ln t of x (n, T) (Phillips and Sul 2007, eqs. 22-26).

    h = x over the mean of its year, H_t the mean of (h - 1)^2; t = [rT]+1..T, [.] rounds. The long-run variance is
    that of the authors' GAUSS code, whose autocovariances are one term short.
    """
    years = x.shape[1]
    spread = ((x / x.mean(axis=0) - 1) ** 2).mean(axis=0)
    first = int(np.floor(trim * years + 0.5))
    t = np.arange(first + 1, years + 1, dtype=float)
    if spread[0] <= 0 or (spread[first:] <= 0).any():
        return LogT(float("nan"), float("nan"), float("nan"))
    y = np.log(spread[0] / spread[first:]) - 2 * np.log(np.log(t))
    design = np.column_stack([np.ones(len(t)), np.log(t)])
    inverse = np.linalg.inv(design.T @ design)
    coefficient = inverse @ (design.T @ y)
    variance = long_run(y - design @ coefficient)
    if not variance > 0:
        return LogT(float(coefficient[1]), float("nan"), float("nan"))
    error = float(np.sqrt(variance * inverse[1, 1]))
    return LogT(float(coefficient[1]), error, float(coefficient[1]) / error)


def long_run(u: FloatArray) -> float:
    """Return the long-run variance of u (n,): quadratic spectral kernel, automatic bandwidth (Andrews 1991)."""
    n = len(u)
    rho = float(u[:-1] @ u[1:] / (u[:-1] @ u[:-1])) if (u[:-1] @ u[:-1]) > 0 else 0.0
    width = 1.3221 * (4 * n * rho**2 / (1 - rho) ** 4) ** 0.2 if rho != 1 else np.inf
    total = float(u @ u)
    for lag in range(1, n - 1):
        weight = 1.0
        if np.isfinite(width):
            if width <= 0:
                break
            z = 1.2 * np.pi * lag / width
            weight = 3 * (np.sin(z) / z - np.cos(z)) / z**2
        total += 2 * weight * float(u[: n - lag - 1] @ u[lag : n - 1])
    return total / (n - 1)
