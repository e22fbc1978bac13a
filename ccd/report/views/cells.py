"""Shape ``cells``: single region-years that were imputed, lie outside the bounds, or were clipped."""

from __future__ import annotations

from ccd.report.table import Table
from ccd.report.views.base import Context, FrameColumn, View, frame_table
from ccd.results import Part
from ccd.words import Name, text

#: A table shows at most this many; the csv file holds all.
MOST = 60


def table(part: Part, ctx: Context) -> Table:
    """Return the listed cells."""
    entity, time, *rest = (str(column) for column in part.frame.columns)
    columns = {entity: FrameColumn(text("Region"), "name"), time: FrameColumn(text("Year"), "count")}
    for name in rest:
        kind = "auto" if part.frame[name].dtype.kind in "fiu" else "name"
        columns[name] = FrameColumn(Name(name), kind)
    notes = part.notes
    if len(part.frame) > MOST:
        more = text(
            "The first {shown} of {total}; {file}.csv holds all",
            shown=MOST,
            total=len(part.frame),
            file=part.name,
        )
        notes = (*notes, more)
    title = text("Cells: {name}", name=Name(part.name))
    return frame_table(part.name, title, part.frame.head(MOST), columns, notes)


VIEW = View(table)
