"""Shapes ``moderator`` and ``margins``: an effect that varies with a column."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ccd.report.figures import COLOURS, canvas, zero_line
from ccd.report.table import Table
from ccd.report.views.base import Context, FrameColumn, View, frame_table
from ccd.results import Part
from ccd.words import Name, Text, text

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def table(part: Part, ctx: Context) -> Table:
    """Return policy, product and moderator."""
    columns = {
        "term": FrameColumn(text("Term"), "name"),
        "estimate": FrameColumn(text("Estimate"), "estimate"),
        "std_error": FrameColumn(text("Std. error"), "number"),
        "p_value": FrameColumn(text("p-value"), "p"),
        "conf_low": FrameColumn(text("95% low"), "number"),
        "conf_high": FrameColumn(text("95% high"), "number"),
    }
    title = text("The effect moderated by {column}", column=Name(part.facts["moderator"]))
    return frame_table(part.name, title, part.frame, columns, (*part.notes, *ctx.style.star_notes()))


def margins(part: Part, ctx: Context) -> Figure:
    """Return the effect with its 95 % band from the 10th to the 90th percentile of the moderator."""
    frame = part.frame
    drawn, axes = canvas()
    zero_line(axes)
    axes.fill_between(
        frame["at"], frame["conf_low"], frame["conf_high"], color=COLOURS[0], alpha=0.18, linewidth=0
    )
    axes.plot(frame["at"], frame["estimate"], "o-", color=COLOURS[0])
    axes.set_xlabel(ctx.say(ctx.measured(part.facts["moderator"])))
    outcome = ctx.estimate.outcome if ctx.estimate is not None else ""
    axes.set_ylabel(ctx.say(text("Effect on {outcome}", outcome=ctx.measured(outcome))))
    return drawn


def caption(part: Part, ctx: Context) -> Text:
    """Return what the band shows."""
    return text("The effect at percentiles 10 to 90 of {column}", column=Name(part.facts["moderator"]))


VIEW = View(table)
MARGINS = View(figure=margins, caption=caption)
