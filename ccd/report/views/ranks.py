"""Shape ``ranks``: the rank of each region, and the places it may take, in the last year."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ccd.arrays import IntArray
from ccd.report.figures import COLOURS, MARKERS, canvas, legend_above
from ccd.report.table import Table
from ccd.report.views.base import Column, Context, View, shortened, tabulate
from ccd.results import Part, RankRange
from ccd.words import Name, Text, text

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: What the sources are called.
SOURCES = {
    "specifications": text("study as it stands; line: over all specifications"),
    "specifications, median": text("median of the specifications"),
}
#: A figure of more regions shows the first and the last END of them.
MOST, END = 45, 20


def last_year(found: RankRange) -> IntArray:
    """Return the rows of the last year, source by source, the highest rank first."""
    rows = np.flatnonzero(found.time == found.time.max())
    sources = np.array(found.source)[rows]
    place = np.unique(sources, return_inverse=True)[1]
    return np.asarray(rows[np.lexsort((found.rank[rows], place))], dtype=np.intp)


def table(part: Part[RankRange], ctx: Context) -> Table:
    """Return rank and the places a region may take, by source."""
    found = part.value
    order = last_year(found)
    rows, notes = shortened(part, len(order))
    own = order[rows]
    columns = (
        Column(text("Source"), [SOURCES[found.source[k]] for k in own]),
        Column(text("Region"), [Name(found.entity[k]) for k in own]),
        Column(text("Rank"), found.rank[own], "number", 1),
        Column(text("Highest place"), found.low[own], "number", 1),
        Column(text("Lowest place"), found.high[own], "number", 1),
    )
    return tabulate(
        part.name, text("Ranks and how far they may move, {year}", year=int(found.time.max())), columns, notes
    )


def figure(part: Part[RankRange], ctx: Context) -> Figure:
    """Return a ladder of regions by rank, a line for the places each may take, one shade a source."""
    found = part.value
    sources = [*dict.fromkeys(found.source)]
    order = last_year(found)
    first = [k for k in order if found.source[k] == sources[0]]
    regions = [found.entity[k] for k in first]
    regions = regions if len(regions) <= MOST else [*regions[:END], *regions[-END:]]
    drawn, axes = canvas(0.9 + 0.175 * len(regions))
    rows_of = []
    for source in sources:
        own = {found.entity[k]: k for k in order if found.source[k] == source}
        rows_of.append(np.array([own[region] for region in regions]))
    spans = [(*found.low[rows], *found.high[rows]) for rows in rows_of]
    lines = [*dict.fromkeys(spans)]  # sources of the same places share a line
    offsets = np.linspace(-0.25, 0.25, len(lines)) if len(lines) > 1 else np.zeros(1)
    for s, (source, rows, span) in enumerate(zip(sources, rows_of, spans, strict=True)):
        at = np.arange(len(rows)) + offsets[lines.index(span)]
        colour, marker = COLOURS[s % len(COLOURS)], MARKERS[s % len(MARKERS)]
        if span not in spans[:s]:
            axes.hlines(at, found.low[rows], found.high[rows], color=colour, linewidth=1.1, alpha=0.55)
        axes.plot(found.rank[rows], at, marker, color=colour, markersize=3.5, label=ctx.say(SOURCES[source]))
    axes.set_yticks(range(len(regions)), [ctx.say(Name(region)) for region in regions])
    axes.invert_yaxis()
    axes.margins(y=0.6 / max(len(regions), 1))
    axes.tick_params(axis="y", length=0)
    axes.set_xlabel(ctx.say(text("Rank by D in {year} (1 = highest)", year=int(found.time.max()))))
    legend_above(axes, 2)
    return drawn


def sentences(part: Part[RankRange], ctx: Context) -> Sequence[Text]:
    """Return how many places the ranks of a source may move."""
    found = part.value
    said = []
    for source in dict.fromkeys(found.source):
        if source == "specifications, median":
            continue
        own = np.array([name == source for name in found.source])
        of = text("Over all specifications") if source == "specifications" else SOURCES[source]
        said.append(
            text(
                "{source}: a region may take {places} places on average.",
                source=of,
                places=ctx.number(float(np.mean(found.high[own] - found.low[own] + 1)), 1),
            )
        )
    return tuple(said)


VIEW = View(table, figure, sentences)
