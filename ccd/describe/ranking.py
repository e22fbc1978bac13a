"""The regions by D."""

from __future__ import annotations

import pandas as pd

from ccd.arrays import FloatArray
from ccd.panel import Panel
from ccd.results import Ranking


def ranking(panel: Panel, d: FloatArray) -> Ranking:
    """Return each entity's mean D, its D in the first and last year, the change, and its rank by the last year.

    Ties share the better rank and stand in the order of their names.
    """
    wide = pd.Series(d, index=panel.frame.index).unstack()
    first, last = wide[panel.times[0]], wide[panel.times[-1]]
    table = pd.DataFrame({"mean": wide.mean(axis=1), "first": first, "last": last, "change": last - first})
    table["rank"] = table["last"].rank(ascending=False, method="min")
    table = table.rename_axis("entity").reset_index()
    table = table.sort_values(["last", "entity"], ascending=[False, True], ignore_index=True)
    return Ranking(
        entity=tuple(str(name) for name in table["entity"]),
        mean=table["mean"].to_numpy(),
        first=table["first"].to_numpy(),
        last=table["last"].to_numpy(),
        change=table["change"].to_numpy(),
        rank=table["rank"].to_numpy(),
        first_year=panel.times[0],
        last_year=panel.times[-1],
        entity_name=panel.entity_name,
    )
