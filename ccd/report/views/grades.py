"""Shape ``grades``: how many regions stand in each class of D, by year."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ccd.report.figures import WORST_TO_BEST, canvas, shades, year_axis
from ccd.report.table import Table
from ccd.report.views.base import Context, FrameColumn, View, frame_table, some
from ccd.results import Part
from ccd.words import Name, text

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: A table with more years shows this many of them, evenly spaced.
YEARS = 13


def table(part: Part, ctx: Context) -> Table:
    """Return counts, one row a class and one column a year."""
    time = str(part.frame.columns[0])
    wide = part.frame.pivot(index=["grade", "interval"], columns=time, values="count")
    wide = wide.loc[list(dict.fromkeys(zip(part.frame["grade"], part.frame["interval"], strict=True)))]
    years = some(list(wide.columns), YEARS)
    columns = {
        "grade": FrameColumn(text("Grade"), "name"),
        "interval": FrameColumn(text("Interval of D"), "text"),
    }
    columns |= {year: FrameColumn(str(year), "count") for year in years}
    return frame_table(part.name, text("Regions by grade of D"), wide.reset_index(), columns)


def figure(part: Part, ctx: Context) -> Figure:
    """Return a stacked bar a year: the share of regions in each class, lowest class at the foot."""
    time = str(part.frame.columns[0])
    grades = list(dict.fromkeys(part.frame["grade"]))
    wide = part.frame.pivot(index=time, columns="grade", values="share")
    drawn, axes = canvas(3.6)
    foot = np.zeros(len(wide))
    for grade, colour in zip(grades, shades(WORST_TO_BEST, len(grades)), strict=True):
        share = wide[grade].to_numpy()
        if share.any():
            axes.bar(
                wide.index,
                share,
                0.82,
                foot,
                color=colour,
                edgecolor="white",
                linewidth=0.4,
                label=ctx.say(Name(grade)),
            )
        foot = foot + share
    year_axis(axes, wide.index)
    axes.set_ylabel(ctx.say(text("Share of regions")))
    axes.set_ylim(0, 1)
    axes.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), reverse=True)
    return drawn


VIEW = View(table, figure)
