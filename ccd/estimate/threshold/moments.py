"""From a sample to the moments at every candidate, and what is refused because it identifies nothing."""

from __future__ import annotations

from math import ceil

import numpy as np

from ccd.estimate.linear.ols import TOLERANCE, demean
from ccd.estimate.threshold.sample import INTERCEPT, ThresholdSample
from ccd.estimate.threshold.scan.candidates import Candidates, by_entities, by_rows
from ccd.estimate.threshold.scan.exact import Scan, project, scan
from ccd.estimate.threshold.settings import Settings
from ccd.words import Name, Text, text

#: Regions that every regime asks for.
PER_REGIME = 5


def least_entities(treated: int) -> int:
    """Return how many treated regions each regime of a policy keeps: 5, or 10 % if that is more."""
    return max(PER_REGIME, ceil(0.10 * treated))


def too_few(data: ThresholdSample, number: int) -> Text | None:
    """Return in words that there are too few regions for ``number`` thresholds; None where there are enough."""
    regions = len(np.unique(data.sample.entity[data.counted]))
    if regions >= PER_REGIME * (number + 1):
        return None
    return text(
        "{regions} regions are too few for {count} regimes of {least} at least",
        regions=regions,
        count=number + 1,
        least=PER_REGIME,
    )


def moments(model: Settings, data: ThresholdSample) -> tuple[Scan, list[Text]]:
    """Return the moments at every candidate, and a note on the candidates that identify nothing.

    Raises EstimationError where the trim leaves no candidate, where a column does not vary or is collinear.
    """
    _refuse_unidentified(model, data)
    candidates = _candidates(model, data)
    found = _scan(model, data, candidates)
    if not found.degenerate:
        return found, []
    note = text(
        "{count} {count:value|values} of {column} left out as {count:candidate|candidates}: the "
        "regime-dependent columns are collinear below {count:it|them}",
        count=found.degenerate,
        column=Name(model.threshold),
    )
    return found, [note]


def _refuse_unidentified(model: Settings, data: ThresholdSample) -> None:
    """Raise EstimationError for columns that never vary within regions beside the effects."""
    sample = data.sample
    raw = np.column_stack([sample.x, data.regime])
    listed = [*sample.controls, *data.names]
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
            text("{columns}: no variation is left after the fixed effects", columns=tuple(gone)),
            fix=text("leave it out, or take a column that varies within regions differently over time"),
        )


def _candidates(model: Settings, data: ThresholdSample) -> Candidates:
    if model.policy is None:
        found = by_rows(data.q, model.trim)
        what = text("{count} {count:row|rows} (trim = {trim:g})", count=found.least, trim=model.trim)
    else:
        least = least_entities(int(np.isfinite(data.sample.entity_cohort).sum()))
        found = by_entities(data.q, data.counted, data.sample.entity, least, every_row=data.intercept)
        what = text("{count} treated regions", count=found.least)
    if not found.size:
        raise model.fail(
            text(
                "no value of '{threshold}' leaves {what} on both sides", threshold=model.threshold, what=what
            ),
            fix=text("take a smaller trim, more regions, or a threshold variable with fewer ties"),
        )
    return found


def _scan(model: Settings, data: ThresholdSample, candidates: Candidates) -> Scan:
    """Return the scan of scaled columns; an intercept lets the others be centred, which keeps digits."""
    sample, x, columns = data.sample, data.regime, data.names
    if data.intercept:
        x = np.where(np.array(columns) == INTERCEPT, x, x - x.mean(axis=0))
    x = x / np.sqrt(np.mean(x**2, axis=0))
    plain = [j for j, name in enumerate(columns) if name != INTERCEPT]
    time = sample.time if model.time_effects else None
    projected = project(sample.y, np.column_stack([sample.x, x[:, plain]]), sample.entity, time)
    if projected.dependent:
        listed = [*sample.controls, *(columns[j] for j in plain)]
        raise model.fail(
            text(
                "{columns}: collinear with the other regressors",
                columns=tuple(listed[j] for j in projected.dependent),
            ),
            fix=text("leave it out"),
        )
    if projected.ssr <= 1e-20 * max(float(np.sum(sample.y**2)), np.finfo(float).tiny):
        raise model.fail(
            text("the outcome '{outcome}' has no variation left to explain", outcome=model.outcome),
            fix=text("look for a regressor or effect that implies it"),
        )
    found = scan(projected, x, candidates)
    if found.degenerate == candidates.size:
        raise model.fail(
            text("{columns}: collinear within every regime", columns=tuple(columns)),
            fix=text("leave one of the regime-dependent columns out"),
        )
    return found
