"""Shape ``document_years``: the policy mix by year."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ccd.report.figures import canvas, line_plot, year_axis
from ccd.report.table import Table
from ccd.report.views.base import Column, Context, View, tabulate
from ccd.results import DocumentYears, Part
from ccd.words import text

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def table(part: Part[DocumentYears], ctx: Context) -> Table:
    """Return means over regions by year: documents, share valid, strength, coupling of the instruments."""
    measures = part.value.measures
    columns = (
        Column(text("Year"), part.value.year, "count"),
        Column(text("In force"), measures["in_force"], "number", 2),
        Column(text("Issued"), measures["issued"], "number", 2),
        Column(text("Share valid"), measures["valid_share"], "number", 2),
        Column(text("Strength"), measures["strength"], "number", 2),
        Column(text("D of instruments"), measures["D"], "number", 4),
        Column(text("D of factors"), measures["factors_D"], "number", 4),
    )
    return tabulate(part.name, text("Policy documents by year (means over regions)"), columns, part.notes)


def figure(part: Part[DocumentYears], ctx: Context) -> Figure:
    """Return documents in force and issued beside strength by instrument."""
    found = part.value
    years, measures = found.year, found.measures
    drawn, axes = canvas(3.0, columns=2)
    counts = {"in_force": text("in force"), "issued": text("issued")}
    line_plot(axes[0], {ctx.say(label): (years, measures[key]) for key, label in counts.items()})
    line_plot(axes[1], {ctx.say(words): (years, measures[name]) for name, words in found.instruments.items()})
    titles = (text("Policy documents"), text("Strength by instrument"))
    for panel, title in zip(axes, titles, strict=True):
        panel.set_title(ctx.say(title))
        panel.set_ylim(bottom=0)
        year_axis(panel, years)
    axes[0].set_ylabel(ctx.say(text("Mean over regions")))
    return drawn


VIEW = View(table, figure)
