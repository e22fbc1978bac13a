"""Shape ``weights_before``: weights beside those fitted on the years before a policy."""

from __future__ import annotations

from ccd.report.table import Table
from ccd.report.views.base import Column, Context, View, tabulate
from ccd.results import Part, WeightsBefore
from ccd.words import Name, text


def table(part: Part[WeightsBefore], ctx: Context) -> Table:
    """Return both weights of each indicator."""
    found = part.value
    columns = (
        Column(text("Policy"), [Name(name) for name in found.policy]),
        Column(text("Subsystem"), [Name(name) for name in found.subsystem]),
        Column(text("Indicator"), [Name(name) for name in found.indicator]),
        Column(text("Weight, all years"), found.weight, "number", 4),
        Column(text("Weight, years before"), found.before, "number", 4),
        Column(text("Last year before"), found.until, "count"),
    )
    return tabulate(part.name, text("Weights before and after a policy"), columns, part.notes)


VIEW = View(table)
