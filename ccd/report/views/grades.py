"""Shape ``grades``: how many regions stand in each class of D, by year."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ccd.report.colours import shades
from ccd.report.figures import WORST_TO_BEST, canvas, year_axis
from ccd.report.table import Table
from ccd.report.views.base import Column, Context, View, some, tabulate
from ccd.results import GradeCounts, Part
from ccd.words import Name, Text, text

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: A table with more years shows this many of them, evenly spaced.
YEARS = 13


def table(part: Part[GradeCounts], ctx: Context) -> Table:
    """Return counts, one row a class and one column a year."""
    found = part.value
    columns = [
        Column(text("Grade"), [Name(grade) for grade in found.grade]),
        Column(text("Interval of D"), found.interval),
    ]
    columns += [
        Column(str(found.year[k]), found.count[k], "count") for k in some(range(len(found.year)), YEARS)
    ]
    return tabulate(part.name, text("Regions by grade of D"), columns)


def figure(part: Part[GradeCounts], ctx: Context) -> Figure:
    """Return a stacked bar a year: the share of regions in each class, lowest class at the foot."""
    found = part.value
    drawn, axes = canvas(3.6)
    foot = np.zeros(len(found.year))
    colours = shades(WORST_TO_BEST, len(found.grade))
    for grade, share, colour in zip(found.grade, found.share.T, colours, strict=True):
        if share.any():
            axes.bar(
                found.year,
                share,
                0.82,
                foot,
                color=colour,
                edgecolor="white",
                linewidth=0.4,
                label=ctx.say(Name(grade)),
            )
        foot = foot + share
    year_axis(axes, found.year)
    axes.set_ylabel(ctx.say(text("Share of regions")))
    axes.set_ylim(0, 1)
    axes.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), reverse=True)
    return drawn


def caption(part: Part[GradeCounts], ctx: Context) -> Text:
    """Return what the bars show; the table gives counts."""
    return text("Share of regions by grade of D")


VIEW = View(table, figure, caption=caption)
