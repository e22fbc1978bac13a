"""The rows, the threshold variable and the regime-dependent columns of a panel threshold model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from ccd.arrays import BoolArray, FloatArray, IntArray
from ccd.estimate.rows.sample import Sample, complete, draw_sample
from ccd.estimate.threshold.settings import Settings
from ccd.estimate.threshold.variable import with_threshold
from ccd.panel import Panel
from ccd.words import Name, Text, names, text

INTERCEPT = "intercept"


@dataclass(frozen=True)
class ThresholdSample:
    """``sample`` with ``q`` (n,), the raw regime-dependent columns ``regime`` (n, p) and their ``names``.

    ``counted`` (n,) are the rows that belong to a regime: the treated ones under a policy, else all.
    """

    sample: Sample
    q: FloatArray
    regime: FloatArray
    names: tuple[str, ...]
    counted: BoolArray
    notes: tuple[Text, ...]

    @property
    def intercept(self) -> bool:
        """Tell whether the level too depends on the regime."""
        return INTERCEPT in self.names


def draw_threshold_sample(model: Settings, prepared: Panel, notes: Sequence[Text] = ()) -> ThresholdSample:
    """Return the complete rows of the ``prepared`` panel; ``notes`` say how it was prepared.

    Rows without a threshold value, where one is needed, leave with a note.
    Raises EstimationError where the threshold variable is the outcome or has fewer than three values.
    """
    if model.outcome == model.threshold:
        raise model.fail(
            text("the outcome '{outcome}' is the threshold variable too", outcome=model.outcome),
            fix=text("split by a lagged or baseline value: threshold_lag = 1, or threshold_base"),
        )
    columns = (*model.regimes, *model.controls)
    prepared = with_threshold(model, prepared)
    if model.policy is None or model.regime_intercept:
        prepared, missing = complete(prepared, [model.threshold])
        notes = (*notes, *missing)
    sample = draw_sample(prepared, model.outcome, columns, model.policy, model.clusters, where=model.where)
    sample = replace(sample, notes=(*notes, *sample.notes))
    if model.policy is not None:
        sample = _with_known_threshold(model, sample)
    q = sample.panel.column(model.threshold)
    if np.array_equal(q, sample.y):
        raise model.fail(
            text(
                "the threshold variable '{threshold}' equals the outcome in every row",
                threshold=model.threshold,
            ),
            fix=text("split by a lagged or baseline value, or by another column"),
        )
    counted = sample.treated if model.policy is not None else np.ones(len(q), dtype=bool)
    _refuse_few_values(model, q[counted])
    x, listed, more = _regime_columns(model, sample, q)
    controls = sample.x[:, len(model.regimes) :]
    sample = replace(sample, x=controls, controls=model.controls)
    return ThresholdSample(sample, q, x, tuple(listed), counted, (*sample.notes, *more))


def _regime_columns(
    model: Settings, sample: Sample, q: FloatArray
) -> tuple[FloatArray, list[str], list[Text]]:
    """Return the regime-dependent columns (n, p), their names, and a note where the intercept is left out."""
    x, columns = sample.x[:, : len(model.regimes)], list(model.regimes)
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


def _with_known_threshold(model: Settings, sample: Sample) -> Sample:
    """Return the sample without treated rows whose threshold variable is missing (a note counts them)."""
    lost = sample.treated & ~np.isfinite(sample.panel.column(model.threshold))
    if not lost.any():
        return sample
    entities = np.array(sample.panel.entities)[np.unique(sample.entity[lost])]
    note = text(
        "{count} treated {count:row|rows} left out, {column} is missing there: {entities}",
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


def _refuse_few_values(model: Settings, q: FloatArray) -> None:
    distinct = np.unique(q)
    if len(distinct) < 2:
        raise model.fail(
            text("the threshold variable '{threshold}' is constant", threshold=model.threshold),
            fix=text("take a column that varies"),
        )
    if len(distinct) == 2:
        raise model.fail(
            text(
                "the threshold variable '{threshold}' has two values, so there is nothing to search",
                threshold=model.threshold,
            ),
            fix=text("compare the two groups instead: heterogeneity = COLUMN, or an interaction"),
        )
