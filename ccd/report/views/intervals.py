"""Shapes ``intervals`` and ``influence``: the band of each source around D, and what moves it when it is left out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ccd.arrays import IntArray
from ccd.report.figures import COLOURS, INK, MARKERS, canvas, legend_above
from ccd.report.marks import mark_rows
from ccd.report.table import Table
from ccd.report.views.base import Column, Context, View, shortened, tabulate
from ccd.report.views.ranks import END, MOST
from ccd.results import SOURCES, Influence, Intervals, Part
from ccd.words import Name, Text, text

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def last_year(found: Intervals, source: str) -> IntArray:
    """Return the rows of a source in the last year, the highest D first."""
    rows = np.flatnonzero((found.time == found.time.max()) & (np.array(found.source) == source))
    return np.asarray(rows[np.argsort(-found.degree[rows], kind="stable")], dtype=np.intp)


def table(part: Part[Intervals], ctx: Context) -> Table:
    """Return D and the band of each source by region in the last year; the csv file holds every year."""
    found = part.value
    sources = [*dict.fromkeys(found.source)]
    first = last_year(found, sources[0])
    rows, notes = shortened(part, len(first))
    columns = [
        Column(text("Region"), [Name(found.entity[k]) for k in first[rows]]),
        Column("D", found.degree[first[rows]], "number", 3),
    ]
    for source in sources:
        own = last_year(found, source)[rows]
        bands = [f"{ctx.number(found.conf_low[k], 3)}–{ctx.number(found.conf_high[k], 3)}" for k in own]
        columns.append(Column(SOURCES[source], bands))
    title = text("D and its bands, {year}", year=int(found.time.max()))
    return tabulate(part.name, title, columns, notes)


def figure(part: Part[Intervals], ctx: Context) -> Figure:
    """Return D of each region in the last year with a band for each source, one under another."""
    found = part.value
    sources = [*dict.fromkeys(found.source)]
    order = last_year(found, sources[0])
    shown = np.arange(len(order)) if len(order) <= MOST else np.r_[:END, len(order) - END : len(order)]
    drawn, axes = canvas(1.0 + (0.12 + 0.03 * len(sources)) * len(shown))
    at = np.arange(len(shown))
    offsets = np.linspace(-0.28, 0.28, len(sources)) if len(sources) > 1 else [0.0]
    for s, (source, offset) in enumerate(zip(sources, offsets, strict=True)):
        own = last_year(found, source)[shown]
        axes.hlines(
            at + offset,
            found.conf_low[own],
            found.conf_high[own],
            color=COLOURS[s % len(COLOURS)],
            linewidth=2.2,
            label=ctx.say(SOURCES[source]),
        )
    own = order[shown]
    axes.plot(found.degree[own], at, MARKERS[0], color=INK, markersize=2.6, label="D")
    axes.set_yticks(at, [ctx.say(Name(found.entity[k])) for k in own])
    axes.invert_yaxis()
    axes.margins(y=0.6 / max(len(at), 1))
    axes.tick_params(axis="y", length=0)
    axes.set_xlabel(ctx.say(text("D in {year}", year=int(found.time.max()))))
    mark_rows(axes, [found.entity[k] for k in own])
    legend_above(axes, 3)
    return drawn


def sentences(part: Part[Intervals], ctx: Context) -> Sequence[Text]:
    """Return how wide the band of each source is."""
    found, said = part.value, []
    for source in dict.fromkeys(found.source):
        own = np.flatnonzero([name == source for name in found.source])
        wide = found.conf_high[own] - found.conf_low[own]
        most = own[int(wide.argmax())]
        said.append(
            text(
                "{source}: the band of D is {mean} wide on average, at most {most} ({region} {year}).",
                source=SOURCES[source],
                mean=ctx.number(float(wide.mean()), 4),
                most=ctx.number(float(wide.max()), 4),
                region=Name(found.entity[most]),
                year=int(found.time[most]),
            )
        )
    return tuple(said)


def influence(part: Part[Influence], ctx: Context) -> Table:
    """Return what leaving out each region or indicator does to D, to ranks and to their order."""
    found = part.value
    place = np.unique(np.array(found.source), return_inverse=True)[1]
    order = np.lexsort((-np.abs(found.max_change), place))
    rows, notes = shortened(part, len(order))
    own = order[rows]
    columns = (
        Column(text("Left out"), [Name(found.left_out[k]) for k in own]),
        Column(text("Source"), [SOURCES[found.source[k]] for k in own]),
        Column(text("Mean change of D"), found.mean_change[own], "number", 4),
        Column(text("Largest change"), found.max_change[own], "number", 4),
        Column(text("Largest change of a rank"), found.max_rank_change[own], "number", 1),
        Column(text("Kendall's tau"), found.tau[own], "number", 3),
    )
    return tabulate(part.name, text("What moves D when it is left out"), columns, notes)


def most_moved(part: Part[Influence], ctx: Context) -> Sequence[Text]:
    """Return which region and which indicator move D most."""
    found, said = part.value, []
    for source in dict.fromkeys(found.source):
        own = np.flatnonzero([name == source for name in found.source])
        top = own[int(np.abs(found.max_change[own]).argmax())]
        said.append(
            text(
                "{source}: {name} moves D most, by up to {change}, and a rank by up to {places} places.",
                source=SOURCES[source],
                name=Name(found.left_out[top]),
                change=ctx.number(float(abs(found.max_change[top])), 3),
                places=ctx.number(float(found.max_rank_change[top]), 0),
            )
        )
    return tuple(said)


VIEW = View(table, figure, sentences)
INFLUENCE = View(influence, None, most_moved)
