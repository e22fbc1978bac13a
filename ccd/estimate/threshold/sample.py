"""The rows, threshold variable and regime-dependent columns of a panel threshold model, and its bad input."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ccd.arrays import BoolArray, FloatArray, IntArray
from ccd.estimate.linear.ols import TOLERANCE, demean
from ccd.estimate.rows.influence import few_clusters
from ccd.estimate.rows.sample import Sample, complete, draw_sample
from ccd.estimate.threshold.scan.candidates import Candidates, by_entities, by_rows
from ccd.estimate.threshold.scan.exact import Scan, project, scan
from ccd.panel import Panel
from ccd.words import Name, Text, names, text

if TYPE_CHECKING:
    from ccd.estimate.threshold.spec import Threshold

INTERCEPT = "intercept"


@dataclass(frozen=True)
class ThresholdSample:
    """``sample`` with ``q`` (n,), the raw regime-dependent columns ``regime`` (n, p) and their ``names``.

    ``counted`` (n,) are the rows that belong to a regime: the treated ones under a policy, else all; ``df`` divides
    sigma2.
    """

    sample: Sample
    q: FloatArray
    regime: FloatArray
    names: tuple[str, ...]
    counted: BoolArray
    candidates: Candidates
    df: int
    notes: tuple[Text, ...]


def with_threshold(model: Threshold, panel: Panel) -> Panel:
    """Return the panel whose threshold column is taken at the base year, before the policy, or lagged."""
    column = model.threshold
    if not model.threshold_lag and model.threshold_base is None:
        return panel
    values = panel.column(column)
    if model.threshold_lag:
        values = _earlier(panel, values, model.threshold_lag)
    if model.threshold_base is not None:
        values = _at_base(model, panel, values)
    return panel.with_columns(pd.DataFrame({column: values}, index=panel.frame.index))


def _earlier(panel: Panel, values: FloatArray, years: int) -> FloatArray:
    series = pd.Series(values, index=panel.frame.index)
    index = pd.MultiIndex.from_arrays([panel.frame.index.get_level_values(0), panel.years - years])
    return np.asarray(series.reindex(index), dtype=np.float64)


def _at_base(model: Threshold, panel: Panel, values: FloatArray) -> FloatArray:
    if model.threshold_base == "before":
        starts = panel.cohort(str(model.policy)).to_numpy(dtype=np.float64)
        starts = starts[np.isfinite(starts) & (starts > panel.times[0])]
        rows = panel.years < (starts.min() if len(starts) else np.inf)
    else:
        rows = panel.years == int(model.threshold_base or 0)
        if not rows.any():
            raise model.fail(
                f"threshold_base = {model.threshold_base}: no such year in the panel",
                fix=f"name a year between {panel.times[0]} and {panel.times[-1]}",
            )
    used = rows & np.isfinite(values)
    size = len(panel.entities)
    count = np.bincount(panel.entity_codes[used], minlength=size).astype(float)
    total = np.bincount(panel.entity_codes[used], values[used], minlength=size)
    mean = np.divide(total, count, out=np.full(size, np.nan), where=count > 0)
    return np.asarray(mean[panel.entity_codes])


def draw(model: Threshold, panel: Panel) -> tuple[ThresholdSample, Scan]:
    """Return the sample and, apart because it is large, its scan over the candidates.

    Raises EstimationError where the threshold variable is the outcome, has fewer than three values or leaves
    regimes too thin, where a column does not vary or is collinear, and where one cluster is left.
    """
    sample, controls = _sample(model, panel)
    q = sample.panel.column(model.threshold)
    counted = sample.treated if model.policy is not None else np.ones(len(q), dtype=bool)
    _refuse_few_values(model, q[counted])
    x, columns, notes = _regime_columns(model, sample, q)
    sample = replace(sample, x=controls, controls=model.controls)
    _refuse_unidentified(model, sample, x, columns)
    candidates = _candidates(model, sample, q, counted, every_row=INTERCEPT in columns)
    scanned = _scan(model, sample, x, candidates, columns)
    if scanned.degenerate:
        notes.append(
            text(
                "{count} values of {column} left out as candidates: the regime-dependent columns are collinear "
                "below them",
                count=scanned.degenerate,
                column=Name(model.threshold),
            )
        )
    notes += few_clusters(sample.clusters, where=f"model '{model.name}'")
    df, notes_ = scanned.model.df, (*sample.notes, *notes)
    return ThresholdSample(sample, q, x, tuple(columns), counted, candidates, df, notes_), scanned


def _sample(model: Threshold, panel: Panel) -> tuple[Sample, FloatArray]:
    """Return the complete rows, and their controls; the sample's ``x`` holds the regime columns first."""
    if model.outcome == model.threshold:
        raise model.fail(
            f"the outcome '{model.outcome}' is the threshold variable too",
            fix="split by a lagged or baseline value: threshold_lag = 1, or threshold_base",
        )
    columns = (*model.regimes(), *model.controls)
    prepared = with_threshold(model, model.prepare(panel, columns))
    notes = list(prepared.notes[len(panel.notes) :])
    if model.policy is None or model.regime_intercept:
        prepared, missing = complete(prepared, [model.threshold])
        notes += missing
    where = f"model '{model.name}'"
    sample = draw_sample(prepared, model.outcome, columns, model.policy, model.clusters(), where=where)
    sample = replace(sample, notes=(*notes, *sample.notes))
    if model.policy is not None:
        sample = _with_known_threshold(model, sample)
    if np.array_equal(sample.panel.column(model.threshold), sample.y):
        raise model.fail(
            f"the threshold variable '{model.threshold}' equals the outcome in every row",
            fix="split by a lagged or baseline value, or by another column",
        )
    return sample, sample.x[:, len(model.regimes()) :]


