"""The policy effect under many reassignments of the cohorts at once (placebo, permutation)."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ccd.arrays import FloatArray, IntArray
from ccd.estimate.linear.column_draws import column_draws
from ccd.estimate.linear.design import AbsorbingDesign
from ccd.estimate.linear.event_draws import event_draws
from ccd.estimate.linear.resample import BATCH, balanced_draws, exact_draws, paths
from ccd.estimate.linear.vcov import nested
from ccd.estimate.rows.sample import Sample
from ccd.progress import told


def redrawn(
    sample: Sample,
    design: AbsorbingDesign,
    nuisance: FloatArray,
    cohorts: FloatArray,
    doses: FloatArray | None = None,
) -> tuple[FloatArray, FloatArray]:
    """Return estimate and error (R,) under each row of ``cohorts`` (R, N; nan = never), regressors unchanged.

    ``doses`` (R, N) are those dealt with the cohorts, of a sample that has them. Outcome and ``nuisance`` (n, k) are
    demeaned once. Balanced two-way designs clustered by region or coarser take the gathered sums of
    ``balanced_draws``; all others, and those with doses, ``exact_draws``, in batches.
    """
    x, q, y = _swept(sample, design, nuisance)
    slopes = 1 + x.shape[1]
    if gathers(sample, design):
        return _gathered(sample, design, y, q, cohorts, slopes)
    step = max(1, BATCH // len(y))
    parts = []
    for start in told(range(0, len(cohorts), step), "draws", len(cohorts), step):
        rows = cohorts[start : start + step]
        treatment = (sample.years[:, None] >= rows.T[sample.entity]).astype(float)
        if doses is not None:
            treatment *= doses[start : start + step].T[sample.entity]
        parts.append(exact_draws(design, y, x, treatment, slopes))
    return np.concatenate([b for b, _ in parts]), np.concatenate([s for _, s in parts])


def columns_redrawn(
    sample: Sample,
    design: AbsorbingDesign,
    nuisance: FloatArray,
    columns: Callable[[FloatArray], FloatArray],
    cohorts: FloatArray,
) -> tuple[FloatArray, FloatArray]:
    """Return coefficients (R, k), and covariances, on ``columns`` of D under each row of ``cohorts`` (R, N).

    ``columns`` makes regressors (n, r, k) of treatments (n, r); ``nuisance`` (n, m) stays.
    """
    years = sample.years.astype(float)
    return column_draws(design, sample.y, nuisance, columns, sample.entity, years, cohorts)


def gathers(sample: Sample, design: AbsorbingDesign) -> bool:
    """Tell whether draws are sums of gathered cells: balanced, two-way, clustered by region or coarser, no doses."""
    plain = sample.dose is None and design.plain and design.vcov == "cluster" and len(design.clusters) == 1
    return plain and sample.balanced and nested(sample.entity, design.clusters[0])


def events_redrawn(
    sample: Sample,
    design: AbsorbingDesign,
    nuisance: FloatArray,
    cohorts: FloatArray,
    event_time: IntArray,
    shown: IntArray,
    ends: tuple[int, int] | None,
) -> tuple[FloatArray, FloatArray]:
    """Return effects (R, k) at ``event_time`` (k,) and covariance (R, k, k) under permuted ``cohorts`` (R, N).

    The regression has a dummy for each event time of ``shown`` (m,), pooled at the ``ends``; the design
    ``gathers``.
    """
    x, q, y = _swept(sample, design, nuisance)
    n, t = len(sample.panel.entities), len(sample.panel.times)
    known = np.where(np.isnan(cohorts), np.inf, cohorts)
    dates = np.unique(known)
    event = np.asarray(sample.panel.times, dtype=float) - dates[:, None]
    event = event if ends is None else np.where(np.isinf(event), event, np.clip(event, *ends))
    groups = design.clusters[0].reshape(n, t)[:, 0]
    size, rows = int(groups.max()) + 1, len(y)
    factor = size / (size - 1) * (rows - 1) / (rows - design.parameters(len(shown) + x.shape[1]))
    dummies = (event[:, :, None] == shown).astype(float)
    assigned = np.searchsorted(dates, known)
    beta, matrix = event_draws(y.reshape(n, t), q.reshape(n, t, -1), assigned, dummies, groups, factor)
    place = np.searchsorted(shown, event_time)
    return beta[:, place], matrix[:, place][:, :, place]


def _swept(
    sample: Sample, design: AbsorbingDesign, nuisance: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return controls (n, k) less effects, an orthonormal basis of them, and the outcome (n,) less both."""
    x = design.residualise(nuisance)
    root = np.ones(len(sample.y)) if sample.weight is None else np.sqrt(sample.weight)
    q = np.linalg.qr(x * root[:, None])[0] / root[:, None]
    y = design.residualise(sample.y[:, None])[:, 0]
    return x, q, y - q @ (q.T @ (y * root**2))


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
