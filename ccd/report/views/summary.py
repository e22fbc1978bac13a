"""Shape ``summary``: size, centre and spread of each variable."""

from __future__ import annotations

from ccd.report.table import Align, Cell, Count, Number, Row, Table, Word, decimals, heads
from ccd.report.views.base import Context, View
from ccd.results import Part
from ccd.words import Name, text


def table(part: Part, ctx: Context) -> Table:
    """Return one row a variable, its decimals by its own size; a column of units where any is known."""
    measures = ("mean", "std_dev", "min", "median", "max")
    measured = not ctx.units.keys().isdisjoint(part.frame["variable"])
    rows = []
    for row in part.frame.to_dict("records"):
        values = [float(row[key]) for key in measures]
        digits = decimals(values)
        unit = [Word(ctx.units.get(row["variable"], ""))] if measured else []
        cells: list[Cell] = [Word(Name(row["variable"])), *unit, Count(int(row["nobs"]))]
        rows.append(Row((*cells, *(Number(value, digits) for value in values))))
    align: tuple[Align, ...] = ("l", *(("l",) if measured else ()), "d", "d", "d", "d", "d", "d")
    head = heads(
        [
            text("Variable"),
            *([text("Unit")] if measured else []),
            text("N"),
            text("Mean"),
            text("Std. dev."),
            text("Min"),
            text("Median"),
            text("Max"),
        ]
    )
    return Table(
        part.name,
        text("Descriptive statistics"),
        align,
        (head,),
        tuple(rows),
        part.notes,
    )


VIEW = View(table)
