"""Shapes ``drivers``, ``interactions`` and ``grey``: what goes with the differences between regions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ccd.report.figures import ACCENT, COLOURS, canvas, legend_above
from ccd.report.table import Table
from ccd.report.views.base import Column, Context, View, tabulate
from ccd.results import Drivers, GreyDegrees, Interactions, Part
from ccd.words import Name, Text, names, text

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def table(part: Part[Drivers], ctx: Context) -> Table:
    """Return q of each factor, adjusted, held out, against noise."""
    found = part.value
    columns = [
        Column(text("Factor"), names(found.factor)),
        Column(text("Intervals by"), found.search),
        Column(text("Intervals"), found.intervals, "count"),
        Column("q", found.q, "number", 3),
        Column(text("q adjusted"), found.q_adjusted, "number", 3),
        Column(text("q held out"), found.q_out, "number", 3),
        Column(text("Noise, 95%"), found.noise, "number", 3),
        Column("p", found.p_value, "p"),
        Column(text("Single regions"), found.singletons, "count"),
    ]
    return tabulate(part.name, caption(part, ctx), columns, part.notes)


def caption(part: Part[Drivers], ctx: Context) -> Text:
    """Return whose factors they are."""
    return text("Geographical detector of {variable}", variable=Name(part.value.variable))


def figure(part: Part[Drivers], ctx: Context) -> Figure:
    """Return a bar of q a factor and across it the line that noise reaches; the dot is q held out."""
    found = part.value
    at = np.arange(len(found.factor))
    drawn, axes = canvas(0.9 + 0.32 * len(at))
    axes.barh(at, found.q, 0.62, color=COLOURS[5], label="q")
    for k, line in enumerate(found.noise):
        axes.plot([line, line], [k - 0.42, k + 0.42], color=ACCENT, linewidth=2,
                  label=ctx.say(text("95% of noise")) if k == 0 else None)  # fmt: skip
    axes.plot(np.maximum(found.q_out, 0), at, "o", color=COLOURS[0], label=ctx.say(text("q held out")))
    axes.set_yticks(at, [ctx.say(Name(factor)) for factor in found.factor])
    axes.tick_params(axis="y", length=0)
    axes.invert_yaxis()
    axes.set_xlim(0, 1)
    axes.set_xlabel("q")
    legend_above(axes)
    return drawn


def interactions(part: Part[Interactions], ctx: Context) -> Table:
    """Return q of two factors together and its class."""
    found = part.value
    columns = [
        Column(text("First"), names(found.first)),
        Column(text("Second"), names(found.second)),
        Column(text("q together"), found.q, "number", 3),
        Column(text("q of the first"), found.q_first, "number", 3),
        Column(text("q of the second"), found.q_second, "number", 3),
        Column(text("Class"), found.kind),
        Column(text("Single regions"), found.singletons, "count"),
    ]
    title = text("Factors two at a time, {variable}", variable=Name(found.variable))
    return tabulate(part.name, title, columns, part.notes)


def grey(part: Part[GreyDegrees], ctx: Context) -> Table:
    """Return degrees and ranks."""
    found = part.value
    columns = [
        Column(text("Factor"), names(found.factor)),
        Column(text("Degree"), found.degree, "number"),
        Column(text("Rank"), found.rank, "count"),
        Column(text("Best rank"), found.rank_low, "count"),
        Column(text("Worst rank"), found.rank_high, "count"),
    ]
    title = text("Grey relational degrees with {variable}", variable=Name(found.variable))
    return tabulate(part.name, title, columns, part.notes)


VIEW = View(table, figure, caption=caption)
INTERACTIONS, GREY = View(interactions), View(grey)
