"""Shape ``changes``: what moved D, split into C and T."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ccd.report.figures import COLOURS, canvas, legend_above, zero_line
from ccd.report.table import Table
from ccd.report.views.base import Context, FrameColumn, View, frame_table, shortened
from ccd.results import Part
from ccd.words import Name, Text, text

if TYPE_CHECKING:
    from matplotlib.figure import Figure

TITLES = {
    "region": text("What moved D, by region"),
    "period": text("What moved D, by period"),
    "policy": text("What moved D, treated against control regions"),
}
#: A figure of more rows is left out.
MOST = 45


def caption(part: Part, ctx: Context) -> Text:
    """Return the title by what the rows are."""
    return TITLES[str(part.facts["by"])]


def table(part: Part, ctx: Context) -> Table:
    """Return the change of D in levels and in logs, and the parts of C and T."""
    columns = {"policy": FrameColumn(text("Policy"), "name")} if "policy" in part.frame else {}
    columns["label"] = FrameColumn(
        {"region": text("Region"), "period": text("Period")}.get(str(part.facts["by"]), ""), "name"
    )
    if part.facts["by"] == "region":
        columns |= {"first": FrameColumn(text("From"), "count"), "last": FrameColumn(text("To"), "count")}
    else:
        columns["nobs"] = FrameColumn(text("Regions"), "count")
    columns |= {
        "level_D": FrameColumn(text("Change of D"), "number"),
        "level_C": FrameColumn(text("by C"), "number"),
        "level_T": FrameColumn(text("by T"), "number"),
        "log_D": FrameColumn(text("Change of ln D"), "number"),
        "log_C": FrameColumn(text("by C"), "number"),
        "log_T": FrameColumn(text("by T"), "number"),
        "share_T": FrameColumn(text("Share of T"), "number", 3),
    }
    frame, notes = shortened(part)
    return frame_table(part.name, caption(part, ctx), frame, columns, notes)


def figure(part: Part, ctx: Context) -> Figure | None:
    """Return stacked bars of the parts of C and T, by region (largest first) or by year to year."""
    frame = part.frame
    if part.facts["by"] == "policy" or len(frame) > MOST:
        return None
    if part.facts["by"] == "period":
        frame = frame.iloc[:-1] if len(frame) > 1 else frame  # the last row is the whole span
    else:
        frame = frame.sort_values("level_D", ascending=False, kind="stable")
    drawn, axes = canvas(0.9 + 0.175 * len(frame))
    at = np.arange(len(frame))
    right, left = np.zeros(len(frame)), np.zeros(len(frame))
    for name, colour in (("T", COLOURS[0]), ("C", COLOURS[4])):
        size = frame[f"level_{name}"].to_numpy()
        start = np.where(size >= 0, right, left)
        axes.barh(at, size, 0.72, start, color=colour, label=ctx.say(text("by {part}", part=name)))
        right, left = right + np.maximum(size, 0), left + np.minimum(size, 0)
    axes.set_yticks(at, [ctx.say(Name(label)) for label in frame["label"]])
    axes.invert_yaxis()
    axes.margins(y=0.6 / max(len(frame), 1))
    axes.tick_params(axis="y", length=0)
    zero_line(axes, vertical=True)
    axes.set_xlabel(ctx.say(text("Change of D")))
    legend_above(axes)
    return drawn


def sentences(part: Part, ctx: Context) -> Sequence[Text]:
    """Return how much of the change over the whole span came through T."""
    if part.facts["by"] != "period" or part.frame.empty:
        return ()
    row = part.frame.iloc[-1]
    if not np.isfinite(row["share_T"]):
        return ()
    return (
        text(
            "From {first} to {last} the mean of ln D changed by {change}, "
            "of which {by_t} through T and {by_c} through C.",
            first=int(row["first"]),
            last=int(row["last"]),
            change=ctx.number(row["log_D"], 3),
            by_t=ctx.number(row["log_T"], 3),
            by_c=ctx.number(row["log_C"], 3),
        ),
    )


VIEW = View(table, figure, sentences, caption)
