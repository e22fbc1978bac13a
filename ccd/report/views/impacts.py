"""Shape ``impacts``: what a change in one region does there, next door, and in all."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ccd.report.figures import COLOURS, MARKERS, RULE, canvas
from ccd.report.table import Table
from ccd.report.views.base import Column, Context, View, tabulate
from ccd.results import Impacts, Part
from ccd.words import Name, Text, names, text

if TYPE_CHECKING:
    from matplotlib.figure import Figure

EFFECTS = {"direct": text("direct"), "indirect": text("indirect"), "total": text("total")}


def table(part: Part[Impacts], ctx: Context) -> Table:
    """Return one row a variable and effect."""
    found = part.value
    columns = (
        Column(text("Variable"), names(found.variable)),
        Column(text("Impact"), [EFFECTS[effect] for effect in found.effect]),
        Column(text("Estimate"), found.estimate, "estimate"),
        Column(text("Std. error"), found.std_error, "number"),
        Column(text("p-value"), found.p_value, "p"),
        Column(text("95% low"), found.conf_low, "number"),
        Column(text("95% high"), found.conf_high, "number"),
    )
    notes = [*part.notes, *ctx.style.star_notes()]
    if found.draws:
        notes.append(
            text(
                "Errors are half the middle 68 % range of {draws} {draws:draw|draws} of all coefficients, "
                "intervals the 2.5 and 97.5 % quantiles",
                draws=found.draws,
            )
        )
    title = text("Direct, indirect and total impacts on {outcome}", outcome=Name(found.outcome))
    return tabulate(part.name, title, columns, notes, p_value=found.p_value)


def figure(part: Part[Impacts], ctx: Context) -> Figure:
    """Return a panel a variable (each has its own scale), a row an effect, with intervals."""
    found = part.value
    listed = list(dict.fromkeys(found.variable))
    drawn, axes = canvas(0.45 + 0.75 * len(listed), rows=len(listed), squeeze=False)
    for place, variable in zip(axes.flat, listed, strict=True):
        rows = [k for k, one in enumerate(found.variable) if one == variable]
        for level, k in enumerate(rows):
            colour = COLOURS[level]
            place.plot([found.conf_low[k], found.conf_high[k]], [-level] * 2, color=colour, linewidth=1.4)
            place.plot(found.estimate[k], -level, MARKERS[level], color=colour)
        place.axvline(0, color=RULE, linewidth=0.6)
        place.set_yticks(-np.arange(len(rows)), [ctx.say(EFFECTS[found.effect[k]]) for k in rows])
        place.set_ylim(-len(rows) + 0.4, 0.6)
        place.set_title(ctx.label(variable))
    return drawn


def caption(part: Part[Impacts], ctx: Context) -> Text:
    """Return what the figure shows."""
    return text(
        "Direct, indirect and total impacts on {outcome} with 95% intervals", outcome=Name(part.value.outcome)
    )


def sentences(part: Part[Impacts], ctx: Context) -> Sequence[Text]:
    """Return what the three impacts are, and those of the first variable."""
    found = part.value
    by = {found.effect[k]: k for k in range(3)}
    shown = {effect: ctx.number(found.estimate[k]) for effect, k in by.items()}
    return [
        text(
            "The direct impact is what one unit more in a region does to its own {outcome}, feedback through "
            "its neighbours included; the indirect impact is what one unit more in all other regions does to "
            "it; the total impact is both.",
            outcome=Name(found.outcome),
        ),
        text(
            "{variable}: direct {direct}, indirect {indirect} (95% interval {low} to {high}), total {total}.",
            variable=Name(found.variable[0]),
            low=ctx.number(found.conf_low[by["indirect"]]),
            high=ctx.number(found.conf_high[by["indirect"]]),
            **shown,
        ),
    ]


VIEW = View(table, figure, sentences, caption)
