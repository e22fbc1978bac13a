"""Shape ``weights``: the indicators of each subsystem and what they count."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ccd.report.figures import COLOURS, canvas
from ccd.report.table import Table
from ccd.report.views.base import Column, Context, View, tabulate
from ccd.results import Part, Weights
from ccd.words import Name, text

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def table(part: Part[Weights], ctx: Context) -> Table:
    """Return subsystem, indicator, direction, entropy, redundancy and weight; a subsystem is named once."""
    found = part.value
    above = ("", *found.subsystem[:-1])
    named = [
        "" if name == before else Name(name) for name, before in zip(found.subsystem, above, strict=True)
    ]
    columns = (
        Column(text("Subsystem"), named),
        Column(text("Indicator"), [Name(name) for name in found.indicator]),
        Column(text("Direction"), found.direction),
        Column(text("Entropy"), found.entropy, "number", 4),
        Column(text("Redundancy"), found.redundancy, "number", 4),
        Column(text("Weight"), found.weight, "number", 4),
    )
    return tabulate(part.name, text("Indicators and weights"), columns, part.notes)


def figure(part: Part[Weights], ctx: Context) -> Figure:
    """Return one bar an indicator, its length the weight, colour by subsystem."""
    found = part.value
    subsystems = tuple(found.subsystems)
    own = np.array([subsystems.index(name) for name in found.subsystem])
    drawn, axes = canvas(0.8 + 0.26 * len(own))
    at = np.arange(len(own)) + 0.6 * own
    for i in range(len(subsystems)):
        bars = axes.barh(at[own == i], found.weight[own == i], 0.7, color=COLOURS[i % len(COLOURS)])
        axes.bar_label(bars, fmt="%.3f", padding=3, fontsize=8)
    axes.set_yticks(at, [ctx.say(Name(name)) for name in found.indicator])
    axes.invert_yaxis()
    axes.tick_params(axis="y", length=0)
    axes.set_xlim(0, 1.18 * float(found.weight.max()))
    for i, name in enumerate(subsystems):
        first = at[own == i][0]
        axes.annotate(
            ctx.say(Name(name)),
            (1, first - 0.35),
            xycoords=("axes fraction", "data"),
            ha="right",
            va="top",
            color=COLOURS[i % len(COLOURS)],
            weight="bold",
        )
    axes.set_xlabel(ctx.say(text("Weight within its subsystem")))
    return drawn


VIEW = View(table, figure)
