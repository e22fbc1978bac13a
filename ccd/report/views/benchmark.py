"""Shapes ``gap``, ``profile`` and ``nearest``: a region against its peers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ccd.arrays import IntArray
from ccd.report.figures import ACCENT, COLOURS, INK, RULE, SOFT, canvas, legend_above, line_plot, year_axis
from ccd.report.marks import mark_paths
from ccd.report.table import Table
from ccd.report.views.base import Column, Context, Extra, View, tabulate
from ccd.results import Gap, Nearest, Part, Profile
from ccd.words import Name, Text, names, text

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

#: Peers drawn side by side; the table holds all.
DRAWN = 3


def pairs(found: Gap) -> list[str]:
    """Return the peers in their order."""
    return list(dict.fromkeys(found.peer))


def table(part: Part[Gap], ctx: Context) -> Table:
    """Return an indicator a row, peers below each other."""
    found = part.value
    columns = (
        Column(text("Peer"), [Name(name) for name in found.peer]),
        Column(text("Subsystem"), [Name(name) for name in found.subsystem]),
        Column(text("Indicator"), [Name(name) for name in found.indicator]),
        Column(text("Part of the gap in ln D"), found.log, "number"),
        Column(text("Part of the gap in D"), found.level, "number"),
        Column(text("D at the peer's level"), found.what_if, "number"),
    )
    return tabulate(part.name, caption(part, ctx), columns, part.notes)


def caption(part: Part[Gap], ctx: Context) -> Text:
    """Return whose gap it is."""
    found = part.value
    return text("From D of {region} to D of its peers, {year}", region=Name(found.entity[0]), year=found.year)


def figure(part: Part[Gap], ctx: Context) -> Figure | None:
    """Return a waterfall a peer, from D of the region to D of the peer; None where nothing can be split."""
    found = part.value
    whole = [p for p in pairs(found) if np.isfinite(found.level[np.array(found.peer) == p]).all()][:DRAWN]
    if not whole:
        return None
    first = np.flatnonzero(np.array(found.peer) == whole[0])
    drawn, axes = canvas(
        1.3 + 0.21 * (len(first) + 2), columns=len(whole), sharey=True, sharex=True, squeeze=False
    )
    for place, peer in zip(axes[0], whole, strict=True):
        _waterfall(place, found, np.flatnonzero(np.array(found.peer) == peer), ctx)
    listed = [ctx.label(found.indicator[k]) for k in first]
    axes[0, 0].set_yticks(np.arange(len(listed) + 2), [ctx.label(found.entity[0]), *listed, ""], fontsize=7.5)
    axes[0, 0].invert_yaxis()
    axes[0, len(whole) // 2].set_xlabel(ctx.say(Name("D")))
    return drawn


def _waterfall(axes: Axes, found: Gap, rows: IntArray, ctx: Context) -> None:
    step, ends = found.level[rows], found.ends[rows]
    start, end = float(found.d[rows[0]]), float(found.d_peer[rows[0]])
    size = len(rows)
    axes.barh(
        np.arange(1, size + 1),
        step,
        0.72,
        ends - step,
        color=[COLOURS[0] if one >= 0 else ACCENT for one in step],
    )
    path = np.r_[start, ends]
    axes.vlines(path, np.arange(size + 1), np.arange(size + 1) + 1, color=RULE, linewidth=0.6, zorder=0)
    borders = [k for k in range(1, size) if found.subsystem[rows[k]] != found.subsystem[rows[k - 1]]]
    for border in (0, *borders, size):
        axes.axhline(border + 0.5, color=RULE, linewidth=0.4, zorder=0)
    for y, value in ((0, start), (size + 1, end)):
        axes.plot(value, y, "o", color=INK, markersize=4)
        axes.annotate(
            ctx.number(value, 3),
            (value, y),
            xytext=(5, 0),
            textcoords="offset points",
            va="center",
            fontsize=7,
        )
    axes.set_title(ctx.label(found.peer[rows[0]]), fontsize=8.5)
    axes.tick_params(axis="y", length=0)
    axes.use_sticky_edges = False  # a bar may end at the margin's inner edge
    axes.margins(x=0.2)


def drawing(part: Part[Gap], ctx: Context) -> Text:
    """Return what the waterfall shows."""
    found = part.value
    return text(
        "From D of {region} to D of {peers}, {year}: what each indicator adds; orange takes away",
        region=Name(found.entity[0]),
        peers=names(pairs(found)[:DRAWN]),
        year=found.year,
    )


def sentences(part: Part[Gap], ctx: Context) -> Sequence[Text]:
    """Return for each peer the gap and the indicator with the largest part of it."""
    found = part.value
    said = []
    for peer in pairs(found):
        rows = np.flatnonzero(np.array(found.peer) == peer)
        if not np.isfinite(found.level[rows]).all():
            continue
        k = rows[int(np.argmax(np.abs(found.level[rows])))]
        said.append(
            text(
                "In {year} D of {region} is {own}, of {peer} {other}; the largest part of the gap is {part} of "
                "{indicator}.",
                year=found.year,
                region=Name(found.entity[k]),
                own=ctx.number(float(found.d[k]), 3),
                peer=Name(peer),
                other=ctx.number(float(found.d_peer[k]), 3),
                part=ctx.number(float(found.level[k]), 3),
                indicator=Name(found.indicator[k]),
            )
        )
    return said


def standing(part: Part[Profile], ctx: Context) -> Table:
    """Return a measure a row: the region, its rank, its peers, all regions."""
    found = part.value
    columns = (
        Column(text("Measure"), [Name(name) for name in found.measure]),
        Column(text("As found"), found.value, "auto"),
        Column(text("In [0, 1]"), found.score, "number", 3),
        Column(text("Rank"), found.rank, "number", 0),
        Column(text("Regions"), found.regions, "count"),
        Column(text("Mean of peers"), found.peers, "number", 3),
        Column(text("Median of all"), found.median, "number", 3),
    )
    note = text("Peers: {peers}", peers=names(found.compared))
    return tabulate(part.name, profiled(part, ctx), columns, (*part.notes, note))


def profiled(part: Part[Profile], ctx: Context) -> Text:
    """Return whose profile it is."""
    return text("Profile of {region}, {year}", region=Name(part.value.entity), year=part.value.year)


def strip(part: Part[Profile], ctx: Context) -> Figure:
    """Return where the region stands in each measure, between the lowest and the highest of all regions."""
    found = part.value
    drawn, axes = canvas(1.0 + 0.22 * len(found.measure))
    at = np.arange(len(found.measure))
    axes.hlines(at, found.lowest, found.highest, color=SOFT, linewidth=5, zorder=0)
    axes.plot(found.median, at, "|", color=INK, markersize=8, label=ctx.say(text("median of all regions")))
    axes.plot(found.peers, at, "s", color=COLOURS[0], label=ctx.say(text("mean of peers")))
    axes.plot(found.score, at, "o", color=ACCENT, markersize=5, label=ctx.label(found.entity))
    kinds = [k for k in range(1, len(at)) if found.kind[k] != found.kind[k - 1]]
    for border in kinds:
        axes.axhline(border - 0.5, color=RULE, linewidth=0.4)
    axes.set_yticks(at, [ctx.label(name) for name in found.measure], fontsize=7.5)
    axes.tick_params(axis="y", length=0)
    axes.invert_yaxis()
    axes.set_xlim(-0.02, 1.02)
    legend_above(axes)
    return drawn


def paths(part: Part[Profile], ctx: Context) -> Figure:
    """Return D of the region and of its peers over the years."""
    found = part.value
    drawn, axes = canvas(2.9)
    lines = {ctx.label(n): (found.years, d) for n, d in zip(found.compared, found.others, strict=True)}
    line_plot(axes, {ctx.label(found.entity): (found.years, found.own)} | lines)
    mark_paths(axes, [found.entity, *found.compared], found.years, [found.own, *found.others])
    year_axis(axes, found.years)
    axes.set_ylabel(ctx.say(Name("D")))
    return drawn


def path_caption(part: Part[Profile], ctx: Context) -> Text:
    """Return what the lines are."""
    return text("D of {region} and of its peers", region=Name(part.value.entity))


def nearest(part: Part[Nearest], ctx: Context) -> Table:
    """Return one row a neighbour, the nearest first."""
    found = part.value
    columns = [
        Column(text("Region"), [Name(name) for name in found.entity]),
        Column(text("Neighbour"), [Name(name) for name in found.neighbour]),
        Column(text("Distance"), found.distance, "number", 2),
        Column(text("From"), found.first, "count"),
        Column(text("To"), found.last, "count"),
    ]
    said = [text("Euclidean distance of standardised means of {columns}", columns=names(found.on))]
    if found.policy is not None:
        columns.append(Column(text("First treated"), found.first_treated, "count"))
        said.append(text("Means over the years before {policy} in the region", policy=Name(found.policy)))
    return tabulate(part.name, text("Nearest neighbours"), columns, (*part.notes, *said))


VIEW = View(table, figure, sentences, drawing)
PROFILE = View(standing, strip, None, profiled, (Extra("path", paths, path_caption),))
NEAREST = View(nearest)
