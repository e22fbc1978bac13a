"""Shape ``weights``: the indicators of each subsystem and what they count."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ccd.report.figures import COLOURS, canvas
from ccd.report.table import Table
from ccd.report.views.base import Context, FrameColumn, View, frame_table
from ccd.results import Part
from ccd.words import Name, text

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def table(part: Part, ctx: Context) -> Table:
    """Return subsystem, indicator, direction, entropy, redundancy and weight; a subsystem is named once."""
    frame = part.frame.copy()
    frame["subsystem"] = frame["subsystem"].where(frame["subsystem"].ne(frame["subsystem"].shift()), None)
    columns = {
        "subsystem": FrameColumn(text("Subsystem"), "name"),
        "indicator": FrameColumn(text("Indicator"), "name"),
        "direction": FrameColumn(text("Direction"), "text"),
        "entropy": FrameColumn(text("Entropy"), "number", 4),
        "redundancy": FrameColumn(text("Redundancy"), "number", 4),
        "weight": FrameColumn(text("Weight"), "number", 4),
    }
    return frame_table(part.name, text("Indicators and weights"), frame, columns, part.notes)


def figure(part: Part, ctx: Context) -> Figure:
    """Return one bar an indicator, its length the weight, colour by subsystem."""
    frame = part.frame
    drawn, axes = canvas(0.8 + 0.26 * len(frame))
    order = {name: i for i, name in enumerate(dict.fromkeys(frame["subsystem"]))}
    at = np.arange(len(frame)) + 0.6 * frame["subsystem"].map(order).to_numpy()
    for name, i in order.items():
        mine = (frame["subsystem"] == name).to_numpy()
        bars = axes.barh(at[mine], frame["weight"][mine], 0.7, color=COLOURS[i % len(COLOURS)])
        axes.bar_label(bars, fmt="%.3f", padding=3, fontsize=8)
    axes.set_yticks(at, [ctx.say(Name(name)) for name in frame["indicator"]])
    axes.invert_yaxis()
    axes.tick_params(axis="y", length=0)
    axes.set_xlim(0, 1.18 * float(frame["weight"].max()))
    for name in order:
        first = at[(frame["subsystem"] == name).to_numpy()][0]
        axes.annotate(
            ctx.say(Name(name)),
            (1, first - 0.35),
            xycoords=("axes fraction", "data"),
            ha="right",
            va="top",
            color=COLOURS[order[name] % len(COLOURS)],
            weight="bold",
        )
    axes.set_xlabel(ctx.say(text("Weight within its subsystem")))
    return drawn


VIEW = View(table, figure)
