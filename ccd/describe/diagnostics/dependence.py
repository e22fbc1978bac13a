"""Dependence between the regions of a panel: Pesaran's CD, the LM tests, the mean correlation and its null."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ccd.arrays import FloatArray
from ccd.errors import DataError
from ccd.panel import Panel
from ccd.results import Dependence
from ccd.words import Name, text

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


def dependence(panel: Panel, name: str, rng: np.random.Generator) -> Dependence:
    """Return the tests of a column: three of it as it is, and the mean correlation after region and year effects.

    Raises DataError for a column with gaps or fewer than two regions, or of which nothing is left after the effects.
    """
    from scipy import stats

    wide = np.full((len(panel.entities), len(panel.times)), np.nan)
    wide[panel.entity_codes, panel.time_codes] = panel.column(name)
    if not np.isfinite(wide).all() or min(wide.shape) < 2:
        raise _refused(name)
    swept = demeaned(wide)
    if min(np.ptp(wide, axis=1).min(), np.abs(swept).max(axis=1).min()) <= 1e-12 * np.abs(wide).max():
        raise _refused(name)
    raw, within = statistics(wide), statistics(swept)
    rho = nearest(swept, rng)
    drawn = null(*wide.shape, rho, DRAWS, rng)
    pairs = len(wide) * (len(wide) - 1) / 2
    p = [
        2 * stats.norm.sf(abs(raw.cd)),
        stats.chi2.sf(raw.lm, pairs),
        2 * stats.norm.sf(abs(raw.scaled)),
        p_value(float(within.mean_abs), drawn),
    ]
    return Dependence(
        variable=(name,) * 4,
        test=("CD", "LM", "scaled LM", "mean |r|"),
        statistic=np.array([raw.cd, raw.lm, raw.scaled, within.mean_abs]),
        p_value=np.array(p),
        mean_abs=np.array([*[raw.mean_abs] * 3, within.mean_abs]),
        effects=("none", "none", "none", "both"),
        rho=np.array([np.nan, np.nan, np.nan, rho]),
    )


def together(found: list[Dependence]) -> Dependence:
    """Return the tests of several columns as one."""
    return Dependence(
        variable=tuple(name for one in found for name in one.variable),
        test=tuple(test for one in found for test in one.test),
        statistic=np.concatenate([one.statistic for one in found]),
        p_value=np.concatenate([one.p_value for one in found]),
        mean_abs=np.concatenate([one.mean_abs for one in found]),
        effects=tuple(effects for one in found for effects in one.effects),
        rho=np.concatenate([one.rho for one in found]),
    )


def _refused(name: str) -> DataError:
    return DataError(
        text("{column} has gaps, or does not vary in some region", column=Name(name)),
        where=text("study, {key}", key="diagnostics.dependence"),
        fix=text("choose regions and years in which it is there and moves"),
    )


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
