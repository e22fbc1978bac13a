"""Weights of regions: one for each, the same in every year."""

from __future__ import annotations

import numpy as np

from ccd.arrays import FloatArray
from ccd.errors import EstimationError, Words
from ccd.estimate.rows.sample import Sample
from ccd.words import text

#: Weights of one region that differ by less than this share count as one.
SAME = 1e-9


def region_weights(sample: Sample, *, where: Words) -> FloatArray | None:
    """Return the weight of each region (N,), their mean 1; None where the sample has none.

    Raises EstimationError naming the first region whose weight changes over the years.
    """
    if sample.weight is None:
        return None
    size = len(sample.panel.entities)
    low, high = np.full(size, np.inf), np.zeros(size)
    np.minimum.at(low, sample.entity, sample.weight)
    np.maximum.at(high, sample.entity, sample.weight)
    moving = np.flatnonzero(high - low > SAME * high)
    if len(moving):
        raise EstimationError(
            text("the weight of {region} changes over the years", region=sample.panel.entities[moving[0]]),
            where=text("{where}, {key}", where=where, key="weight"),
            fix=text(
                "weigh regions by a column that is constant within them, such as a population before treatment"
            ),
        )
    return np.asarray(low / low.mean())
