"""Shape ``leave_out``: the effect without one region, cohort or group."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ccd.report.figures import ACCENT, coefficient_plot
from ccd.report.table import Table
from ccd.report.views.base import Context, FrameColumn, View, frame_table
from ccd.results import Part
from ccd.words import Name, Text, text

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def table(part: Part, ctx: Context) -> Table:
    """Return the effect without each."""
    columns = {
        "left_out": FrameColumn(text("Left out"), "name"),
        "estimate": FrameColumn(text("Estimate"), "estimate"),
        "std_error": FrameColumn(text("Std. error"), "number"),
        "p_value": FrameColumn(text("p-value"), "p"),
        "conf_low": FrameColumn(text("95% low"), "number"),
        "conf_high": FrameColumn(text("95% high"), "number"),
        "nobs": FrameColumn(text("N"), "count"),
    }
    notes = (*part.notes, *ctx.style.star_notes())
    return frame_table(part.name, text("The effect with one left out"), part.frame, columns, notes)


def figure(part: Part, ctx: Context) -> Figure:
    """Return the effects in order of size with their intervals; the dashed line is the whole sample's."""
    frame = part.frame.sort_values("estimate", ignore_index=True)
    drawn = coefficient_plot(
        [ctx.say(Name(label)) for label in frame["left_out"]],
        frame["estimate"],
        frame["conf_low"],
        frame["conf_high"],
        xlabel=ctx.say(text("Estimate without it, 95% interval (dashed: all)")),
    )
    whole = part.facts.get("estimate")
    if isinstance(whole, float):
        drawn.axes[0].axvline(whole, color=ACCENT, linewidth=1, linestyle="--")
    return drawn


def sentences(part: Part, ctx: Context) -> Sequence[Text]:
    """Return the range of the effect and who moves it most (facts)."""
    facts = part.facts
    return (
        text(
            "With one of {count} left out at a time the effect lies between {lowest} (without {low}) and {highest} "
            "(without {high}); its p-value, analytic, between {smallest} and {largest}.",
            count=str(facts["count"]),
            lowest=ctx.number(float(str(facts["lowest"]))),
            low=Name(facts["lowest_without"]),
            highest=ctx.number(float(str(facts["highest"]))),
            high=Name(facts["highest_without"]),
            smallest=ctx.number(float(str(facts["smallest_p"])), 3),
            largest=ctx.number(float(str(facts["largest_p"])), 3),
        ),
    )


VIEW = View(table, figure, sentences)
