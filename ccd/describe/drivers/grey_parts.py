"""Grey relational degrees of the factors of one variable."""

from __future__ import annotations

import numpy as np

from ccd.describe.drivers.grey import grey_degrees, ranks, scaled
from ccd.describe.keys import GreyKeys
from ccd.describe.wide import About
from ccd.errors import DataError
from ccd.results import GreyDegrees, Part, Value
from ccd.words import Figure, text

#: Distinguishing coefficients whose ranks stand beside.
RHOS = tuple(k / 10 for k in range(1, 10))


def grey_parts(about: About, keys: GreyKeys) -> list[Part[Value]]:
    """Return ``grey``. Raises DataError for a series that cannot be scaled."""
    wide, gone = about.wide.whole()
    kept = np.isin(np.array(about.panel.entities), np.array(wide.regions))
    series = {wide.variable: wide.x, **{name: about.of(name)[kept] for name in keys.factors}}
    for name, x in series.items():
        bad = np.isnan(x).any() or np.ptp(x) == 0
        if bad or (keys.scale != "minmax" and (x <= 0).any()):
            raise DataError(
                text(
                    "'{name}' is missing somewhere, does not vary, or is not positive as its scale needs",
                    name=name,
                ),
                where=text("study, {key}", key="describe.grey"),
                fix=text('leave it out, or take scale = "minmax"'),
            )
    reference, *factors = (scaled(x, keys.scale) for x in series.values())
    stacked = np.stack(factors)
    degree = grey_degrees(reference, stacked, keys.rho)
    beside = np.stack([ranks(grey_degrees(reference, stacked, rho)) for rho in RHOS])
    order = np.argsort(-degree, kind="stable")
    value = GreyDegrees(
        factor=tuple(keys.factors[k] for k in order),
        degree=degree[order],
        rank=ranks(degree)[order],
        rank_low=beside.min(axis=0)[order],
        rank_high=beside.max(axis=0)[order],
        variable=wide.variable,
    )
    note = text(
        "rho = {rho}; ranks beside are the best and the worst over rho from 0.1 to 0.9. Degrees have no test",
        rho=Figure(keys.rho, 2),
    )
    return [Part(value, notes=(*gone, note))]
