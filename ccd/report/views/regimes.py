"""Shape ``regimes``: how many regions are in each regime in each year."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ccd.report.colours import shades
from ccd.report.figures import SEQUENTIAL, canvas, year_axis
from ccd.report.table import Table
from ccd.report.views.base import Column, Context, View, tabulate
from ccd.results import Part, Regimes
from ccd.words import Name, text

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def table(part: Part[Regimes], ctx: Context) -> Table | None:
    """Return one row a year; nothing where there is one regime only."""
    value = part.value
    split = value.split
    if not split.thresholds:
        return None
    columns = [Column(text("Year"), value.years, "count")]
    columns += [Column(split.words(r), counts, "count") for r, counts in enumerate(value.counts.T)]
    column = Name(split.column)
    title = text("Regions by regime of {column}", column=column)
    if value.treated:
        title = text("Treated regions by regime of {column}", column=column)
    return tabulate(part.name, title, columns, part.notes)


def figure(part: Part[Regimes], ctx: Context) -> Figure | None:
    """Return the counts as bars on each other, the lowest regime at the bottom."""
    value = part.value
    if not value.split.thresholds:
        return None
    drawn, axes = canvas(2.9)
    floor = np.zeros(len(value.years))
    colours = shades(SEQUENTIAL[1:], value.counts.shape[1])
    for r, (counts, colour) in enumerate(zip(value.counts.T, colours, strict=True)):
        words = ctx.say(value.split.words(r))
        axes.bar(value.years, counts, bottom=floor, color=colour, width=0.8, label=words)
        floor += counts
    axes.set_ylabel(ctx.say(text("Treated regions") if value.treated else text("Regions")))
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=2, borderaxespad=0.2, handlelength=1.2)
    year_axis(axes, value.years)
    return drawn


VIEW = View(table, figure)
