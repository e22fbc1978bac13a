"""Shape ``cells``: single region-years that were imputed, lie outside the bounds, or were clipped."""

from __future__ import annotations

from ccd.report.table import Table
from ccd.report.views.base import Column, Context, View, tabulate
from ccd.results import Cells, Part
from ccd.words import Name, text

#: A table shows at most this many; the csv file holds all.
MOST = 60


def table(part: Part[Cells], ctx: Context) -> Table:
    """Return the listed cells."""
    found = part.value
    columns = [
        Column(text("Region"), [Name(name) for name in found.entity[:MOST]]),
        Column(text("Year"), found.year[:MOST], "count"),
    ]
    words = {"indicator": found.indicator, "subsystem": found.subsystem}
    columns += [
        Column(Name(heading), [Name(name) for name in names[:MOST]])
        for heading, names in words.items()
        if names is not None
    ]
    numbers = {"value": found.value, "scaled": found.scaled, "index": found.index}
    columns += [
        Column(Name(heading), values[:MOST], "auto")
        for heading, values in numbers.items()
        if values is not None
    ]
    notes = part.notes
    if len(found.entity) > MOST:
        more = text(
            "The first {shown} of {total}; {file}.csv holds all",
            shown=MOST,
            total=len(found.entity),
            file=part.name,
        )
        notes = (*notes, more)
    return tabulate(part.name, text("Cells: {name}", name=Name(part.name)), columns, notes)


VIEW = View(table)
