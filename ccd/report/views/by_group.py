"""Shape ``by_group``: D over time by group of regions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ccd.report.figures import canvas, line_plot, year_axis
from ccd.report.table import Table
from ccd.report.views.base import Context, FrameColumn, View, frame_table
from ccd.results import Part
from ccd.words import Name, Text, text

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def table(part: Part, ctx: Context) -> Table:
    """Return the mean of D, one row a year and one column a group."""
    time = str(part.frame.columns[0])
    wide = part.frame.pivot(index=time, columns="group", values="mean").reset_index()
    columns = {time: FrameColumn(text("Year"), "count")}
    columns |= {group: FrameColumn(Name(group), "number") for group in wide.columns[1:]}
    return frame_table(part.name, caption(part, ctx), wide, columns, part.notes)


def caption(part: Part, ctx: Context) -> Text:
    """Return what is shown by which grouping."""
    if "policy" in part.facts:
        return text(
            "Mean D of the regions that {policy} reaches and of the others", policy=Name(part.facts["policy"])
        )
    return text("Mean D by {group}", group=Name(part.facts.get("group", "group")))


def figure(part: Part, ctx: Context) -> Figure:
    """Return one line a group, named at its end."""
    time = str(part.frame.columns[0])
    drawn, axes = canvas()
    groups = part.frame.groupby("group", sort=False)
    line_plot(axes, {ctx.say(Name(group)): (rows[time], rows["mean"]) for group, rows in groups})
    year_axis(axes, part.frame[time])
    axes.set_ylabel(ctx.say(text("Mean of D")))
    return drawn


VIEW = View(table, figure, caption=caption)
