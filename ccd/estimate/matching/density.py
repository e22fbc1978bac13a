"""Densities of the score: kernel estimates on [0, 1], reflected at both ends."""

from __future__ import annotations

import numpy as np

from ccd.arrays import FloatArray
from ccd.density import kernel_density
from ccd.estimate.matching.smoothing import chunks
from ccd.estimate.matching.windows import KERNELS, window_sums


def rule_of_thumb(score: FloatArray) -> float:
    """Return Silverman's bandwidth (see ``ccd.density``), never under 1e-3."""
    width = kernel_density(score, np.empty(0))[1]
    return max(width, 1e-3) if np.isfinite(width) else 1e-3


def density(score: FloatArray, weight: FloatArray, grid: FloatArray, bandwidth: float) -> FloatArray:
    """Return the gaussian kernel density of ``score`` (n,) in [0, 1] at ``grid`` (m,), mass one on [0, 1].

    Negative weights count as they stand.
    """
    total, found = float(weight.sum()), np.zeros(len(grid))
    if not total > 0:
        return np.full(len(grid), np.nan)
    for rows in chunks(len(score), len(grid)):
        for mirrored in (score[rows], -score[rows], 2 - score[rows]):
            u = (grid[None, :] - mirrored[:, None]) / bandwidth
            found += weight[rows] @ np.exp(-0.5 * u**2)
    return np.asarray(found / (total * bandwidth * np.sqrt(2 * np.pi)))


def control_density(treated: FloatArray, control: FloatArray) -> FloatArray:
    """Return the Epanechnikov density (t,) of the ``control`` scores (c,) at the ``treated`` ones (t,).

    Bandwidth 2.34 times Silverman's spread rule for this kernel; used to trim the treated where controls
    are thinnest.
    """
    reach = 2.34 / 0.9 * rule_of_thumb(control)
    at, row = np.unique(treated, return_inverse=True)
    source, count = np.unique(control, return_counts=True)
    sums = window_sums(at, source, count.astype(float)[:, None], KERNELS["epanechnikov"], reach)[:, 0]
    return np.asarray(0.75 * sums / (reach * len(control)))[row]
