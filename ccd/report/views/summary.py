"""Shape ``summary``: size, centre and spread of each variable."""

from __future__ import annotations

from ccd.report.table import Align, Cell, Count, Number, Row, Table, Word, decimals, heads
from ccd.report.views.base import Context, View
from ccd.results import Part, Summary
from ccd.words import Name, Text, names, text


def table(part: Part[Summary], ctx: Context) -> Table:
    """Return one row a variable, its decimals by its own size; a column of units where any is known."""
    found = part.value
    measured = not ctx.units.keys().isdisjoint(found.variable)
    indices = ctx.indices
    rows = []
    for j, variable in enumerate(found.variable):
        measures = (found.mean, found.std_dev, found.min, found.median, found.max)
        values = [float(measure[j]) for measure in measures]
        digits = decimals(values)
        unit = [Word(ctx.units.get(variable, "[0, 1]" if variable in indices else "–"))] if measured else []
        cells: list[Cell] = [Word(Name(variable)), *unit, Count(int(found.nobs[j]))]
        rows.append(Row((*cells, *(Number(value, digits) for value in values))))
    align: tuple[Align, ...] = ("l", *(("l",) if measured else ()), "d", "d", "d", "d", "d", "d")
    words: list[Text] = [text("Variable"), *([text("Unit")] if measured else [])]
    words += [text("N"), text("Mean"), text("Std. dev."), text("Min"), text("Median"), text("Max")]
    shown = [variable for variable in found.variable if variable in indices]
    notes = part.notes
    if measured and shown:
        notes = (*notes, text("[0, 1]: indices without a unit ({columns})", columns=names(shown)))
    return Table(part.name, text("Descriptive statistics"), align, (heads(words),), tuple(rows), notes)


VIEW = View(table)
