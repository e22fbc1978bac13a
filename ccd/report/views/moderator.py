"""Shapes ``moderator`` and ``margins``: an effect that varies with a column."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ccd.report.figures import COLOURS, canvas, zero_line
from ccd.report.table import Table
from ccd.report.views.base import Column, Context, View, tabulate
from ccd.results import Margins, Moderator, Part
from ccd.words import Name, Text, text

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def table(part: Part[Moderator], ctx: Context) -> Table:
    """Return policy, product and moderator."""
    found = part.value
    columns = (
        Column(text("Term"), [term.words for term in found.term]),
        Column(text("Estimate"), found.estimate, "estimate"),
        Column(text("Std. error"), found.std_error, "number"),
        Column(text("p-value"), found.p_value, "p"),
        Column(text("95% low"), found.conf_low, "number"),
        Column(text("95% high"), found.conf_high, "number"),
    )
    title = text("The effect moderated by {column}", column=Name(found.moderator))
    notes = (*part.notes, *ctx.style.star_notes())
    return tabulate(part.name, title, columns, notes, p_value=found.starred)


def margins(part: Part[Margins], ctx: Context) -> Figure:
    """Return the effect with its 95 % band from the 10th to the 90th percentile of the moderator."""
    found = part.value
    drawn, axes = canvas()
    zero_line(axes)
    axes.fill_between(found.at, found.conf_low, found.conf_high, color=COLOURS[0], alpha=0.18, linewidth=0)
    axes.plot(found.at, found.estimate, "o-", color=COLOURS[0])
    axes.set_xlabel(ctx.say(ctx.measured(found.moderator)))
    outcome = ctx.estimate.outcome if ctx.estimate is not None else ""
    axes.set_ylabel(ctx.say(text("Effect on {outcome}", outcome=ctx.measured(outcome))))
    return drawn


def caption(part: Part[Margins], ctx: Context) -> Text:
    """Return what the band shows."""
    return text("The effect at percentiles 10 to 90 of {column}", column=Name(part.value.moderator))


VIEW = View(table)
MARGINS = View(figure=margins, caption=caption)
