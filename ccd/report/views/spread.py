"""Shape ``spread``: D of each region over the specifications, in the last year all share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ccd.arrays import IntArray
from ccd.report.figures import ACCENT, COLOURS, SOFT, canvas, legend_above
from ccd.report.marks import mark_rows
from ccd.report.table import Table
from ccd.report.views.base import Column, Context, View, shortened, tabulate
from ccd.results import DegreeSpread, Part
from ccd.words import Name, Text, text

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: A figure of more regions shows the first and the last END of them.
MOST, END = 45, 20


def last_year(found: DegreeSpread) -> IntArray:
    """Return the rows of the last year, the highest D first."""
    rows = np.flatnonzero(found.time == found.time.max())
    return np.asarray(rows[np.argsort(-found.degree[rows], kind="stable")], dtype=np.intp)


def table(part: Part[DegreeSpread], ctx: Context) -> Table:
    """Return D and its spread by region in the last year; the csv file holds every year."""
    found = part.value
    order = last_year(found)
    rows, notes = shortened(part, len(order))
    own = order[rows]
    columns = (
        Column(text("Region"), [Name(found.entity[k]) for k in own]),
        Column("D", found.degree[own], "number", 3),
        Column(text("Min."), found.minimum[own], "number", 3),
        Column(text("Median"), found.median[own], "number", 3),
        Column(text("Max."), found.maximum[own], "number", 3),
        Column(text("Grades"), found.grade_span[own], "count"),
        Column(text("Share in the grade of D"), found.same_grade[own], "number", 2),
    )
    title = text("D over the specifications, {year}", year=int(found.time.max()))
    return tabulate(part.name, title, columns, notes)


def figure(part: Part[DegreeSpread], ctx: Context) -> Figure:
    """Return a bar a region: least to greatest D, quartiles darker, D of the study as a dot."""
    found = part.value
    own = last_year(found)
    own = own if len(own) <= MOST else np.r_[own[:END], own[-END:]]
    at = np.arange(len(own))
    drawn, axes = canvas(0.8 + 0.165 * len(own))
    axes.hlines(
        at,
        found.minimum[own],
        found.maximum[own],
        color=SOFT,
        linewidth=5,
        label=ctx.say(text("least to greatest")),
    )
    axes.hlines(
        at, found.q25[own], found.q75[own], color=COLOURS[5], linewidth=5, label=ctx.say(text("middle half"))
    )
    axes.plot(
        found.degree[own], at, "o", color=ACCENT, markersize=3.5, label=ctx.say(text("study as it stands"))
    )
    axes.set_yticks(at, [ctx.say(Name(found.entity[k])) for k in own])
    axes.invert_yaxis()
    axes.margins(y=0.6 / max(len(own), 1))
    axes.tick_params(axis="y", length=0)
    axes.set_xlabel(ctx.say(text("D in {year}", year=int(found.time.max()))))
    legend_above(axes)
    mark_rows(axes, [found.entity[k] for k in own])
    return drawn


def sentences(part: Part[DegreeSpread], ctx: Context) -> Sequence[Text]:
    """Return how many grades a region-year passes through."""
    found = part.value
    return (
        text(
            "Over {count} ways to make D a region-year passes through {span} grades on average (at most {most}) and "
            "keeps the grade of the study in {share}% of them.",
            count=found.specifications,
            span=ctx.number(float(np.mean(found.grade_span)), 1),
            most=int(found.grade_span.max()),
            share=ctx.number(100 * float(np.mean(found.same_grade)), 0),
        ),
    )


VIEW = View(table, figure, sentences)
