"""Shape ``placebo_units``: every donor as if treated, by effect and by ratio of RMSPE; also on a map."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ccd.report.colours import colour_map
from ccd.report.figures import ACCENT, COLOURS, INK, RULE, WORST_TO_BEST, canvas
from ccd.report.marks import mark_rows
from ccd.report.table import Table
from ccd.report.tiles import TILES, provinces, tile_map
from ccd.report.views.base import Column, Context, Extra, View, tabulate
from ccd.results import Part, PlaceboUnits
from ccd.words import Name, Text, text

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: Dots shown at most.
DOTS = 40


def table(part: Part[PlaceboUnits], ctx: Context) -> Table:
    """Return the treated and its placebos in order of the size of their effects."""
    found = part.value
    order = np.argsort(found.rank, kind="stable")
    columns = (
        Column(text("Rank"), found.rank[order], "count"),
        Column(text("Region"), [Name(found.region[j]) for j in order]),
        Column(text("Estimate"), found.estimate[order], "number"),
        Column(text("RMSPE before"), found.pre_rmspe[order], "number"),
        Column(text("RMSPE after"), found.post_rmspe[order], "number"),
        Column(text("Ratio"), found.ratio[order], "number", 2),
    )
    title = text("{region} and its placebos", region=Name(found.region[0]))
    return tabulate(part.name, title, columns, (*part.notes, *_within(found)))


def _within(found: PlaceboUnits) -> tuple[Text, ...]:
    return tuple(
        text(
            "Without placebos that fit more than {times} times worse before the date, {count} remain: p of "
            "the ratio {p}",
            times=str(times),
            count=str(count),
            p=f"{p:.3f}",
        )
        for times, count, p in found.within
        if count < len(found.region) - 1
    )


def figure(part: Part[PlaceboUnits], ctx: Context) -> Figure | None:
    """Return the ratios of RMSPE after to before as dots, the treated in the accent."""
    found = part.value
    known = np.flatnonzero(np.isfinite(found.ratio))
    if len(known) < 2 or 0 not in known:
        return None
    order = known[np.argsort(-found.ratio[known], kind="stable")]
    place = int(np.flatnonzero(order == 0)[0])
    shown = order[:DOTS] if place < DOTS else np.r_[order[: DOTS - 1], 0]
    drawn, axes = canvas(0.9 + 0.2 * len(shown))
    at = np.arange(len(shown))
    axes.hlines(at, 0, found.ratio[shown], color=RULE, linewidth=0.6)
    own = shown == 0
    axes.plot(found.ratio[shown][~own], at[~own], "o", color=COLOURS[0])
    axes.plot(found.ratio[shown][own], at[own], "s", color=ACCENT, markersize=6)
    axes.set_yticks(at, [ctx.say(Name(found.region[j])) for j in shown])
    axes.tick_params(axis="y", length=0)
    axes.invert_yaxis()
    axes.set_xlim(left=0)
    mark_rows(axes, [found.region[j] for j in shown])
    axes.set_xlabel(ctx.say(text("RMSPE after the policy over RMSPE before")))
    return drawn


def placebo_map(part: Part[PlaceboUnits], ctx: Context) -> Figure | None:
    """Return the effects of treated and placebos on a tile map of the provinces, the treated framed."""
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import Normalize
    from matplotlib.patches import Rectangle

    found = part.value
    codes = provinces(dict.fromkeys(found.region))
    if codes is None:
        return None
    most = float(np.abs(found.estimate).max())
    scale = ScalarMappable(Normalize(-most, most), colour_map(WORST_TO_BEST))
    drawn, axes = canvas(3.9, 5.2)
    colours = {
        codes[region]: tuple(scale.to_rgba(value))
        for region, value in zip(found.region, found.estimate, strict=True)
    }
    tile_map(axes, colours, ctx.language, title=ctx.say(Name(found.region[0])))
    own = TILES[codes[found.region[0]]]
    axes.add_patch(
        Rectangle((own.column + 0.02, own.row + 0.02), 0.96, 0.96, fill=False, edgecolor=INK, linewidth=1.6)
    )
    bar = drawn.colorbar(scale, ax=axes, label=ctx.say(text("Estimate")), shrink=0.6, aspect=30)
    bar.outline.set_visible(False)
    return drawn


def sentences(part: Part[PlaceboUnits], ctx: Context) -> Sequence[Text]:
    """Return where the treated ranks, and what a rank among so few can show."""
    found = part.value
    count = len(found.region)
    said = [
        text(
            "Among {count} regions, itself counted, the effect of {region} ranks {rank} by size: p {p}.",
            count=str(count),
            region=Name(found.region[0]),
            rank=str(int(found.rank[0])),
            p=ctx.p_value(found.p_value),
        )
    ]
    if 1 / count > 0.05:
        said.append(
            text(
                "Were it the largest of all, p would be {least}: these donors cannot show an effect at 5%.",
                least=ctx.number(1 / count, 3),
            )
        )
    if np.isfinite(found.p_ratio):
        said.append(
            text(
                "By the ratio of RMSPE after to before p {p}.",
                p=ctx.p_value(found.p_ratio),
            )
        )
    return tuple(said)


def caption(part: Part[PlaceboUnits], ctx: Context) -> Text:
    """Return what the dots are."""
    return text(
        "Ratio of RMSPE after the policy to before: {region} and its placebos",
        region=Name(part.value.region[0]),
    )


def map_caption(part: Part[PlaceboUnits], ctx: Context) -> Text:
    """Return what the map shows."""
    return text(
        "The effect on {region} (framed) and the placebo effects on its donors; blank provinces are no donors",
        region=Name(part.value.region[0]),
    )


VIEW = View(table, figure, sentences, caption, (Extra("map", placebo_map, map_caption),))
