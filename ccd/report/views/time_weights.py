"""Shape ``time_weights``: the weights of the years before the date."""

from __future__ import annotations

from ccd.report.table import Table
from ccd.report.views.base import Column, Context, View, tabulate
from ccd.results import Part, TimeWeights
from ccd.words import text


def table(part: Part[TimeWeights], ctx: Context) -> Table:
    """Return year and weight."""
    found = part.value
    columns = (
        Column(text("Year"), found.year, "count"),
        Column(text("Weight"), found.weight, "number", 3),
    )
    note = text("Worth {years} equal years", years=ctx.number(found.effective, 1))
    return tabulate(part.name, text("Weights of the years before the policy"), columns, (*part.notes, note))


VIEW = View(table)
