"""Shape ``weights_before``: weights beside those fitted on the years before a policy."""

from __future__ import annotations

from ccd.report.table import Table
from ccd.report.views.base import Context, FrameColumn, View, frame_table
from ccd.results import Part
from ccd.words import text


def table(part: Part, ctx: Context) -> Table:
    """Return both weights of each indicator."""
    columns = {
        "policy": FrameColumn(text("Policy"), "name"),
        "subsystem": FrameColumn(text("Subsystem"), "name"),
        "indicator": FrameColumn(text("Indicator"), "name"),
        "weight": FrameColumn(text("Weight, all years"), "number", 4),
        "before": FrameColumn(text("Weight, years before"), "number", 4),
        "until": FrameColumn(text("Last year before"), "count"),
    }
    title = text("Weights before and after a policy")
    return frame_table(part.name, title, part.frame, columns, part.notes)


VIEW = View(table)
