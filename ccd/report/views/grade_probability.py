"""Shape ``grade_probability``: how sure the grade of each region-year is, as a table and as a strip of colours."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ccd.arrays import IntArray
from ccd.report.colours import shades
from ccd.report.figures import INK, WORST_TO_BEST, canvas
from ccd.report.marks import mark_rows
from ccd.report.table import Table
from ccd.report.views.base import Column, Context, View, shortened, some, tabulate
from ccd.report.views.ranks import END, MOST
from ccd.results import SOURCES, GradeProbability, Part
from ccd.words import Name, Text, text

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: A grade that fewer draws agree on is printed with its neighbour, and marked.
SURE = 0.95
#: Years named under the strip.
NAMED = 7


def own_rows(found: GradeProbability, source: str) -> IntArray:
    """Return the row of each region-year that holds the grade of D itself."""
    rows = (found.own == found.code) & (np.array(found.source) == source)
    return np.asarray(np.flatnonzero(rows), dtype=np.intp)


def least_sure(found: GradeProbability) -> str:
    """Return the source under which the fewest grades are sure; the first of equals."""
    sources = [*dict.fromkeys(found.source)]
    return min(sources, key=lambda source: int(np.sum(found.probability[own_rows(found, source)] >= SURE)))


def table(part: Part[GradeProbability], ctx: Context) -> Table:
    """Return the grade of each region in the last year by source, with its neighbour where it is not sure."""
    found = part.value
    own = [
        k
        for source in dict.fromkeys(found.source)
        for k in sorted(own_rows(found, source), key=lambda k: -found.own[k])
        if found.time[k] == found.time.max()
    ]
    rows, notes = shortened(part, len(own))
    shown = np.array(own, dtype=np.intp)[rows]
    columns = (
        Column(text("Source"), [SOURCES[found.source[k]] for k in shown]),
        Column(text("Region"), [Name(found.entity[k]) for k in shown]),
        Column(text("Grade"), [found.printed[k] for k in shown]),
        Column(text("Probability of the grade of D"), found.probability[shown], "number", 3),
    )
    title = text("Grades and how sure they are, {year}", year=int(found.time.max()))
    return tabulate(part.name, title, columns, notes)


def figure(part: Part[GradeProbability], ctx: Context) -> Figure:
    """Return a strip of years for each region, coloured by the grade of D; a dot where the draws do not agree.

    The source that is least sure is drawn, regions in the order of their last grade.
    """
    from matplotlib.colors import BoundaryNorm, ListedColormap
    from matplotlib.patches import Patch

    found = part.value
    rows = own_rows(found, least_sure(found))
    years = np.unique(found.time[rows])
    regions = [*dict.fromkeys(found.entity[k] for k in rows)]
    code = np.full((len(regions), len(years)), np.nan)
    sure = np.ones(code.shape)
    place = {region: i for i, region in enumerate(regions)}
    for k in rows:
        cell = place[found.entity[k]], int(np.searchsorted(years, found.time[k]))
        code[cell], sure[cell] = found.own[k], found.probability[k]
    order = np.lexsort(
        (np.arange(len(regions)), -np.nanmean(code, axis=1), -np.nan_to_num(code[:, -1], nan=-1))
    )
    order = order if len(order) <= MOST else np.r_[order[:END], order[-END:]]
    code, sure = code[order], sure[order]
    low, high = int(np.nanmin(code)), int(np.nanmax(code))
    drawn, axes = canvas(1.1 + 0.165 * len(order))
    colours = ListedColormap(shades(WORST_TO_BEST, len(found.grades))[low : high + 1])
    axes.pcolormesh(
        np.ma.masked_invalid(code),
        cmap=colours,
        norm=BoundaryNorm(np.arange(low, high + 2) - 0.5, high - low + 1),
        edgecolors="white",
        linewidth=0.4,
    )
    y, x = np.nonzero(sure < SURE)
    axes.plot(x + 0.5, y + 0.5, "o", color=INK, markeredgecolor="white", markeredgewidth=0.5, markersize=3.2)
    axes.set_yticks(np.arange(len(order)) + 0.5, [ctx.say(Name(regions[i])) for i in order])
    mark_rows(axes, [regions[i] for i in order], 0.5)
    named = some([*range(len(years))], NAMED)
    axes.set_xticks([k + 0.5 for k in named], [str(years[k]) for k in named])
    axes.invert_yaxis()
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    patches = [
        Patch(facecolor=colours(k - low), label=ctx.say(found.grades[k])) for k in range(low, high + 1)
    ]
    axes.legend(
        handles=patches, loc="lower left", bbox_to_anchor=(0, 1), ncols=3, borderaxespad=0.3, handlelength=1.2
    )
    return drawn


def caption(part: Part[GradeProbability], ctx: Context) -> Text:
    """Return what the colours and dots are."""
    return text(
        "Grade of D by region and year; a dot: fewer than 95% of the draws agree ({source})",
        source=SOURCES[least_sure(part.value)],
    )


def sentences(part: Part[GradeProbability], ctx: Context) -> Sequence[Text]:
    """Return how many grades are sure."""
    found, said = part.value, []
    for source in dict.fromkeys(found.source):
        own = own_rows(found, source)
        total = len({*zip(found.entity, found.time.tolist(), strict=True)})
        sure = int(np.sum(found.probability[own] >= SURE))
        said.append(
            text(
                "{source}: the grade is sure (95% of the draws) in {sure} of {total} region-years.",
                source=SOURCES[source],
                sure=sure,
                total=total,
            )
        )
    return tuple(said)


VIEW = View(table, figure, sentences, caption)
