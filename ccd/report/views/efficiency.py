"""Shapes ``efficiency`` and ``malmquist``: scores by region and year, and productivity change."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ccd.report.figures import COLOURS, RULE, canvas
from ccd.report.table import Table
from ccd.report.views.base import Column, Context, View, shortened, tabulate
from ccd.results import Efficiency, Malmquist, Part
from ccd.words import Name, Text, text

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FRONTIERS = {"global": text("one frontier of all years"), "year": text("a frontier a year")}
SIDES = {"in": text("inputs"), "out": text("outputs")}


def table(part: Part[Efficiency], ctx: Context) -> Table:
    """Return one row a region and year."""
    found = part.value
    rows, notes = shortened(part, len(found.time))
    listed = (
        (text("Two stages"), found.whole),
        (text("First stage"), found.first),
        (text("Second stage"), found.second),
        (text("Constant returns (CCR)"), found.crs),
        (text("CCR less bias"), found.corrected),
        (text("95% low"), found.conf_low),
        (text("95% high"), found.conf_high),
        (text("Variable returns (BCC)"), found.vrs),
        (text("Scale"), found.scale),
        (text("SBM"), found.sbm),
        (text("Super-efficiency"), found.super),
    )
    columns = [
        Column(text("Region"), [Name(found.entity[k]) for k in rows]),
        Column(text("Year"), found.time[rows], "count"),
        *(Column(words, values[rows], "number") for words, values in listed if values is not None),
    ]
    note = text(
        "Data envelopment analysis against {frontier}, towards {side}; SBM and super-efficiency count slacks (Tone "
        "2001, 2002)",
        frontier=FRONTIERS[found.frontier],
        side=SIDES[found.orientation],
    )
    if found.corrected is not None:
        notes = (*notes, text("Bias and interval by the smoothed bootstrap of Simar and Wilson (1998)"))
    title = text("Efficiency of {name} by region and year", name=Name(found.name))
    return tabulate(part.name, title, columns, (*notes, note))


def figure(part: Part[Efficiency], ctx: Context) -> Figure | None:
    """Return the second stage against the first in the last year; None for one stage."""
    found = part.value
    if found.first is None or found.second is None:
        return None
    last = np.flatnonzero(found.time == found.time.max())
    drawn, axes = canvas(4.2, width=5.2)
    axes.plot(found.first[last], found.second[last], "o", color=COLOURS[0])
    for k in last:
        axes.annotate(ctx.label(found.entity[k]), (found.first[k], found.second[k]), xytext=(3, 3),
                      textcoords="offset points", fontsize=6.5)  # fmt: skip
    axes.axhline(0.5, color=RULE, linewidth=0.6, zorder=0)
    axes.axvline(0.5, color=RULE, linewidth=0.6, zorder=0)
    axes.set_xlim(0, 1.08)
    axes.set_ylim(0, 1.08)
    axes.set_xlabel(ctx.say(text("First stage")))
    axes.set_ylabel(ctx.say(text("Second stage")))
    return drawn


def caption(part: Part[Efficiency], ctx: Context) -> Text:
    """Return what the figure shows."""
    found = part.value
    return text(
        "Efficiency of the second stage against that of the first, {year}; the whole is their product",
        year=int(found.time.max()),
    )


def changes(part: Part[Malmquist], ctx: Context) -> Table:
    """Return one row a region and year."""
    found = part.value
    rows, notes = shortened(part, len(found.time))
    columns = (
        Column(text("Region"), [Name(found.entity[k]) for k in rows]),
        Column(text("Year"), found.time[rows], "count"),
        Column(text("Malmquist index"), found.index[rows], "number"),
        Column(text("Efficiency change"), found.efficiency[rows], "number"),
        Column(text("Pure efficiency change"), found.pure[rows], "number"),
        Column(text("Scale change"), found.scale[rows], "number"),
        Column(text("Technical change"), found.technical[rows], "number"),
    )
    note = {
        "global": text("Index against one frontier of all years (Pastor and Lovell 2005)"),
        "adjacent": text("Index as the mean over the frontiers of both years (Färe et al. 1994)"),
    }[found.frontiers]
    return tabulate(part.name, text("Productivity change against the year before"), columns, (*notes, note))


VIEW = View(table, figure, None, caption)
CHANGE = View(changes)
