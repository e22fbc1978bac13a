"""Shape ``bacon``: the 2x2 comparisons inside a two-way fixed-effects coefficient, with their weights."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from ccd.report.figures import ACCENT, COLOURS, INK, MARKERS, canvas
from ccd.report.table import Table
from ccd.report.views.base import Column, Context, View, tabulate
from ccd.results import Bacon, Part
from ccd.words import Name, Text, text

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

#: The types of comparison in words.
TYPES: Mapping[str, Text] = {
    "treated vs never": text("treated against never treated"),
    "earlier vs later": text("earlier against later treated (not treated yet)"),
    "later vs earlier": text("later against earlier treated (treated already)"),
    "timing": text("cohort against cohort"),
    "within": text("within cohorts"),
}


def table(part: Part[Bacon], ctx: Context) -> Table:
    """Return every comparison."""
    found = part.value
    columns = (
        Column(text("Treated"), [Name(treated) for treated in found.treated]),
        Column(text("Control"), [Name(control) for control in found.control]),
        Column(text("Comparison"), [TYPES[kind] for kind in found.type]),
        Column(text("Estimate"), found.estimate, "number"),
        Column(text("Weight"), found.weight, "number", 3),
    )
    return tabulate(part.name, text("Goodman-Bacon decomposition"), columns, part.notes)


def figure(part: Part[Bacon], ctx: Context) -> Figure:
    """Return estimates against weights, a marker a type; the line is their weighted mean, the coefficient."""
    found = part.value
    drawn, axes = canvas()
    for place, one in enumerate(found.kinds):
        rows = [j for j, kind in enumerate(found.type) if kind == one.kind]
        axes.plot(
            found.weight[rows],
            found.estimate[rows],
            MARKERS[place],
            color=COLOURS[place if place < 1 else place + 1],  # the accent is the line's
            alpha=0.85,
            label=ctx.say(TYPES[one.kind]),
        )
    axes.axhline(found.total, color=ACCENT, linewidth=1, linestyle="--")
    axes.set_xlim(left=0)
    _within(axes, found)
    axes.set_xlabel(ctx.say(text("Weight")))
    axes.set_ylabel(ctx.say(text("2x2 estimate")))
    axes.legend()
    return drawn


def _within(axes: Axes, found: Bacon) -> None:
    """Keep comparisons within cohorts, far out by nature, from squeezing the axis: an arrow gives their value."""
    others = [j for j, kind in enumerate(found.type) if kind != "within"]
    if not others:
        return
    shown = [*found.estimate[others].tolist(), found.total]
    low, high = min(shown), max(shown)
    room = 0.12 * (high - low) or 0.01
    far = [
        j
        for j, kind in enumerate(found.type)
        if kind == "within" and not low - 3 * room <= found.estimate[j] <= high + 3 * room
    ]
    if not far:
        return
    axes.set_ylim(low - 2 * room, high + 2 * room)
    for j in far:
        above = found.estimate[j] > high
        edge = high + 2 * room if above else low - 2 * room
        axes.annotate(
            f"{found.estimate[j]:.3g}",
            (found.weight[j], edge),
            xytext=(0, -24 if above else 24),
            textcoords="offset points",
            ha="center",
            fontsize=8,
            arrowprops={"arrowstyle": "->", "color": INK, "linewidth": 0.8},
        )


def sentences(part: Part[Bacon], ctx: Context) -> Sequence[Text]:
    """Return the weight and mean of every type, and what the weight on treated controls means."""
    kinds = part.value.kinds
    said = [
        text(
            "{count} {count:comparison|comparisons} of the kind {kind} {count:carries|carry} "
            "{weight}% of the weight and {count:estimates|average} {estimate}.",
            count=str(one.comparisons),
            kind=TYPES[one.kind],
            weight=ctx.number(100 * one.weight, 1),
            estimate=ctx.number(one.estimate),
        )
        for one in kinds
    ]
    if any(one.kind == "later vs earlier" for one in kinds):
        said.append(
            text(
                "Comparisons with regions treated already are sound only if effects do not change over time; the "
                "estimators robust to staggered dates leave them out."
            )
        )
    return tuple(said)


def caption(part: Part[Bacon], ctx: Context) -> Text:
    """Return what the figure shows."""
    return text(
        "Goodman-Bacon: every 2x2 comparison with its weight (line: the coefficient of {policy})",
        policy=_policy(ctx),
    )


def _policy(ctx: Context) -> Name:
    return Name(ctx.estimate.headline.name if ctx.estimate is not None else "")


VIEW = View(table, figure, sentences, caption)
