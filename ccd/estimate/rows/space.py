"""The weights of a model on its regions, and the balanced panel that spatial lags need."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ccd.arrays import FloatArray
from ccd.errors import DataError, EstimationError, Words
from ccd.panel import Panel
from ccd.spatial_weights import SpatialWeights
from ccd.words import text


def weights_of(
    panel: Panel, name: str, outcomes: Sequence[str], *, where: Words, alone: bool = False
) -> SpatialWeights:
    """Return the weights ``name`` among the regions of ``panel``, standardised again.

    Raises DataError where a region has no neighbour, and where the weights are made of one of the ``outcomes``.
    """
    weights = panel.spatial(name)
    for outcome in outcomes:
        made = {outcome} | panel.made_of.get(outcome, frozenset())
        for column in weights.columns:
            if ({column} | panel.made_of.get(column, frozenset())) & made:
                raise DataError(
                    text(
                        "the weights '{name}' are made of '{column}', which is part of the outcome '{outcome}'",
                        name=name,
                        column=column,
                        outcome=outcome,
                    ),
                    where=where,
                    fix=text("make them of a column that the outcome does not hold, or of places"),
                )
    return weights.among(panel.entities, where=where, alone=alone)


def refuse_gaps(panel: Panel, columns: Sequence[str], *, where: Words) -> None:
    """Raise EstimationError naming the region-years that have no row, or a missing cell in ``columns``."""
    rows = {(str(entity), int(year)) for entity, year in panel.frame.index}
    gone = [f"{i} {t}" for i in panel.entities for t in panel.times if (i, t) not in rows]
    what, fix = text("no row"), text("name years and drop = [..] that leave a balanced panel")
    for column in dict.fromkeys(columns):
        if gone:
            break
        bad = ~np.isfinite(panel.column(column))
        gone = [f"{i} {t}" for i, t in panel.frame.index[bad]]
        what = text("no '{column}'", column=column)
        fix = text("fill them, or name years and drop = [..] that leave a balanced panel")
    if gone:
        listed = (*gone[:8], *([".."] if len(gone) > 8 else []))
        raise EstimationError(
            text(
                "a spatial lag needs a balanced panel: {listed} {count:has|have} {what}",
                listed=listed,
                count=len(gone),
                what=what,
            ),
            where=where,
            fix=fix,
        )


def wide(panel: Panel, values: FloatArray) -> FloatArray:
    """Return ``values`` (n, ..) of a balanced panel as (N, T, ..)."""
    return values.reshape(len(panel.entities), len(panel.times), *values.shape[1:])
