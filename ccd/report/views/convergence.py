"""Shape ``convergence``: slopes and speeds of beta convergence."""

from __future__ import annotations

from ccd.report.table import Table
from ccd.report.views.base import Column, Context, View, tabulate
from ccd.results import Convergence, Part
from ccd.words import Name, Text, text


def table(part: Part[Convergence], ctx: Context) -> Table:
    """Return one row a model, group and term."""
    found = part.value
    columns = [Column(text("Model"), found.model)]
    if any(found.group):
        named = [Name(group) if group else text("all regions") for group in found.group]
        columns.append(Column(text("Regions"), named))
    columns += [
        Column(text("Term"), found.term),
        Column("b", found.b, "estimate"),
        Column(text("Standard error"), found.std_error, "number"),
        Column(text("Speed a year"), found.speed, "number"),
        Column(text("Low"), found.speed_low, "number"),
        Column(text("High"), found.speed_high, "number"),
        Column(text("Half-life, years"), found.half_life, "number", 1),
        Column(text("N"), found.nobs, "count"),
    ]
    notes = (*part.notes, *ctx.style.star_notes())
    return tabulate(part.name, caption(part, ctx), columns, notes, found.p_value)


def caption(part: Part[Convergence], ctx: Context) -> Text:
    """Return whose convergence it is."""
    return text("Beta convergence of {variable}", variable=Name(part.value.variable))


VIEW = View(table, caption=caption)
