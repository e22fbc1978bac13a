"""Shape ``by_year``: means of the indices, C, T and D by year."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ccd.report.figures import canvas, line_plot, year_axis
from ccd.report.table import Table
from ccd.report.views.base import Context, FrameColumn, View, frame_table
from ccd.results import Part
from ccd.words import Name, Text, text

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SPREAD = {"std_dev_D": text("Std. dev. of D"), "cv_D": text("CV of D")}
DEGREES = ("C", "T", "D")


def table(part: Part, ctx: Context) -> Table:
    """Return one row a year."""
    time, *measures = (str(column) for column in part.frame.columns)
    columns = {time: FrameColumn(text("Year"), "count")}
    columns |= {name: FrameColumn(SPREAD.get(name, Name(name)), "number") for name in measures}
    return frame_table(part.name, text("Means by year"), part.frame, columns, part.notes)


def figure(part: Part, ctx: Context) -> Figure:
    """Return the subsystem indices beside C, T and D (only the former where nothing is coupled)."""
    time, *measures = (str(column) for column in part.frame.columns)
    indices = [name for name in measures if name not in (*DEGREES, *SPREAD)]
    degrees = [name for name in measures if name in DEGREES]
    panels = [names for names in (indices, degrees) if names]
    drawn, axes = canvas(3.0, columns=len(panels), squeeze=False)
    titles = {id(indices): text("Subsystem indices"), id(degrees): text("Coupling coordination")}
    for k, names in enumerate(panels):
        years = part.frame[time]
        series = {ctx.say(Name(name)): (years, part.frame[name]) for name in names}
        line_plot(axes[0, k], series)
        year_axis(axes[0, k], years)
        axes[0, k].set_title(ctx.say(titles[id(names)]))
        axes[0, k].set_ylim(bottom=0)
    axes[0, 0].set_ylabel(ctx.say(text("Mean over regions")))
    return drawn


def sentences(part: Part, ctx: Context) -> Sequence[Text]:
    """Return where the mean of D began and ended."""
    frame = part.frame
    if "D" not in frame:
        return ()
    (first, last), (before, after) = frame.iloc[[0, -1], 0], frame["D"].iloc[[0, -1]]
    values = {
        "first": int(first),
        "last": int(last),
        "before": ctx.number(before, 3),
        "after": ctx.number(after, 3),
    }
    if after >= before:
        return (text("Mean D rose from {before} in {first} to {after} in {last}.", **values),)
    return (text("Mean D fell from {before} in {first} to {after} in {last}.", **values),)


VIEW = View(table, figure, sentences)
