"""Shape ``differences``: how far the effect differs between groups of regions, pair by pair."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ccd.report.figures import ACCENT, COLOURS, SOFT, canvas
from ccd.report.table import Table
from ccd.report.views.base import Column, Context, View, tabulate
from ccd.results import Differences, Part
from ccd.words import Name, Text, text

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: A figure shows at most so many pairs.
MOST = 6


def table(part: Part[Differences], ctx: Context) -> Table:
    """Return one row a pair: both effects, their difference, and its p by three ways."""
    found = part.value
    columns = (
        Column(text("Groups"), pairs(found)),
        Column(text("First group"), found.estimate_first, "number"),
        Column(text("Second group"), found.estimate_second, "number"),
        Column(text("Difference"), found.difference, "estimate"),
        Column(text("Std. error"), found.std_error, "number"),
        Column(text("p (permuted)"), found.p_value, "p"),
        Column(text("p (stacked)"), found.p_stacked, "p"),
        Column(text("p (interaction)"), found.p_interaction, "p"),
    )
    how = text(
        "p (permuted) leads: the groups' labels are dealt anew {over} ({draws} times), both models fitted again, and "
        "the studentised difference compared; p (stacked) joins the clustered scores of both models; p (interaction) "
        "is that of one regression in which all is crossed with the group",
        over=text("within treated and untreated regions") if found.within else text("over all regions"),
        draws=int(found.draws.max(initial=0)),
    )
    title = text("Differences of the effect between groups of {column}", column=Name(found.by))
    return tabulate(
        part.name, title, columns, (*part.notes, how, *ctx.style.star_notes()), p_value=found.p_value
    )


def pairs(found: Differences) -> list[Text]:
    """Return the two groups of each row."""
    return [
        text("{first} - {second}", first=first, second=second)
        for first, second in zip(found.first, found.second, strict=True)
    ]


def figure(part: Part[Differences], ctx: Context) -> Figure | None:
    """Return the permuted statistics of each pair with the observed one marked, on one scale."""
    found = part.value
    shown = [j for j in range(len(found.first)) if j < len(found.drawn) and len(found.drawn[j])][:MOST]
    if not shown:
        return None
    columns = min(3, len(shown))
    rows = -(-len(shown) // columns)
    drawn, axes = canvas(0.5 + 1.9 * rows, rows=rows, columns=columns, sharex=True, squeeze=False)
    widest = max(float(np.abs([*found.drawn[j], found.statistic[j]]).max()) for j in shown) * 1.05
    words = pairs(found)
    for place, own in enumerate(axes.flat):
        if place >= len(shown):
            own.set_axis_off()
            continue
        j = shown[place]
        bins = np.linspace(-widest, widest, 41)
        own.hist(found.drawn[j], bins=bins, density=True, color=SOFT, edgecolor="white", linewidth=0.4)
        for side in (-1, 1):
            own.axvline(side * found.critical[j], color=COLOURS[0], linewidth=0.8, linestyle=":")
        own.axvline(found.statistic[j], color=ACCENT, linewidth=1.2, linestyle="--")
        head = text("{pair}: p {p}", pair=words[j], p=ctx.p_value(float(found.p_value[j])))
        own.set_title(ctx.say(head), fontsize=8.5)
        own.set_yticks([])
        own.spines["left"].set_visible(False)
    drawn.supxlabel(
        ctx.say(text("studentised difference (dashed: observed, dotted: 5% critical values)")), fontsize=9
    )
    return drawn


def caption(part: Part[Differences], ctx: Context) -> Text:
    """Return what the figure shows."""
    return text("Permuted differences of the effect between groups of {column}", column=Name(part.value.by))


def sentences(part: Part[Differences], ctx: Context) -> Sequence[Text]:
    """Return which pairs differ at 5 %, by the permutation."""
    found = part.value
    apart = [j for j, p in enumerate(found.p_value) if p <= 0.05]
    if not apart:
        least = int(np.nanargmin(found.p_value)) if np.isfinite(found.p_value).any() else None
        if least is None:
            return ()
        return (
            text(
                "No two groups of {column} differ in their effect at 5%; the least p is that of {pair} (p {p}).",
                column=Name(found.by),
                pair=pairs(found)[least],
                p=ctx.p_value(float(found.p_value[least])),
            ),
        )
    return tuple(
        text(
            "The effect differs between {first} and {second} by {difference} (p {p}).",
            first=found.first[j],
            second=found.second[j],
            difference=ctx.number(float(found.difference[j])),
            p=ctx.p_value(float(found.p_value[j])),
        )
        for j in apart
    )


VIEW = View(table, figure, sentences, caption)
