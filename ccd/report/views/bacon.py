"""Shape ``bacon``: the 2x2 comparisons inside a two-way fixed-effects coefficient, with their weights."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from ccd.report.figures import ACCENT, COLOURS, MARKERS, canvas
from ccd.report.table import Table
from ccd.report.views.base import Context, FrameColumn, View, frame_table
from ccd.results import Part
from ccd.words import Name, Text, text

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: The types of comparison in words.
TYPES: Mapping[str, Text] = {
    "treated vs never": text("treated against never treated"),
    "earlier vs later": text("earlier against later treated (not treated yet)"),
    "later vs earlier": text("later against earlier treated (treated already)"),
    "timing": text("cohort against cohort"),
    "within": text("within cohorts"),
}


def table(part: Part, ctx: Context) -> Table:
    """Return every comparison."""
    frame = part.frame.assign(type=part.frame["type"].map(dict(TYPES)))
    columns = {
        "treated": FrameColumn(text("Treated"), "text"),
        "control": FrameColumn(text("Control"), "name"),
        "type": FrameColumn(text("Comparison"), "text"),
        "estimate": FrameColumn(text("Estimate"), "number"),
        "weight": FrameColumn(text("Weight"), "number", 3),
    }
    return frame_table(part.name, text("Goodman-Bacon decomposition"), frame, columns, part.notes)


def figure(part: Part, ctx: Context) -> Figure:
    """Return estimates against weights, a marker a type; the line is their weighted mean, the coefficient."""
    drawn, axes = canvas()
    for place, (kind, rows) in enumerate(part.frame.groupby("type", sort=True)):
        axes.plot(
            rows["weight"],
            rows["estimate"],
            MARKERS[place],
            color=COLOURS[place if place < 1 else place + 1],  # the accent is the line's
            alpha=0.85,
            label=ctx.say(TYPES[str(kind)]),
        )
    total = part.facts.get("estimate")
    if isinstance(total, float):
        axes.axhline(total, color=ACCENT, linewidth=1, linestyle="--")
    axes.set_xlim(left=0)
    axes.set_xlabel(ctx.say(text("Weight")))
    axes.set_ylabel(ctx.say(text("2x2 estimate")))
    axes.legend()
    return drawn


def sentences(part: Part, ctx: Context) -> Sequence[Text]:
    """Return the weight and mean of every type, and what the weight on treated controls means."""
    said = [
        text(
            "{count} comparisons of the kind {kind} carry {weight}% of the weight and average {estimate}.",
            count=str(facts["comparisons"]),
            kind=TYPES[kind],
            weight=ctx.number(100 * float(facts["weight"]), 1),
            estimate=ctx.number(float(facts["estimate"])),
        )
        for kind, facts in part.facts.items()
        if isinstance(facts, Mapping)
    ]
    if isinstance(part.facts.get("later vs earlier"), Mapping):
        said.append(
            text(
                "Comparisons with regions treated already are sound only if effects do not change over time; the "
                "estimators robust to staggered dates leave them out."
            )
        )
    return tuple(said)


def caption(part: Part, ctx: Context) -> Text:
    """Return what the figure shows."""
    return text(
        "Goodman-Bacon: every 2x2 comparison with its weight (line: the coefficient of {policy})",
        policy=_policy(ctx),
    )


def _policy(ctx: Context) -> Name:
    return Name(ctx.estimate.headline.name if ctx.estimate is not None else "")


VIEW = View(table, figure, sentences, caption)
