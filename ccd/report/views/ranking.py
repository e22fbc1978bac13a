"""Shape ``ranking``: D of each region in the first and the last year."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ccd.report.figures import COLOURS, RULE, canvas, legend_above
from ccd.report.marks import mark_rows
from ccd.report.table import Table
from ccd.report.views.base import Column, Context, View, shortened, tabulate
from ccd.results import Part, Ranking
from ccd.words import Name, Text, text

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: A figure of more regions shows the first and the last END of them.
MOST, END = 45, 20


def table(part: Part[Ranking], ctx: Context) -> Table:
    """Return rank, region, D in both years, change and mean."""
    found = part.value
    rows, notes = shortened(part, len(found.entity))
    columns = (
        Column(text("Rank"), found.rank[rows], "count"),
        Column(text("Region"), [Name(found.entity[k]) for k in rows]),
        Column(text("D in {year}", year=found.first_year), found.first[rows], "number"),
        Column(text("D in {year}", year=found.last_year), found.last[rows], "number"),
        Column(text("Change"), found.change[rows], "number"),
        Column(text("Mean"), found.mean[rows], "number"),
    )
    return tabulate(part.name, text("Ranking of regions by D"), columns, notes)


def figure(part: Part[Ranking], ctx: Context) -> Figure:
    """Return a line a region from its D in the first year (open) to the last (filled)."""
    found = part.value
    total = len(found.entity)
    rows = np.arange(total) if total <= MOST else np.r_[:END, total - END : total]
    at = np.arange(len(rows))
    first, last = found.first[rows], found.last[rows]
    drawn, axes = canvas(0.8 + 0.165 * len(rows))
    axes.hlines(at, first, last, color=RULE, linewidth=1.2, zorder=1)
    open_dot = {"markerfacecolor": "white", "markeredgecolor": COLOURS[0]}
    axes.plot(first, at, "o", label=str(found.first_year), **open_dot)
    axes.plot(last, at, "o", color=COLOURS[0], label=str(found.last_year))
    axes.set_yticks(at, [ctx.say(Name(found.entity[k])) for k in rows])
    axes.invert_yaxis()
    axes.margins(y=0.6 / max(len(rows), 1))
    axes.tick_params(axis="y", length=0)
    axes.set_xlabel("D")
    legend_above(axes)
    mark_rows(axes, [found.entity[k] for k in rows])
    return drawn


def sentences(part: Part[Ranking], ctx: Context) -> Sequence[Text]:
    """Return which region has the highest and which the lowest D in the last year."""
    found = part.value
    known = np.flatnonzero(np.isfinite(found.last))
    if not len(known):
        return ()
    top, bottom = known[0], known[-1]
    return (
        text(
            "In {year} D was highest in {top} ({high}) and lowest in {bottom} ({low}).",
            year=found.last_year,
            top=Name(found.entity[top]),
            high=ctx.number(float(found.last[top]), 3),
            bottom=Name(found.entity[bottom]),
            low=ctx.number(float(found.last[bottom]), 3),
        ),
    )


def caption(part: Part[Ranking], ctx: Context) -> Text:
    """Return what is drawn: all regions, or those at the two ends."""
    if len(part.value.entity) <= MOST:
        return text("Ranking of regions by D")
    return text("The {end} regions of the highest and the {end} of the lowest D", end=END)


VIEW = View(table, figure, sentences, caption)
