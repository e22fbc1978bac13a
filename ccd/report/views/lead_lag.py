"""Shapes ``lead_lag`` and ``leads``: which subsystem is ahead of which."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ccd.report.figures import COLOURS, canvas, year_axis
from ccd.report.table import Table
from ccd.report.views.base import Column, Context, View, tabulate
from ccd.results import LeadLag, LeadTimes, Part
from ccd.words import Name, Text, text

if TYPE_CHECKING:
    from matplotlib.figure import Figure

STANDINGS = (text("lags"), text("level"), text("leads"))
SHADES = (COLOURS[4], "#e4e4e4", COLOURS[0])
#: Panels of pairs in a row.
WIDE = 3


def table(part: Part[LeadLag], ctx: Context) -> Table:
    """Return the shares of regions by pair and year."""
    found = part.value
    rows = [(p, t) for p in range(len(found.pairs)) for t in range(len(found.years))]
    columns = [
        Column(text("First"), [Name(found.pairs[p][0]) for p, _ in rows]),
        Column(text("Second"), [Name(found.pairs[p][1]) for p, _ in rows]),
        Column(text("Year"), np.array([found.years[t] for _, t in rows]), "count"),
    ]
    columns += [
        Column(text("First {standing}", standing=words), np.array([found.shares[p, t, k] for p, t in rows]),
               "number", 3)
        for k, words in enumerate(STANDINGS)
    ]  # fmt: skip
    return tabulate(part.name, caption(part, ctx), columns, part.notes)


def caption(part: Part[LeadLag], ctx: Context) -> Text:
    """Return what is shown."""
    return text("Share of regions whose first subsystem lags, is level, leads")


def figure(part: Part[LeadLag], ctx: Context) -> Figure:
    """Return one panel a pair: shares of regions over the years."""
    found = part.value
    wide = min(len(found.pairs), WIDE)
    rows = -(-len(found.pairs) // wide)
    drawn, axes = canvas(0.5 + 1.9 * rows, rows=rows, columns=wide, squeeze=False, sharey=True)
    for place in axes.flat[len(found.pairs) :]:
        place.set_axis_off()
    for p, place in enumerate(axes.flat[: len(found.pairs)]):
        labels = [ctx.say(text("First {standing}", standing=words)) for words in STANDINGS]
        place.stackplot(found.years, *found.shares[p].T, colors=SHADES, labels=labels)
        place.set_ylim(0, 1)
        place.set_xlim(found.years[0], found.years[-1])
        year_axis(place, found.years[:: max(1, len(found.years) // 4)])
        first, second = (ctx.say(Name(name)) for name in found.pairs[p])
        place.set_title(f"{first} / {second}", loc="center", fontsize=8.5)
    axes[0, 0].set_ylabel(ctx.say(text("Share of regions")))
    handles, labels = axes.flat[0].get_legend_handles_labels()
    drawn.legend(handles, labels, loc="outside lower center", ncols=3)
    return drawn


def leads(part: Part[LeadTimes], ctx: Context) -> Table:
    """Return the correlation at each k and the test of the largest."""
    found = part.value
    columns = [
        Column(text("First"), [Name(name) for name in found.first]),
        Column(text("Second"), [Name(name) for name in found.second]),
        Column("k", found.k, "count"),
        Column(text("Correlation"), found.correlation, "number", 3),
        Column("p", found.p_value, "p"),
    ]
    return tabulate(part.name, text("Which subsystem runs ahead in time"), columns, part.notes)


VIEW = View(table, figure, caption=caption)
LEADS = View(leads)
