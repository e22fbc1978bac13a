"""Shape ``path``: the centre of a variable over the years, on the map."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ccd.report.figures import ACCENT, COLOURS, RULE, canvas, legend_above
from ccd.report.table import Table
from ccd.report.views.base import Column, Context, View, some, tabulate
from ccd.results import CentrePath, Part
from ccd.words import Name, Text, text

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def table(part: Part[CentrePath], ctx: Context) -> Table:
    """Return centre, move, half-axes and angle by year."""
    found = part.value
    columns = [
        Column(text("Year"), found.time, "count"),
        Column(text("Longitude"), found.lon, "number", 3),
        Column(text("Latitude"), found.lat, "number", 3),
        Column(text("Moved, km"), found.moved_km, "number", 1),
        Column(text("Long half-axis, km"), found.major_km, "number", 1),
        Column(text("Short half-axis, km"), found.minor_km, "number", 1),
        Column(text("Angle from north"), found.angle, "number", 1),
    ]
    return tabulate(part.name, caption(part, ctx), columns, part.notes)


def caption(part: Part[CentrePath], ctx: Context) -> Text:
    """Return whose centre it is."""
    return text("Centre and standard deviational ellipse of {variable}", variable=Name(part.value.variable))


def figure(part: Part[CentrePath], ctx: Context) -> Figure:
    """Return the regions with the first and the last ellipse, and beside it the path enlarged."""
    found = part.value
    drawn, axes = canvas(3.1, columns=2)
    left, right = axes
    left.scatter(*found.places.T, s=6, color=RULE, linewidth=0)
    for k, colour, style in ((0, COLOURS[0], "--"), (-1, ACCENT, "-")):
        left.plot(*found.outlines[k].T, color=colour, linestyle=style, label=str(found.time[k]))
        left.plot(found.lon[k], found.lat[k], marker="o", color=colour)
    legend_above(left)
    right.plot(found.lon, found.lat, color=COLOURS[0], marker="o", markersize=3)
    right.plot(found.lon[-1], found.lat[-1], marker="o", color=ACCENT)
    for year in some([int(one) for one in found.time], 7):
        at = int(np.flatnonzero(found.time == year)[0])
        right.annotate(
            str(year), (found.lon[at], found.lat[at]), xytext=(4, 4), textcoords="offset points", fontsize=7
        )
    for place in axes:
        # a degree of longitude as long as it is at this latitude
        place.set_aspect(1 / np.cos(np.radians(found.lat.mean())), adjustable="datalim")
        place.set_xlabel(ctx.say(text("Longitude")))
        place.set_ylabel(ctx.say(text("Latitude")))
    right.margins(0.15)
    return drawn


def sentences(part: Part[CentrePath], ctx: Context) -> Sequence[Text]:
    """Return how far the centre went in all."""
    found = part.value
    return (
        text(
            "The centre of {variable} moved {total} km along its path from {first} to {last}.",
            variable=Name(found.variable),
            total=ctx.number(float(np.nansum(found.moved_km)), 1),
            first=int(found.time[0]),
            last=int(found.time[-1]),
        ),
    )


VIEW = View(table, figure, sentences, caption)
