"""Shape ``lisa``: the Moran scatter, and the clusters of each year as tiles."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ccd.arrays import FloatArray
from ccd.report.figures import INK, RULE, canvas
from ccd.report.maps import ground
from ccd.report.marks import mark_points
from ccd.report.table import Table
from ccd.report.views.base import Column, Context, Extra, View, some, tabulate
from ccd.results import Lisa, Part
from ccd.words import Name, Text, names, text

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: Class -> words and colour; dark ends are alike, light ends differ: both survive grey print.
CLASSES = {
    "HH": (text("high among high"), "#7a2f0c"),
    "LL": (text("low among low"), "#12304f"),
    "HL": (text("high among low"), "#e99b6a"),
    "LH": (text("low among high"), "#8db6d2"),
}
NONE = "#ededed"
#: Years of the scatter, and of the tiles (three a row).
SCATTERS, TILES = 3, 6
#: Names that a scatter shows at most: those farthest from its centre.
NAMED = 4


def years_of(found: Lisa) -> list[int]:
    """Return the years, sorted."""
    return [int(year) for year in np.unique(found.year)]


def table(part: Part[Lisa], ctx: Context) -> Table | None:
    """Return the clusters of the last year; None where there are none."""
    found = part.value
    last = years_of(found)[-1]
    rows = [k for k in np.flatnonzero(found.in_year(last)) if found.label[k]]
    if not rows:
        return None
    columns = (
        Column(text("Region"), names(found.region[k] for k in rows)),
        Column(text("Cluster"), [CLASSES[found.label[k]][0] for k in rows]),
        Column(Name(found.variable[0]), found.value[rows], "number"),
        Column(text("Neighbours' mean"), found.lag[rows], "number"),
        Column(text("Local I"), found.I[rows], "number", 2),
        Column(text("p-value"), found.p_value[rows], "p"),
        Column(text("q"), found.q_value[rows], "p"),
        Column(text("Gi*"), found.Gi[rows], "number", 2),
    )
    note = text(
        "p: {draws} conditional {draws:permutation|permutations}, two-sided; q: false discovery rate within the year "
        "(Benjamini and Hochberg 1995)",
        draws=found.draws,
    )
    title = text("Clusters of {variable} in {year}, q at most {level:g}",
                 variable=Name(found.variable[0]), year=last, level=found.level)  # fmt: skip
    return tabulate(part.name, title, columns, (*part.notes, note))


def scatter(part: Part[Lisa], ctx: Context) -> Figure | None:
    """Return Moran scatters: z against the mean z of its neighbours, in selected years."""
    found = part.value
    years = some(years_of(found), SCATTERS)
    drawn, axes = canvas(2.7, columns=len(years), squeeze=False, sharey=True)
    for place, year in zip(axes.flat, years, strict=True):
        rows = np.flatnonzero(found.in_year(year))
        x, y = found.standard[rows], found.standard_lag[rows]
        for at in (place.axhline, place.axvline):
            at(0, color=RULE, linewidth=0.6)
        colours = [CLASSES[found.label[k]][1] if found.label[k] else "#b5b5b5" for k in rows]
        place.scatter(x, y, s=12, c=colours, linewidths=0, zorder=3)
        mark_points(place, [found.region[k] for k in rows], np.column_stack([x, y]))
        ends = np.array([x.min(), x.max()])
        place.plot(ends, found.slopes[year] * ends, color=INK, linewidth=1)
        for k in apart(x, y):
            left = x[k] > (x.max() + x.min()) / 2
            place.annotate(
                ctx.label(found.region[rows[k]]), (x[k], y[k]), xytext=(-3 if left else 3, 2),
                textcoords="offset points", fontsize=6, ha="right" if left else "left",
            )  # fmt: skip
        place.set_title(
            ctx.say(text("{year}: slope {slope}", year=year, slope=ctx.number(found.slopes[year], 2)))
        )
    axes.flat[0].set_ylabel(ctx.say(text("Neighbours' mean (sd)")))
    drawn.supxlabel(ctx.say(text("{variable} (sd)", variable=Name(found.variable[0]))), fontsize=9)
    return drawn


def apart(x: FloatArray, y: FloatArray) -> list[int]:
    """Return the points (n,) farthest from the centre whose names do not lie on each other."""
    named: list[int] = []
    wide, high = 0.35 * np.ptp(x), 0.09 * np.ptp(y)
    for k in np.argsort(-(x**2 + y**2), kind="stable"):
        if all(abs(x[k] - x[j]) > wide or abs(y[k] - y[j]) > high for j in named):
            named.append(int(k))
        if len(named) == NAMED:
            break
    return named


def clusters(part: Part[Lisa], ctx: Context) -> Figure | None:
    """Return tile maps of the classes, grey where q is above the level; None where no region is in any class."""
    from matplotlib.colors import to_rgb
    from matplotlib.patches import Patch

    found = part.value
    base = ground(dict.fromkeys(found.region), ctx.boundaries)
    if base is None or not any(found.label):
        return None
    years = some(years_of(found), TILES)
    rows = -(-len(years) // 3)
    drawn, axes = canvas(0.6 + 2.1 * rows, rows=rows, columns=3, squeeze=False)
    for place in axes.flat[len(years) :]:
        place.set_axis_off()
    for place, year in zip(axes.flat, years, strict=False):
        colours = {
            found.region[k]: to_rgb(CLASSES[found.label[k]][1] if found.label[k] else NONE)
            for k in np.flatnonzero(found.in_year(year))
        }
        base.draw(place, colours, ctx.language, title=str(year))
    patches = [Patch(color=colour, label=ctx.say(words)) for words, colour in CLASSES.values()]
    patches.append(Patch(color=NONE, label=ctx.say(text("no cluster"))))
    drawn.legend(handles=patches, loc="outside lower center", ncols=3)
    return drawn


def sentences(part: Part[Lisa], ctx: Context) -> Sequence[Text]:
    """Return the clusters of the last year by class."""
    found = part.value
    last = years_of(found)[-1]
    of = {
        kind: tuple(
            Name(found.region[k]) for k in np.flatnonzero(found.in_year(last)) if found.label[k] == kind
        )
        for kind in CLASSES
    }
    values = {"variable": Name(found.variable[0]), "weights": Name(found.weights[0]), "year": last}
    if not any(of.values()):
        return [
            text(
                "No region stands out from its neighbours' {variable} under {weights} in {year} once the many tests "
                "are allowed for (q above 0.05).",
                **values,
            )
        ]
    return [
        text(
            "{variable} under {weights} in {year}, {kind}: {regions}.",
            kind=CLASSES[kind][0],
            regions=regions,
            **values,
        )
        for kind, regions in of.items()
        if regions
    ]


def caption(part: Part[Lisa], ctx: Context) -> Text:
    """Return what the scatter shows."""
    return text(
        "Moran scatter of {variable}, selected years; coloured where the local q is at most 0.05",
        variable=Name(part.value.variable[0]),
    )


def clusters_caption(part: Part[Lisa], ctx: Context) -> Text:
    """Return what the tiles show."""
    return text(
        "Local clusters of {variable}, selected years (q at most 0.05)", variable=Name(part.value.variable[0])
    )


VIEW = View(table, scatter, sentences, caption, (Extra("map", clusters, clusters_caption),))
