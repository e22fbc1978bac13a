"""Shape ``coupling``: D of every region and year."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ccd.report.figures import canvas, heat_map
from ccd.report.marks import mark_rows
from ccd.report.views.base import Context, View
from ccd.report.views.maps import MAPS
from ccd.results import Coupling, Part
from ccd.words import Name, Text, text

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: More regions than this stand without their names.
NAMED = 60


def figure(part: Part[Coupling], ctx: Context) -> Figure:
    """Return a heat map of D, region x year, regions from the highest D of the last year down."""
    entities, years, wide = part.value.wide(part.value.d)
    order = np.argsort(-wide[:, -1], kind="stable")
    named = len(entities) <= NAMED
    drawn, axes = canvas(0.9 + 0.165 * len(entities) if named else 7.5)
    rows = [ctx.say(Name(entities[k])) for k in order]
    heat_map(axes, wide[order], rows if named else [], [str(year) for year in years], label="D")
    mark_rows(axes, [entities[k] for k in order], 0.5)
    if not named:
        axes.set_ylabel(ctx.say(text("Regions, from the highest D down")))
    return drawn


def caption(part: Part[Coupling], ctx: Context) -> Text:
    """Return what the heat map shows."""
    return text("D by region and year")


VIEW = View(figure=figure, caption=caption, more=MAPS)
