"""The policy's effects by regime under permuted cohorts, the thresholds searched anew in each deal."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

import numpy as np

from ccd.arrays import FloatArray
from ccd.errors import EstimationError
from ccd.estimate.linear.studentised import LEAST, followed
from ccd.estimate.rows.deals import dealt, few_treated
from ccd.estimate.threshold.moments import moments
from ccd.estimate.threshold.regime_effects import ESTIMATORS
from ccd.estimate.threshold.sample import ThresholdSample
from ccd.estimate.threshold.scan.bootstrap import observed
from ccd.estimate.threshold.settings import Settings
from ccd.estimate.threshold.slopes import Slopes, slopes
from ccd.estimate.threshold.stages import Stage, next_stage
from ccd.results import Split, Terms
from ccd.streams import Stream
from ccd.words import Name, Text, text

#: Deals of the estimators beside the slopes.
BESIDE = 499


@dataclass(frozen=True)
class Redrawn:
    """t ``drawn`` (R, 3, m + 1) of the policy's effect in each regime by each of ESTIMATORS under R deals.

    nan where a deal does not identify it, and beyond BESIDE deals for all but the slopes.
    """

    policy: str
    fitted: Slopes
    drawn: FloatArray

    def __len__(self) -> int:
        """Return the number of deals."""
        return len(self.drawn)


def redraw(
    model: Settings, data: ThresholdSample, fitted: Slopes, stream: Stream
) -> tuple[Redrawn | None, list[Text]]:
    """Return the deals that lead the policy's effects, None where the analytic p-values do, and notes on why.

    Cohorts are dealt to the regions, and as many thresholds as the model has are searched for anew in every deal:
    they stand where effects differ most, so that deals at the thresholds of the data would find p too small.
    """
    if model.policy is None or model.deals < LEAST or not few_treated(data.sample):
        return None, []
    if not np.isfinite(data.q).all():
        return None, [
            text(
                "Analytic p-values though few regions are treated: {column} is missing in untreated rows, so that "
                "cohorts cannot be dealt to them",
                column=Name(model.threshold),
            )
        ]
    count = len(fitted.split.thresholds)
    drawn = np.full((model.deals, len(ESTIMATORS), count + 1), np.nan)
    for r, cohort in enumerate(dealt(data.sample, model.deals, stream)):
        with suppress(EstimationError):  # the deal leaves too few treated regions on a side of every value
            other = under(data, cohort)
            drawn[r] = statistics(model, other, searched(model, other, count), beside=r < BESIDE)
    return Redrawn(model.policy, fitted, drawn), []


def under(data: ThresholdSample, cohort: FloatArray) -> ThresholdSample:
    """Return the rows as they would be had the regions the cohorts (N,) of a deal."""
    sample = replace(data.sample, cohort=cohort[data.sample.entity])
    regime = np.column_stack([sample.treated.astype(float), data.regime[:, 1:]])
    return replace(data, sample=sample, regime=regime, counted=sample.treated)


def searched(model: Settings, data: ThresholdSample, count: int) -> Slopes:
    """Return the slopes at the best ``count`` thresholds. Raises EstimationError where there is no place for them."""
    values: Sequence[float] = ()
    if count:
        scan, _ = moments(model, data)
        search = observed(scan)
        stage: Stage | None = None
        for number in range(1, count + 1):
            stage = next_stage(search, stage)
            if stage is None:
                raise model.fail(
                    text("no value leaves room for {number} regimes", number=number + 1),
                    fix=text("ask for fewer thresholds"),
                )
            slots = stage.slots
        values = np.sort(scan.candidates.value[scan.blocks.candidate(slots)]).tolist()
    return slopes(data, Split(model.threshold, tuple(values)), time_effects=model.time_effects)


def statistics(model: Settings, data: ThresholdSample, fitted: Slopes, *, beside: bool) -> FloatArray:
    """Return t (3, m + 1) by each of ESTIMATORS, nan where it is not identified; ``beside``: not of slopes alone."""
    shown = ESTIMATORS if beside else ESTIMATORS[:1]
    found = np.full((len(ESTIMATORS), len(fitted.split.thresholds) + 1), np.nan)
    for j, estimator in enumerate(shown):
        found[j] = estimator(model, data, fitted).effects.statistic
    return np.where(np.isfinite(found), found, np.nan)


def led_slopes(redrawn: Redrawn) -> tuple[Terms, list[Text]]:
    """Return the terms whose policy slopes are led by the permutation, and the note that says so."""
    terms = redrawn.fitted.terms
    own = [owner == redrawn.policy for owner in redrawn.fitted.owner]
    drawn = np.full((len(redrawn), len(terms)), np.nan)
    drawn[:, own] = redrawn.drawn[:, 0]
    led, known = followed(terms, drawn)
    if not known.any():
        return terms, []
    note = text(
        "p-values and intervals of {policy} by regime: studentised permutation of the cohorts ({draws} draws, p in "
        "steps of 1/{steps}, thresholds searched anew in each); p-values of the tests are the bootstrap's",
        policy=Name(redrawn.policy),
        draws=len(redrawn),
        steps=len(redrawn) + 1,
    )
    return led, [note]
