"""The policy effect under many reassignments of the cohorts at once (placebo, permutation)."""

from __future__ import annotations

import numpy as np

from ccd.arrays import FloatArray
from ccd.estimate.linear.design import AbsorbingDesign
from ccd.estimate.linear.resample import BATCH, balanced_draws, exact_draws, paths
from ccd.estimate.linear.vcov import nested
from ccd.estimate.rows.sample import Sample


def redrawn(
    sample: Sample, design: AbsorbingDesign, nuisance: FloatArray, cohorts: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Return estimate and error (R,) under each row of ``cohorts`` (R, N; nan = never), regressors unchanged.

    Outcome and ``nuisance`` (n, k) are demeaned once. Balanced two-way designs clustered by region or coarser
    take the gathered sums of ``balanced_draws``; all others ``exact_draws``, in batches.
    """
    x = design.residualise(nuisance)
    root = np.ones(len(sample.y)) if sample.weight is None else np.sqrt(sample.weight)
    q = np.linalg.qr(x * root[:, None])[0] / root[:, None]
    y = design.residualise(sample.y[:, None])[:, 0]
    y = y - q @ (q.T @ (y * root**2))
    slopes = 1 + x.shape[1]
    gathered = design.plain and design.vcov == "cluster" and len(design.clusters) == 1
    if gathered and sample.balanced and nested(sample.entity, design.clusters[0]):
        return _gathered(sample, design, y, q, cohorts, slopes)
    step = max(1, BATCH // len(y))
    parts = []
    for start in range(0, len(cohorts), step):
        rows = cohorts[start : start + step]
        treatment = (sample.years[:, None] >= rows.T[sample.entity]).astype(float)
        parts.append(exact_draws(design, y, x, treatment, slopes))
    return np.concatenate([b for b, _ in parts]), np.concatenate([s for _, s in parts])


def _gathered(
    sample: Sample, design: AbsorbingDesign, y: FloatArray, q: FloatArray, cohorts: FloatArray, slopes: int
) -> tuple[FloatArray, FloatArray]:
    n, t = len(sample.panel.entities), len(sample.panel.times)
    known = np.where(np.isnan(cohorts), np.inf, cohorts)
    dates = np.unique(known)
    groups = design.clusters[0].reshape(n, t)[:, 0]
    size, rows = int(groups.max()) + 1, len(y)
    factor = size / (size - 1) * (rows - 1) / (rows - design.parameters(slopes))
    treated = paths(dates, np.asarray(sample.panel.times, dtype=float))
    assigned = np.searchsorted(dates, known)
    return balanced_draws(y.reshape(n, t), q.reshape(n, t, -1), assigned, treated, groups, factor)
