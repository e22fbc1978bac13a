"""From the rows to the thresholds: search, tests, sets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from ccd.estimate.rows.influence import few_clusters
from ccd.estimate.rows.sampling import note_list
from ccd.estimate.threshold.moments import moments, too_few
from ccd.estimate.threshold.plan import Plan, plan
from ccd.estimate.threshold.sample import ThresholdSample, draw_threshold_sample
from ccd.estimate.threshold.scan.bootstrap import observed
from ccd.estimate.threshold.scan.candidates import Candidates
from ccd.estimate.threshold.scan.exact import Scan
from ccd.estimate.threshold.scan.joint import LIMIT, Pair, joint
from ccd.estimate.threshold.scan.sets import Curve, curves
from ccd.estimate.threshold.settings import Settings
from ccd.estimate.threshold.stages import Stage, Tested, run_stages
from ccd.estimate.threshold.variable import measured_after
from ccd.panel import Panel
from ccd.results import Split
from ccd.streams import Stream
from ccd.words import Text, text


@dataclass(frozen=True)
class FittedThresholds:
    """All that the search found: tests, the curves of each model by its number of thresholds, the joint optimum.

    ``df`` divides sigma2; ``split`` holds the ``chosen`` number of thresholds. ``data_notes`` are on the rows and
    candidates, ``notes`` on the tests.
    """

    data: ThresholdSample
    candidates: Candidates
    df: int
    plan: Plan
    stages: Sequence[Stage]
    chosen: int
    curves: Mapping[int, Sequence[Curve]]
    split: Split
    joint: Pair | None
    data_notes: tuple[Text, ...]
    notes: tuple[Text, ...]

    @property
    def chosen_curves(self) -> Sequence[Curve]:
        """Return the curves of the chosen model; none where it has no threshold."""
        return self.curves.get(self.chosen, ())


def fit_thresholds(model: Settings, panel: Panel, prepared: Panel, stream: Stream) -> FittedThresholds:
    """Return thresholds, tests and sets (METHODS 6) on the ``prepared`` region-years of ``panel``.

    Raises EstimationError for a threshold variable with fewer than three values, regimes too thin for the trim,
    collinear columns, too few regions.
    """
    data = draw_threshold_sample(model, prepared, note_list(panel, prepared))
    scan, degenerate = moments(model, data)
    lone = few_clusters(data.sample.clusters, where=model.where)
    after = [] if model.policy is None else measured_after(model, panel, data.sample)
    how, notes = plan(model, data.sample)
    search = observed(scan)
    tested = run_stages(search, how, stream, model.number, model.level, partial(too_few, data))
    untested = _untested(model, tested)
    known = np.where(data.counted, data.q, np.nan)
    found = {
        stage.number: curves(scan, search, stage.slots, stage.refined_ssr, known) for stage in tested.stages
    }
    pair, large = _joint(model, scan, tested.stages)
    chosen = [scan.candidates.value[curve.estimate] for curve in found.get(tested.chosen, ())]
    return FittedThresholds(
        data=data,
        candidates=scan.candidates,
        df=scan.model.df,
        plan=how,
        stages=tested.stages,
        chosen=tested.chosen,
        curves=found,
        split=Split(model.threshold, tuple(float(value) for value in chosen)),
        joint=pair,
        data_notes=(*data.notes, *degenerate, *lone),
        notes=(*after, *notes, *untested, *large),
    )


def _untested(model: Settings, tested: Tested) -> list[Text]:
    """Return a note on the first number of thresholds that could not be tested; an error where it is asked for."""
    if not tested.untested:
        return []
    if model.number != "auto" or not tested.stages:
        raise model.fail(tested.untested, fix=text("ask for fewer thresholds, or a smaller trim"))
    return [
        text(
            "{number} {number:threshold|thresholds} not tested: the sample is too small or the trim "
            "too large",
            number=len(tested.stages) + 1,
        )
    ]


def _joint(model: Settings, scan: Scan, stages: Sequence[Stage]) -> tuple[Pair | None, list[Text]]:
    """Return the joint optimum of two where two were tested; a note where there are too many candidates."""
    if not model.joint or not any(stage.number == 2 for stage in stages):
        return None, []
    size = scan.candidates.size
    if size <= LIMIT:
        return joint(scan), []
    note = text(
        "The joint optimum of two thresholds was not searched for: {count} candidates are more than {limit}",
        count=size,
        limit=LIMIT,
    )
    return None, [note]
