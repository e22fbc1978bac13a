"""Shape ``obstacles``: which indicators hold coordination back, by year."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ccd.report.figures import canvas, heat_map
from ccd.report.table import Table
from ccd.report.views.base import Column, Context, View, some, tabulate
from ccd.results import Obstacles, Part
from ccd.words import Name, text

if TYPE_CHECKING:
    from matplotlib.figure import Figure

YEARS = 6


def table(part: Part[Obstacles], ctx: Context) -> Table:
    """Return mean obstacle degrees, one row an indicator and one column a year (at most YEARS of them)."""
    found = part.value
    columns = [Column(text("Indicator"), [Name(name) for name in found.indicator])]
    columns += [
        Column(str(found.year[k]), found.degree[k], "number", 3) for k in some(range(len(found.year)), YEARS)
    ]
    return tabulate(part.name, text("Mean obstacle degrees"), columns, part.notes)


def figure(part: Part[Obstacles], ctx: Context) -> Figure:
    """Return a heat map, indicator x year."""
    found = part.value
    drawn, axes = canvas(0.9 + 0.22 * len(found.indicator))
    rows = [ctx.say(Name(name)) for name in found.indicator]
    years = [str(year) for year in found.year]
    heat_map(axes, found.degree.T, rows, years, label=ctx.say(text("Obstacle degree")), most=7)
    return drawn


VIEW = View(table, figure)
