"""Shape ``ranking``: D of each region in the first and the last year."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ccd.report.figures import COLOURS, RULE, canvas, legend_above
from ccd.report.table import Table
from ccd.report.views.base import Context, FrameColumn, View, frame_table, shortened
from ccd.results import Part
from ccd.words import Name, Text, text

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: A figure of more regions shows the first and the last END of them.
MOST, END = 45, 20


def table(part: Part, ctx: Context) -> Table:
    """Return rank, region, D in both years, change and mean."""
    columns = {
        "rank": FrameColumn(text("Rank"), "count"),
        str(part.frame.columns[0]): FrameColumn(text("Region"), "name"),
        "first": FrameColumn(text("D in {year}", year=part.facts.get("first", "")), "number"),
        "last": FrameColumn(text("D in {year}", year=part.facts.get("last", "")), "number"),
        "change": FrameColumn(text("Change"), "number"),
        "mean": FrameColumn(text("Mean"), "number"),
    }
    frame, notes = shortened(part)
    return frame_table(part.name, text("Ranking of regions by D"), frame, columns, notes)


def figure(part: Part, ctx: Context) -> Figure:
    """Return a line a region from its D in the first year (open) to the last (filled)."""
    frame = part.frame
    if len(frame) > MOST:
        frame = frame.iloc[[*range(END), *range(len(frame) - END, len(frame))]]
    at = np.arange(len(frame))
    drawn, axes = canvas(0.8 + 0.165 * len(frame))
    axes.hlines(at, frame["first"], frame["last"], color=RULE, linewidth=1.2, zorder=1)
    years = (str(part.facts.get("first", "")), str(part.facts.get("last", "")))
    axes.plot(frame["first"], at, "o", markerfacecolor="white", markeredgecolor=COLOURS[0], label=years[0])
    axes.plot(frame["last"], at, "o", color=COLOURS[0], label=years[1])
    axes.set_yticks(at, [ctx.say(Name(name)) for name in frame.iloc[:, 0]])
    axes.invert_yaxis()
    axes.margins(y=0.6 / max(len(frame), 1))
    axes.tick_params(axis="y", length=0)
    axes.set_xlabel("D")
    legend_above(axes)
    return drawn


def sentences(part: Part, ctx: Context) -> Sequence[Text]:
    """Return which region has the highest and which the lowest D in the last year."""
    known = part.frame.dropna(subset=["last"])
    if known.empty:
        return ()
    top, bottom = known.iloc[0], known.iloc[-1]
    return (
        text(
            "In {year} D was highest in {top} ({high}) and lowest in {bottom} ({low}).",
            year=part.facts.get("last", ""),
            top=Name(top.iloc[0]),
            high=ctx.number(top["last"], 3),
            bottom=Name(bottom.iloc[0]),
            low=ctx.number(bottom["last"], 3),
        ),
    )


def caption(part: Part, ctx: Context) -> Text:
    """Return what is drawn: all regions, or those at the two ends."""
    if len(part.frame) <= MOST:
        return text("Ranking of regions by D")
    return text("The {end} regions of the highest and the {end} of the lowest D", end=END)


VIEW = View(table, figure, sentences, caption)
