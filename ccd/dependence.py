"""Dependence between regions: Pesaran's CD, the LM tests, the mean correlation and its null after year effects."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ccd.arrays import FloatArray

#: Autocorrelations that panels of the null may have.
RHO = np.arange(-90, 96, 5) / 100
#: Panels behind the choice of one of them, those behind a p-value, and cells of panels that are held at once.
TRIED, DRAWS, CELLS = 100, 999, 3_000_000


class Statistics(NamedTuple):
    """CD, LM and scaled LM of panels, and the mean absolute correlation, each (...)."""

    cd: FloatArray
    lm: FloatArray
    scaled: FloatArray
    mean_abs: FloatArray


class Within(NamedTuple):
    """The mean absolute correlation after region and year effects, its p-value and the autocorrelation of the null."""

    mean_abs: float
    p_value: float
    rho: float


def within(values: FloatArray, rng: np.random.Generator) -> Within:
    """Return the test of a panel (N, T) less region and year effects against DRAWS panels of independent regions."""
    rho = nearest(values, rng)
    found, (count, years) = float(statistics(values).mean_abs), values.shape
    return Within(found, p_value(found, null(count, years, rho, DRAWS, rng)), rho)


def statistics(values: FloatArray) -> Statistics:
    """Return what the correlations r of each pair of regions say in panels (..., N, T) without gaps, N > 1.

    CD = sqrt(2T/(N(N-1))) sum r (Pesaran 2004), LM = T sum r^2 (Breusch & Pagan 1980), scaled LM =
    sqrt(1/(N(N-1))) sum (T r^2 - 1) (Pesaran 2004).
    """
    count, years = values.shape[-2:]
    left = values - values.mean(axis=-1, keepdims=True)
    length = np.sqrt(np.einsum("...t,...t->...", left, left))[..., None]
    r = np.einsum("...it,...jt->...ij", left / length, left / length)[..., *np.triu_indices(count, 1)]
    square, pairs = (r**2).sum(axis=-1), count * (count - 1)
    return Statistics(
        np.sqrt(2 * years / pairs) * r.sum(axis=-1),
        years * square,
        (years * square - pairs / 2) / np.sqrt(pairs),
        np.abs(r).mean(axis=-1),
    )


def demeaned(values: FloatArray) -> FloatArray:
    """Return panels (..., N, T) less the means of their regions and years."""
    swept = values - values.mean(axis=-1, keepdims=True)
    return np.asarray(swept - swept.mean(axis=-2, keepdims=True))


def autocorrelation(values: FloatArray) -> FloatArray:
    """Return sum e_t e_t-1 / sum e^2 over a region's years, mean over the regions of panels (..., N, T), (...)."""
    along = np.einsum("...t,...t->...", values[..., 1:], values[..., :-1])
    return np.asarray((along / np.einsum("...t,...t->...", values, values)).mean(axis=-1))


def panels(shape: tuple[int, int, int], rho: float, rng: np.random.Generator) -> FloatArray:
    """Return panels (draws, N, T) of independent stationary AR(1) normals, demeaned by region and year."""
    values = rng.standard_normal(shape)
    values[..., 0] /= np.sqrt(1 - rho**2)
    for t in range(1, shape[-1]):
        values[..., t] += rho * values[..., t - 1]
    return demeaned(values)


def nearest(values: FloatArray, rng: np.random.Generator) -> float:
    """Return the rho whose panels have the autocorrelation nearest to that of residuals (N, T) on average."""
    means = [autocorrelation(panels((TRIED, *values.shape), rho, rng)).mean() for rho in RHO]
    return float(RHO[np.argmin(np.abs(np.array(means) - autocorrelation(values)))])


def null(count: int, years: int, rho: float, draws: int, rng: np.random.Generator) -> FloatArray:
    """Return the mean absolute correlation of ``draws`` panels of independent regions, (draws,)."""
    step = max(1, CELLS // (count * max(count, years)))
    found = [
        statistics(panels((min(step, draws - start), count, years), rho, rng)).mean_abs
        for start in range(0, draws, step)
    ]
    return np.concatenate(found)


def p_value(mean_abs: float, drawn: FloatArray) -> float:
    """Return the share of ``drawn`` (draws,) that is as large as ``mean_abs``, itself counted."""
    return float((1 + (drawn >= mean_abs).sum()) / (len(drawn) + 1))
