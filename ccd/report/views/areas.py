"""Shapes ``areas``, ``area_ranks`` and ``area_cosines``: areas of a small table against each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ccd.report.figures import ACCENT, COLOURS, MARKERS, RULE, canvas, legend_above
from ccd.report.table import Table
from ccd.report.views.base import Column, Context, View, tabulate
from ccd.results import AreaCosines, AreaRanks, Areas, Part
from ccd.words import Name, Text, text

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def table(part: Part[Areas], ctx: Context) -> Table:
    """Return a figure a row, peers below each other."""
    found = part.value
    columns = (
        Column(text("Peer"), [Name(name) for name in found.peer]),
        Column(text("Figure compared"), [Name(name) for name in found.column]),
        Column(Name(found.area), found.value, "auto"),
        Column(text("The peer"), found.peer_value, "auto"),
        Column(text("Ratio"), found.ratio, "number", 2),
    )
    return tabulate(part.name, caption(part, ctx), columns, part.notes)


def caption(part: Part[Areas], ctx: Context) -> Text:
    """Return what is divided by what."""
    return text("Figures of {area} over those of its peers", area=Name(part.value.area))


def figure(part: Part[Areas], ctx: Context) -> Figure | None:
    """Return the ratios, a row a figure, on a log axis around 1; None where no ratio is above 0."""
    found = part.value
    drawable = np.isfinite(found.ratio) & (found.ratio > 0)
    if not drawable.any():
        return None
    listed, peers = list(dict.fromkeys(found.column)), list(dict.fromkeys(found.peer))
    drawn, axes = canvas(1.1 + 0.3 * len(listed))
    for k, peer in enumerate(peers):
        rows = np.flatnonzero((np.array(found.peer) == peer) & drawable)
        axes.plot(
            found.ratio[rows],
            [listed.index(found.column[j]) for j in rows],
            MARKERS[k % len(MARKERS)],
            color=COLOURS[k % len(COLOURS)],
            label=ctx.label(peer),
        )
    axes.axvline(1, color=ACCENT, linewidth=0.8, zorder=0)
    for y in range(len(listed)):
        axes.axhline(y, color=RULE, linewidth=0.3, zorder=0)
    axes.set_xscale("log", base=2)
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
    axes.set_yticks(np.arange(len(listed)), [ctx.label(name) for name in listed])
    axes.tick_params(axis="y", length=0)
    axes.invert_yaxis()
    axes.set_xlabel(ctx.say(text("{area} over its peer, log scale", area=Name(found.area))))
    legend_above(axes, len(peers))
    return drawn


def ranks(part: Part[AreaRanks], ctx: Context) -> Table:
    """Return an area a row, its rank in each figure."""
    found = part.value
    areas, listed = list(dict.fromkeys(found.entity)), list(dict.fromkeys(found.column))
    rank = found.rank.reshape(len(areas), len(listed))
    columns = [
        Column(text("Area"), [Name(name) for name in areas]),
        *(Column(Name(name), rank[:, j], "number", _places(rank[:, j])) for j, name in enumerate(listed)),
    ]
    return tabulate(part.name, text("Ranks of areas, 1 the largest"), columns, part.notes)


def _places(rank: np.ndarray[tuple[int], np.dtype[np.float64]]) -> int:
    """Return one decimal where ties share a rank, else none."""
    return int(any(float(one) % 1 for one in rank if np.isfinite(one)))


def cosines(part: Part[AreaCosines], ctx: Context) -> Table:
    """Return a pair of areas a row."""
    found = part.value
    columns = (
        Column(text("Area"), [Name(name) for name in found.first]),
        Column(text("Other area"), [Name(name) for name in found.second]),
        Column(text("Cosine"), found.cosine, "number", 3),
    )
    return tabulate(part.name, text("How alike areas are in their proportions"), columns, part.notes)


VIEW = View(table, figure, None, caption)
RANKS = View(ranks)
COSINES = View(cosines)
