"""Shape ``ranks``: the rank of each region, and the places it may take, in the last year."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ccd.arrays import IntArray
from ccd.report.figures import COLOURS, INK, MARKERS, canvas, legend_above
from ccd.report.table import Table
from ccd.report.views.base import Column, Context, View, shortened, tabulate
from ccd.results import BOOTSTRAP, Part, RankRange
from ccd.results import SOURCES as OF_D
from ccd.words import Name, Text, text

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: What the sources are called.
SOURCES = {
    "specifications": text("specifications"),
    "specifications, median": text("specifications, median"),
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
    # sources around one rank share its mark; the median over specifications has one of its own
    alike = around_one_rank(found, order)
    drawn, axes = canvas(0.9 + (0.11 + 0.028 * min(len(sources), 6) if alike else 0.175) * len(regions))
    reach = 0.3 if alike else 0.25
    offsets = np.linspace(-reach, reach, len(sources)) if len(sources) > 1 else [0.0]
    for s, (source, offset) in enumerate(zip(sources, offsets, strict=True)):
        own = {found.entity[k]: k for k in order if found.source[k] == source}
        rows = np.array([own[region] for region in regions])
        at = np.arange(len(rows)) + offset
        colour, marker = COLOURS[s % len(COLOURS)], MARKERS[s % len(MARKERS)]
        own_label = {"linewidth": 2.0, "label": ctx.say(SOURCES[source])} if alike else {"alpha": 0.55}
        axes.hlines(at, found.low[rows], found.high[rows], color=colour, **{"linewidth": 1.1, **own_label})
        if alike:
            continue
        axes.plot(found.rank[rows], at, marker, color=colour, markersize=3.5, label=ctx.say(SOURCES[source]))
    if alike:
        rank = [found.rank[k] for region in regions for k in first if found.entity[k] == region]
        axes.plot(rank, range(len(regions)), MARKERS[0], color=INK, markersize=3, label=ctx.say(text("Rank")))
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
        said.append(
            text(
                "{source}: a region may take {places} places on average.",
                source=SOURCES[source],
                places=ctx.number(float(np.mean(found.high[own] - found.low[own] + 1)), 1),
            )
        )
    return tuple(said)


VIEW = View(table, figure, sentences)
