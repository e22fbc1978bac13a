"""The weights of a model on its regions, and the balanced panel that spatial lags need."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ccd.arrays import FloatArray
from ccd.errors import DataError, EstimationError
from ccd.panel import Panel
from ccd.spatial_weights import SpatialWeights


def weights_of(
    panel: Panel, name: str, outcomes: Sequence[str], *, where: str, alone: bool = False
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
                    f"the weights '{name}' are made of '{column}', which is part of the outcome '{outcome}'",
                    where=where,
                    fix="make them of a column that the outcome does not hold, or of places",
                )
    return weights.among(panel.entities, where=where, alone=alone)


def refuse_gaps(panel: Panel, columns: Sequence[str], *, where: str) -> None:
    """Raise EstimationError naming the region-years that have no row, or a missing cell in ``columns``."""
    rows = {(str(entity), int(year)) for entity, year in panel.frame.index}
    gone = [f"{i} {t}" for i in panel.entities for t in panel.times if (i, t) not in rows]
    what, fix = "no row", "name years and drop = [..] that leave a balanced panel"
    for column in dict.fromkeys(columns):
        if gone:
            break
        bad = ~np.isfinite(panel.column(column))
        gone = [f"{i} {t}" for i, t in panel.frame.index[bad]]
        what, fix = f"no '{column}'", "fill them, or name years and drop = [..] that leave a balanced panel"
    if gone:
        listed = ", ".join(gone[:8]) + (", .." if len(gone) > 8 else "")
        raise EstimationError(
            f"a spatial lag needs a balanced panel: {listed} {'has' if len(gone) == 1 else 'have'} {what}",
            where=where,
            fix=fix,
        )


def wide(panel: Panel, values: FloatArray) -> FloatArray:
    """Return ``values`` (n, ..) of a balanced panel as (N, T, ..)."""
    return values.reshape(len(panel.entities), len(panel.times), *values.shape[1:])
