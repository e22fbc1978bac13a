"""Shape ``extremes``: the ends of the curve and the study, with the command that repeats each."""

from __future__ import annotations

from ccd.report.table import Table
from ccd.report.views.base import Column, Context, View, tabulate
from ccd.results import Extremes, Part
from ccd.words import text


def table(part: Part[Extremes], ctx: Context) -> Table:
    """Return number, effect and command of each."""
    found = part.value
    columns = (
        Column(text("Specification"), found.which),
        Column(text("No."), found.number, "count"),
        Column(text("Estimate"), found.estimate, "number"),
        Column(text("Effect in sd"), found.effect_sd, "number", 3),
        Column(text("p-value"), found.p_value, "p"),
        Column(text("Repeated by"), found.command),
    )
    return tabulate(part.name, text("The ends of the curve, and how to repeat them"), columns, part.notes)


VIEW = View(table)
