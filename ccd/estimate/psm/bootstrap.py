"""Score and matching as one step that can be run again under bootstrap counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from ccd.arrays import FloatArray
from ccd.errors import EstimationError
from ccd.estimate.matching import Score, Settings, Units, caliper_in_score, fit_score, match
from ccd.estimate.matching.score import LinkName
from ccd.estimate.psm.design import Design
from ccd.estimate.psm.regression import weighted_did
from ccd.estimate.rows.influence import entity_clusters
from ccd.estimate.rows.sample import Sample


@dataclass(frozen=True)
class Pipeline:
    """What turns a design into matched units."""

    design: Design
    link: LinkName
    columns: tuple[str, ...]
    settings: Settings
    caliper_scale: str
    where: str

    def scored(self, count: FloatArray | None) -> tuple[Score | None, Units, Settings]:
        """Return the score (None where each period has its own), the scored units, and the caliper on the score.

        ``count`` (n,) says how often each unit stands. Raises EstimationError as ``fit_score`` does.
        """
        d, fitted = self.design, None
        if d.separate and d.periods is not None:
            probability = np.zeros(len(d.treated))
            for period in np.unique(d.periods):
                mine = d.periods == period
                place = f"{self.where}, {int(d.when[mine][0])}"
                often = None if count is None else count[mine]
                one = fit_score(d.x[mine], d.treated[mine], self.link, self.columns, often, where=place)
                probability[mine] = one.probability
        else:
            fitted = fit_score(d.x, d.treated, self.link, self.columns, count, d.periods, self.where)
            probability = fitted.probability
        settings = self.settings
        if settings.caliper is not None and self.caliper_scale == "sd":
            caliper = caliper_in_score(settings.caliper, probability, d.treated)
            settings = replace(settings, caliper=caliper)
        return fitted, d.units(probability, self.columns, count), settings


def draws(
    pipeline: Pipeline, sample: Sample, keys: Sequence[str], number: int, rng: np.random.Generator
) -> FloatArray:
    """Return the estimates (draws that succeed, k) of ``number`` bootstrap samples of clusters.

    A region drawn twice counts twice in the score, in the matching and in the regression, which is the
    same as standing there twice. Raises EstimationError when more than half of the draws fail.
    """
    groups = entity_clusters(sample, where=pipeline.where)
    if len(groups) > 1:
        raise EstimationError(
            "the bootstrap draws one kind of cluster", where=pipeline.where, fix="name one in cluster"
        )
    size, found = int(groups[0].max()) + 1, []
    for _ in range(number):
        often = np.bincount(rng.integers(0, size, size), minlength=size)[groups[0]].astype(float)
        try:
            found.append(_once(pipeline, sample, keys, often))
        except EstimationError:
            continue  # counted by the caller: separated scores, means that cannot be balanced
    if len(found) < max(2, number / 2):
        raise EstimationError(
            f"{number - len(found)} of {number} bootstrap draws have no score or no match",
            where=pipeline.where,
            fix="match on fewer columns, or leave the bootstrap out",
        )
    return np.array(found)


def _once(pipeline: Pipeline, sample: Sample, keys: Sequence[str], often: FloatArray) -> FloatArray:
    _, units, settings = pipeline.scored(often[pipeline.design.entity])
    matched = match(units, settings)
    weight = pipeline.design.row_weights(matched.weight, sample) * often[sample.entity]
    return weighted_did(sample, weight, keys, pipeline.where).beta
