"""Shape ``document_years``: the policy mix by year."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ccd.report.figures import canvas, line_plot, year_axis
from ccd.report.table import Table
from ccd.report.views.base import Context, FrameColumn, View, frame_table
from ccd.results import Part
from ccd.words import Name, text

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def table(part: Part, ctx: Context) -> Table:
    """Return means over regions by year: documents, share valid, strength, coupling of the instruments."""
    columns = {
        "year": FrameColumn(text("Year"), "count"),
        "in_force": FrameColumn(text("In force"), "number", 2),
        "issued": FrameColumn(text("Issued"), "number", 2),
        "valid_share": FrameColumn(text("Share valid"), "number", 2),
        "strength": FrameColumn(text("Strength"), "number", 2),
        "D": FrameColumn(text("D of instruments"), "number", 4),
        "factors_D": FrameColumn(text("D of factors"), "number", 4),
    }
    title = text("Policy documents by year (means over regions)")
    return frame_table(part.name, title, part.frame, columns, part.notes)


def figure(part: Part, ctx: Context) -> Figure:
    """Return documents in force and issued beside strength by instrument."""
    frame, years = part.frame, part.frame["year"]
    words: list[str] = list(part.facts["words"])  # type: ignore[call-overload]
    drawn, axes = canvas(3.0, columns=2)
    counts = {"in_force": text("in force"), "issued": text("issued")}
    line_plot(axes[0], {ctx.say(label): (years, frame[key]) for key, label in counts.items()})
    line_plot(axes[1], {ctx.say(Name(word)): (years, frame[word]) for word in words})
    titles = (text("Policy documents"), text("Strength by instrument"))
    for panel, title in zip(axes, titles, strict=True):
        panel.set_title(ctx.say(title))
        panel.set_ylim(bottom=0)
        year_axis(panel, years)
    axes[0].set_ylabel(ctx.say(text("Mean over regions")))
    return drawn


VIEW = View(table, figure)
