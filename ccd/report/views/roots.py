"""Shape ``roots``: tests of unit roots."""

from __future__ import annotations

from collections.abc import Mapping

from ccd.report.table import Table
from ccd.report.views.base import Column, Context, View, tabulate
from ccd.results import Part, UnitRoots
from ccd.words import Name, Text, text

TERMS: Mapping[str, Text] = {"none": text("no constant"), "drift": text("drift"), "trend": text("trend")}


def table(part: Part[UnitRoots], ctx: Context) -> Table:
    """Return one row a variable and test."""
    found = part.value
    columns = (
        Column(text("Variable"), [Name(variable) for variable in found.variable]),
        Column(text("Test"), list(found.test)),
        Column(text("Lags"), found.lags, "count"),
        Column(text("Terms"), [TERMS[one] for one in found.terms]),
        Column(text("Test statistic"), found.statistic, "number", 3),
        Column(text("p-value"), found.p_value, "p"),
    )
    note = text(
        "Null: a unit root in every region; CIPS of Pesaran (2007), p from simulated panels of this size"
    )
    return tabulate(part.name, text("Panel unit roots"), columns, (*part.notes, note))


VIEW = View(table)
