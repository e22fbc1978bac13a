"""Shape ``coupling``: D of every region and year."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ccd.report.figures import canvas, heat_map
from ccd.report.views.base import Context, View
from ccd.report.views.maps import MAPS
from ccd.results import Part
from ccd.words import Name, Text, text

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: More regions than this stand without their names.
NAMED = 60


def figure(part: Part, ctx: Context) -> Figure:
    """Return a heat map of D, region x year, regions from the highest D of the last year down."""
    entity, time = (str(column) for column in part.frame.columns[:2])
    wide = part.frame.pivot(index=entity, columns=time, values="D")
    wide = wide.sort_values(wide.columns[-1], ascending=False, kind="stable")
    named = len(wide) <= NAMED
    drawn, axes = canvas(0.9 + 0.165 * len(wide) if named else 7.5)
    rows = [ctx.say(Name(name)) for name in wide.index]
    heat_map(axes, wide, rows if named else [], [str(year) for year in wide.columns], label="D")
    if not named:
        axes.set_ylabel(ctx.say(text("Regions, from the highest D down")))
    return drawn


def caption(part: Part, ctx: Context) -> Text:
    """Return what the heat map shows."""
    return text("D by region and year")


VIEW = View(figure=figure, caption=caption, more=MAPS)
