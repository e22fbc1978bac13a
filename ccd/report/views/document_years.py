"""Shape ``document_years``: the policy mix by year."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ccd.arrays import FloatArray
from ccd.report.figures import canvas, line_plot, year_axis
from ccd.report.table import Table
from ccd.report.views.base import Column, Context, View, tabulate
from ccd.results import DocumentYears, Part
from ccd.words import Name, Text, text

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def table(part: Part[DocumentYears], ctx: Context) -> Table:
    """Return means over regions by year: documents, share valid, strength, coupling of the instruments."""
    mix = part.value
    columns = (
        Column(text("Year"), mix.year, "count"),
        Column(text("In force"), mix.in_force, "number", 2),
        Column(text("Issued"), mix.issued, "number", 2),
        Column(text("Share valid"), mix.valid_share, "number", 2),
        Column(text("Strength"), mix.strength, "number", 2),
        Column(text("D of instruments"), mix.instruments_d, "number", 4),
        Column(text("D of factors"), mix.factors_d, "number", 4),
    )
    return tabulate(part.name, text("Policy documents by year (means over regions)"), columns, part.notes)


def figure(part: Part[DocumentYears], ctx: Context) -> Figure:
    """Return documents in force and issued beside strength by instrument."""
    mix = part.value
    years = mix.year
    drawn, axes = canvas(3.0, columns=2)
    counts: dict[Text | Name, FloatArray] = {text("in force"): mix.in_force, text("issued"): mix.issued}
    strength = {words: mix.measures[name] for name, words in mix.instruments.items()}
    for panel, lines in zip(axes, (counts, strength), strict=True):
        line_plot(panel, {ctx.say(words): (years, values) for words, values in lines.items()})
    titles = (text("Policy documents"), text("Strength by instrument"))
    for panel, title in zip(axes, titles, strict=True):
        panel.set_title(ctx.say(title))
        panel.set_ylim(bottom=0)
        year_axis(panel, years)
    axes[0].set_ylabel(ctx.say(text("Mean over regions")))
    return drawn


VIEW = View(table, figure)
