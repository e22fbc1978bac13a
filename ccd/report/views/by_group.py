"""Shape ``by_group``: D over time by group of regions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ccd.report.figures import canvas, line_plot, year_axis
from ccd.report.table import Table
from ccd.report.views.base import Column, Context, View, tabulate
from ccd.results import ByGroup, Part
from ccd.words import Name, Text, text

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def table(part: Part[ByGroup], ctx: Context) -> Table:
    """Return the mean of D, one row a year and one column a group."""
    found = part.value
    years = np.unique(found.year)
    columns = [Column(text("Year"), years, "count")]
    for group in sorted(found.groups):
        means = np.full(len(years), np.nan)
        own, mean = found.of(group)
        means[np.searchsorted(years, own)] = mean
        columns.append(Column(Name(group), means, "number"))
    return tabulate(part.name, caption(part, ctx), columns, part.notes)


def caption(part: Part[ByGroup], ctx: Context) -> Text:
    """Return what is shown by which grouping."""
    if part.value.policy is not None:
        return text(
            "Mean D of the regions that {policy} reaches and of the others", policy=Name(part.value.policy)
        )
    return text("Mean D by {group}", group=Name(part.value.column))


def figure(part: Part[ByGroup], ctx: Context) -> Figure:
    """Return one line a group, named at its end."""
    found = part.value
    drawn, axes = canvas()
    line_plot(axes, {ctx.say(Name(group)): found.of(group) for group in found.groups})
    year_axis(axes, found.year)
    axes.set_ylabel(ctx.say(text("Mean of D")))
    return drawn


VIEW = View(table, figure, caption=caption)