def _regime_columns(
    model: Threshold, sample: Sample, q: FloatArray
) -> tuple[FloatArray, list[str], list[Text]]:
    """Return the regime-dependent columns (n, p), their names, and a note where the intercept is left out."""
    x, columns = sample.x[:, : len(model.regimes())], list(model.regimes())
    if model.policy is not None:
        x, columns = sample.treated.astype(float)[:, None], [model.policy]
    if not model.regime_intercept:
        return x, columns, []
    if _constant_within(q, sample.entity):
        column = Name(model.threshold)
        return (
            x,
            columns,
            [text("{column} never changes within a region: no regime intercept", column=column)],
        )
    return np.column_stack([x, np.ones(len(q))]), [*columns, INTERCEPT], []


def _with_known_threshold(model: Threshold, sample: Sample) -> Sample:
    """Return the sample without treated rows whose threshold variable is missing (a note counts them)."""
    lost = sample.treated & ~np.isfinite(sample.panel.column(model.threshold))
    if not lost.any():
        return sample
    entities = np.array(sample.panel.entities)[np.unique(sample.entity[lost])]
    note = text(
        "{count} treated rows left out, {column} is missing there: {entities}",
        count=int(lost.sum()),
        column=Name(model.threshold),
        entities=names(entities),
    )
    kept = sample.rows(~lost)
    return replace(kept, notes=(*kept.notes, note))


def _constant_within(q: FloatArray, entity: IntArray) -> bool:
    known = np.isfinite(q)
    pairs = np.unique(np.column_stack([entity[known], q[known]]), axis=0)
    return len(pairs) == len(np.unique(entity[known]))


def _refuse_few_values(model: Threshold, q: FloatArray) -> None:
    distinct = np.unique(q)
    if len(distinct) < 2:
        raise model.fail(
            f"the threshold variable '{model.threshold}' is constant",
            fix="take a column that varies",
        )
    if len(distinct) == 2:
        raise model.fail(
            f"the threshold variable '{model.threshold}' has two values, so there is nothing to search",
            fix="compare the two groups instead: heterogeneity = COLUMN, or an interaction",
        )


def _refuse_unidentified(model: Threshold, sample: Sample, x: FloatArray, columns: Sequence[str]) -> None:
    """Raise EstimationError for columns that never vary within regions beside the effects."""
    raw = np.column_stack([sample.x, x])
    listed = [*sample.controls, *columns]
    effects = [sample.entity, sample.time] if model.time_effects else [sample.entity]
    left = np.linalg.norm(demean(raw, effects), axis=0)
    spread = np.linalg.norm(raw - raw.mean(axis=0), axis=0)
    gone = [
        name
        for name, rest, whole in zip(listed, left, spread, strict=True)
        if name != INTERCEPT and rest <= TOLERANCE * max(whole, np.finfo(float).tiny)
    ]
    if gone:
        raise model.fail(
            f"{', '.join(gone)}: no variation is left after the fixed effects",
            fix="leave it out, or take a column that varies within regions differently over time",
        )


def _candidates(
    model: Threshold, sample: Sample, q: FloatArray, counted: BoolArray, *, every_row: bool
) -> Candidates:
    if model.policy is None:
        found = by_rows(q, model.trim)
        what = f"{found.least} rows (trim = {model.trim:g})"
    else:
        least = model.least_entities(int(np.isfinite(sample.entity_cohort).sum()))
        found = by_entities(q, counted, sample.entity, least, every_row=every_row)
        what = f"{found.least} treated regions"
    if not found.size:
        raise model.fail(
            f"no value of '{model.threshold}' leaves {what} on both sides",
            fix="take a smaller trim, more regions, or a threshold variable with fewer ties",
        )
    return found


def _scan(
    model: Threshold, sample: Sample, x: FloatArray, candidates: Candidates, columns: Sequence[str]
) -> Scan:
    """Return the scan of scaled columns; an intercept lets the others be centred, which keeps digits."""
    if INTERCEPT in columns:
        x = np.where(np.array(columns) == INTERCEPT, x, x - x.mean(axis=0))
    x = x / np.sqrt(np.mean(x**2, axis=0))
    plain = [j for j, name in enumerate(columns) if name != INTERCEPT]
    time = sample.time if model.time_effects else None
    projected = project(sample.y, np.column_stack([sample.x, x[:, plain]]), sample.entity, time)
    if projected.dependent:
        listed = [*sample.controls, *(columns[j] for j in plain)]
        raise model.fail(
            f"{', '.join(listed[j] for j in projected.dependent)}: collinear with the other regressors",
            fix="leave it out",
        )
    if projected.ssr <= 1e-20 * max(float(np.sum(sample.y**2)), np.finfo(float).tiny):
        raise model.fail(
            f"the outcome '{model.outcome}' has no variation left to explain",
            fix="look for a regressor or effect that implies it",
        )
    found = scan(projected, x, candidates)
    if found.degenerate == candidates.size:
        raise model.fail(
            f"{', '.join(columns)}: collinear within every regime",
            fix="leave one of the regime-dependent columns out",
        )
    return found
