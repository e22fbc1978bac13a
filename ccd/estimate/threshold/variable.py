"""The threshold variable: lagged, at a base year or before a policy, and whether a policy may have moved it."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ccd.arrays import FloatArray
from ccd.estimate.rows.sample import Sample
from ccd.estimate.threshold.settings import Settings
from ccd.panel import Panel
from ccd.words import Name, Text, text


def with_threshold(model: Settings, panel: Panel) -> Panel:
    """Return the panel whose threshold column is taken at the base year, before the policy, or lagged."""
    column = model.threshold
    if not model.threshold_lag and model.threshold_base is None:
        return panel
    values = panel.column(column)
    if model.threshold_lag:
        values = panel.lagged([column], model.threshold_lag)[column].to_numpy()
    if model.threshold_base is not None:
        values = _at_base(model, panel, values)
    return panel.with_columns(pd.DataFrame({column: values}, index=panel.frame.index))


def _at_base(model: Settings, panel: Panel, values: FloatArray) -> FloatArray:
    if model.threshold_base == "before":
        starts = panel.cohort(str(model.policy)).to_numpy(dtype=np.float64)
        starts = starts[np.isfinite(starts) & (starts > panel.times[0])]
        rows = panel.years < (starts.min() if len(starts) else np.inf)
    else:
        rows = panel.years == int(model.threshold_base or 0)
        if not rows.any():
            raise model.fail(
                text(
                    "threshold_base = {threshold_base}: no such year in the panel",
                    threshold_base=model.threshold_base,
                ),
                fix=text(
                    "name a year between {first} and {last}", first=panel.times[0], last=panel.times[-1]
                ),
            )
    used = rows & np.isfinite(values)
    size = len(panel.entities)
    count = np.bincount(panel.entity_codes[used], minlength=size).astype(float)
    total = np.bincount(panel.entity_codes[used], values[used], minlength=size)
    mean = np.divide(total, count, out=np.full(size, np.nan), where=count > 0)
    return np.asarray(mean[panel.entity_codes])


def measured_after(model: Settings, panel: Panel, sample: Sample) -> list[Text]:
    """Return a warning where q is measured after treatment; raises EstimationError unless the study allows it.

    A value that a region already had before treatment, or that is another column's of some years earlier,
    is taken as measured before.
    """
    if model.threshold_lag or model.threshold_base is not None:
        return []
    q = sample.panel.column(model.threshold)
    if not _varies_after(q, sample) or _is_lag(panel, model.threshold):
        return []
    if not model.allow_post_treatment:
        raise model.fail(
            text(
                "'{threshold}' changes within regions after '{policy}' begins: "
                "it may itself be an effect of the policy",
                threshold=model.threshold,
                policy=model.policy,
            ),
            fix=text(
                'set threshold_base = "before" (or a year), threshold_lag = 1, or allow_post_treatment = true'
            ),
        )
    return [
        text(
            "{column} is measured after {policy} began and may itself be an effect of it",
            column=Name(model.threshold),
            policy=Name(str(model.policy)),
        )
    ]


def _varies_after(q: FloatArray, sample: Sample) -> bool:
    """Tell whether some entity's treated rows hold a value of q that no untreated row of it has.

    A value held from before treatment is known from a row before; an entity without any value before passes
    when its treated rows agree.
    """
    entity, size = sample.entity, len(sample.panel.entities)
    known = np.isfinite(q)
    treated, before = sample.treated & known, ~sample.treated & known
    value = np.full(size, np.nan)
    value[entity[treated]] = q[treated]
    if np.any(q[treated] != value[entity[treated]]):
        return True
    seen = np.bincount(entity[before], minlength=size) > 0
    same = np.bincount(entity[before], q[before] == value[entity[before]], minlength=size) > 0
    return bool(np.any(np.isfinite(value) & seen & ~same))


def _is_lag(panel: Panel, column: str) -> bool:
    """Tell whether a column holds, in every row that can be checked, another one's value of k years before."""
    q = panel.column(column)
    for years in range(1, len(panel.times)):
        at = panel.earlier(years)
        rows = np.flatnonzero((at >= 0) & np.isfinite(q))
        for name in panel.frame.columns.drop(column):
            values = panel.column(str(name))
            if all(_agree(q[some], values[at[some]]) for some in (rows[:256], rows)):
                return True
    return False


def _agree(one: FloatArray, two: FloatArray) -> bool:
    known = np.isfinite(two)
    return bool(known.any() and np.array_equal(one[known], two[known]))
