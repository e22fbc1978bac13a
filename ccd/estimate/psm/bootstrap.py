"""The cluster bootstrap of score, matching and regression."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ccd.arrays import FloatArray
from ccd.errors import EstimationError
from ccd.estimate.matching import match
from ccd.estimate.psm.pipeline import Pipeline
from ccd.estimate.psm.regression import weighted_did
from ccd.estimate.rows.influence import entity_clusters
from ccd.estimate.rows.sample import Sample
from ccd.progress import told
from ccd.words import text


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
            text("the bootstrap draws one kind of cluster"),
            where=pipeline.where,
            fix=text("name one in cluster"),
        )
    size, found = int(groups[0].max()) + 1, []
    for _ in told(range(number), "draws", number):
        often = np.bincount(rng.integers(0, size, size), minlength=size)[groups[0]].astype(float)
        try:
            found.append(_once(pipeline, sample, keys, often))
        except EstimationError:
            continue  # counted by the caller: separated scores, means that cannot be balanced
    if len(found) < max(2, number / 2):
        raise EstimationError(
            text(
                "{failed} of {draws} bootstrap draws have no score or no match",
                failed=number - len(found),
                draws=number,
            ),
            where=pipeline.where,
            fix=text("match on fewer columns, or leave the bootstrap out"),
        )
    return np.array(found)


def _once(pipeline: Pipeline, sample: Sample, keys: Sequence[str], often: FloatArray) -> FloatArray:
    _, units, settings = pipeline.scored(often[pipeline.design.entity])
    matched = match(units, settings)
    weight = pipeline.design.row_weights(matched.weight, sample) * often[sample.entity]
    return weighted_did(sample, weight, keys, pipeline.where).beta
