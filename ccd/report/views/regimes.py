"""Shape ``regimes``: how many regions are in each regime in each year."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ccd.report.figures import SEQUENTIAL, canvas, shades, year_axis
from ccd.report.table import Table
from ccd.report.views.base import Context, FrameColumn, View, frame_table
from ccd.report.views.regime_words import regime, shown, thresholds_of
from ccd.results import Part
from ccd.words import Name, text

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def table(part: Part, ctx: Context) -> Table | None:
    """Return one row a year."""
    values = shown(thresholds_of(part), ctx)
    if not values:
        return None
    time, *names = (str(column) for column in part.frame.columns)
    columns = {time: FrameColumn(text("Year"), "count")}
    place = {name: regime(str(part.facts["column"]), r, values) for r, name in enumerate(names)}
    columns |= {name: FrameColumn(words, "count") for name, words in place.items()}
    column = Name(str(part.facts["column"]))
    title = text("Regions by regime of {column}", column=column)
    if part.facts.get("treated"):
        title = text("Treated regions by regime of {column}", column=column)
    return frame_table(part.name, title, part.frame, columns, part.notes)


def figure(part: Part, ctx: Context) -> Figure | None:
    """Return the counts as bars on each other, the lowest regime at the bottom."""
    values = shown(thresholds_of(part), ctx)
    if not values:
        return None
    time, *names = (str(column) for column in part.frame.columns)
    years = part.frame[time].to_numpy()
    drawn, axes = canvas(2.9)
    floor = np.zeros(len(years))
    for r, (name, colour) in enumerate(zip(names, shades(SEQUENTIAL[1:], len(names)), strict=True)):
        counts = part.frame[name].to_numpy(dtype=float)
        words = ctx.say(regime(str(part.facts["column"]), r, values))
        axes.bar(years, counts, bottom=floor, color=colour, width=0.8, label=words)
        floor += counts
    treated = part.facts.get("treated")
    axes.set_ylabel(ctx.say(text("Treated regions") if treated else text("Regions")))
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=2, borderaxespad=0.2, handlelength=1.2)
    year_axis(axes, years)
    return drawn


VIEW = View(table, figure)
