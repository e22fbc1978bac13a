"""Shape ``ranks``: the rank of each region, and the places it may take, in the last year."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ccd.arrays import IntArray
from ccd.report.figures import COLOURS, INK, MARKERS, canvas, legend_above
from ccd.report.marks import mark_rows
from ccd.report.table import Table
from ccd.report.views.base import Column, Context, View, shortened, tabulate
from ccd.results import BOOTSTRAP, Part, RankRange
from ccd.results import SOURCES as OF_D
from ccd.words import Name, Text, text

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

#: What the sources are called.
SOURCES = {
    "specifications": text("study as it stands; line: over all specifications"),
    "specifications, median": text("median of the specifications"),
    "rounding, simultaneous": text("rounding, all regions at once"),
    "measurement, simultaneous": text("errors of measurement, all regions at once"),
    f"{BOOTSTRAP}, simultaneous": text("regions drawn anew, all regions at once"),
    **OF_D,
}
#: A figure of more regions shows the first and the last END of them.
MOST, END = 45, 20
#: Sources that stand side by side in a table.
WIDE = 6


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
    title = text("Ranks and how far they may move, {year}", year=int(found.time.max()))
    sources = [*dict.fromkeys(found.source)]
    if around_one_rank(found, order) and len(sources) <= WIDE:
        return _wide(part, ctx, order, sources, title)
    rows, notes = shortened(part, len(order))
    own = order[rows]
    columns = (
        Column(text("Source"), [SOURCES[found.source[k]] for k in own]),
        Column(text("Region"), [Name(found.entity[k]) for k in own]),
        Column(text("Rank"), found.rank[own], "number", 1),
        Column(text("Highest place"), found.low[own], "number", 1),
        Column(text("Lowest place"), found.high[own], "number", 1),
    )
    return tabulate(part.name, title, columns, notes)


def around_one_rank(found: RankRange, rows: IntArray) -> bool:
    """Tell whether several sources give places around the same rank of each region."""
    ranks = {found.entity[k]: found.rank[k] for k in rows}
    return len({*found.source}) > 1 and all(found.rank[k] == ranks[found.entity[k]] for k in rows)


def _wide(part: Part[RankRange], ctx: Context, order: IntArray, sources: Sequence[str], title: Text) -> Table:
    """Return a row a region: its rank and the places it may take under each source."""
    found = part.value
    by = {source: [k for k in order if found.source[k] == source] for source in sources}
    rows, notes = shortened(part, len(by[sources[0]]))
    first = [by[sources[0]][k] for k in rows]
    columns = [
        Column(text("Region"), [Name(found.entity[k]) for k in first]),
        Column(text("Rank"), found.rank[first], "number", int((found.rank[first] % 1 != 0).any())),
    ]
    for source in sources:
        own = {found.entity[k]: k for k in by[source]}
        places = [(found.low[own[found.entity[k]]], found.high[own[found.entity[k]]]) for k in first]
        cells = [f"{low:g}" if low == high else f"{low:g}–{high:g}" for low, high in places]
        columns.append(Column(SOURCES[source], cells))
    return tabulate(part.name, title, columns, notes)


def figure(part: Part[RankRange], ctx: Context) -> Figure:
    """Return a ladder of regions by rank, a line for the places each may take, one shade a source."""
    found = part.value
    sources = [*dict.fromkeys(found.source)]
    order = last_year(found)
    first = [k for k in order if found.source[k] == sources[0]]
    regions = [found.entity[k] for k in first]
    regions = regions if len(regions) <= MOST else [*regions[:END], *regions[-END:]]
    own = [{found.entity[k]: k for k in order if found.source[k] == source} for source in sources]
    rows = [np.array([of[region] for region in regions]) for of in own]
    labels = [ctx.say(SOURCES[source]) for source in sources]
    if around_one_rank(found, order):
        drawn, axes = canvas(0.9 + (0.11 + 0.028 * min(len(sources), 6)) * len(regions))
        _lines_around(axes, found, rows, labels)
        axes.plot(
            found.rank[rows[0]],
            range(len(regions)),
            MARKERS[0],
            color=INK,
            markersize=3,
            label=ctx.say(text("Rank")),
        )
    else:
        drawn, axes = canvas(0.9 + 0.175 * len(regions))
        _marks_and_lines(axes, found, rows, labels)
    axes.set_yticks(range(len(regions)), [ctx.say(Name(region)) for region in regions])
    axes.invert_yaxis()
    axes.margins(y=0.6 / max(len(regions), 1))
    axes.tick_params(axis="y", length=0)
    axes.set_xlabel(ctx.say(text("Rank by D in {year} (1 = highest)", year=int(found.time.max()))))
    legend_above(axes, 2)
    mark_rows(axes, regions)
    return drawn


def _lines_around(axes: Axes, found: RankRange, rows: Sequence[IntArray], labels: Sequence[str]) -> None:
    """Draw a line a source for the places around one rank, side by side."""
    offsets = np.linspace(-0.3, 0.3, len(rows))
    for s, (own, offset) in enumerate(zip(rows, offsets, strict=True)):
        at = np.arange(len(own)) + offset
        colour = COLOURS[s % len(COLOURS)]
        axes.hlines(at, found.low[own], found.high[own], color=colour, linewidth=2.0, label=labels[s])


def _marks_and_lines(axes: Axes, found: RankRange, rows: Sequence[IntArray], labels: Sequence[str]) -> None:
    """Draw a mark a source for its own rank; sources of the same places share a line."""
    spans = [(*found.low[own], *found.high[own]) for own in rows]
    lines = [*dict.fromkeys(spans)]
    offsets = np.linspace(-0.25, 0.25, len(lines)) if len(lines) > 1 else np.zeros(1)
    for s, (own, span) in enumerate(zip(rows, spans, strict=True)):
        at = np.arange(len(own)) + offsets[lines.index(span)]
        colour, marker = COLOURS[s % len(COLOURS)], MARKERS[s % len(MARKERS)]
        if span not in spans[:s]:
            axes.hlines(at, found.low[own], found.high[own], color=colour, linewidth=1.1, alpha=0.55)
        axes.plot(found.rank[own], at, marker, color=colour, markersize=3.5, label=labels[s])


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
