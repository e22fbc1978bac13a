"""Shape ``summary``: size, centre and spread of each variable."""

from __future__ import annotations

from ccd.report.table import Cell, Count, Number, Row, Table, Word, decimals, heads
from ccd.report.views.base import Context, View
from ccd.results import Part
from ccd.words import Name, text


def table(part: Part, ctx: Context) -> Table:
    """Return one row a variable, its decimals by its own size."""
    measures = ("mean", "std_dev", "min", "median", "max")
    rows = []
    for row in part.frame.to_dict("records"):
        values = [float(row[key]) for key in measures]
        digits = decimals(values)
        cells: list[Cell] = [Word(Name(row["variable"])), Count(int(row["nobs"]))]
        rows.append(Row((*cells, *(Number(value, digits) for value in values))))
    head = heads(
        [
            text("Variable"),
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
        ("l", "d", "d", "d", "d", "d", "d"),
        (head,),
        tuple(rows),
        part.notes,
    )


VIEW = View(table)
