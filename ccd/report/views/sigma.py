"""Shapes ``sigma`` and ``sigma_tests``: does the spread over regions fall."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ccd.report.figures import canvas, line_plot, year_axis
from ccd.report.table import Table
from ccd.report.views.base import Column, Context, View, tabulate
from ccd.results import Part, Sigma, SigmaTests
from ccd.words import Name, Text, text

if TYPE_CHECKING:
    from matplotlib.figure import Figure

EVERY = text("all regions")


def table(part: Part[Sigma], ctx: Context) -> Table:
    """Return the coefficient of variation and sd of logs of all regions, by year, then the sd of each group."""
    found = part.value
    whole = np.array([not group for group in found.group], dtype=bool)
    columns = [
        Column(text("Year"), found.time[whole], "count"),
        Column(text("Coefficient of variation"), found.cv[whole], "number"),
        Column(text("Standard deviation of ln"), found.std_dev_log[whole], "number"),
    ]
    for group in dict.fromkeys(group for group in found.group if group):
        own = np.array([one == group for one in found.group], dtype=bool)
        columns.append(Column(Name(group), found.std_dev_log[own], "number"))
    return tabulate(part.name, caption(part, ctx), columns, part.notes)


def caption(part: Part[Sigma], ctx: Context) -> Text:
    """Return whose spread it is."""
    return text("Sigma convergence of {variable}", variable=Name(part.value.variable))


def figure(part: Part[Sigma], ctx: Context) -> Figure:
    """Return the sd of logs over time, a line for all and each group."""
    found = part.value
    drawn, axes = canvas(3.0)
    lines = {}
    for group in dict.fromkeys(found.group):
        own = np.array([one == group for one in found.group], dtype=bool)
        lines[ctx.say(Name(group) if group else EVERY)] = (found.time[own], found.std_dev_log[own])
    line_plot(axes, lines)
    year_axis(axes, found.time)
    axes.set_ylim(bottom=0)
    axes.set_ylabel(ctx.say(text("Standard deviation of ln {variable}", variable=Name(found.variable))))
    return drawn


def test_table(part: Part[SigmaTests], ctx: Context) -> Table:
    """Return the first year's spread against the last's."""
    found = part.value
    columns = [
        Column(text("Regions"), [Name(group) if group else EVERY for group in found.group]),
        Column(text("sd of ln in {year}", year=int(found.first[0])), found.std_dev_first, "number"),
        Column(text("sd of ln in {year}", year=int(found.last[0])), found.std_dev_last, "number"),
        Column("t", found.statistic, "number", 2),
        Column(text("Degrees of freedom"), found.df, "count"),
        Column("p", found.p_value, "p"),
    ]
    title = text("Test of sigma convergence of {variable}", variable=Name(found.variable))
    return tabulate(part.name, title, columns, part.notes)


VIEW = View(table, figure, caption=caption)
TESTS = View(test_table)
