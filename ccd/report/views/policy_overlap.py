"""Shape ``policy_overlap``: for each pair of policies, who has which, and whether synergy is identified."""

from __future__ import annotations

from ccd.report.table import Table
from ccd.report.views.base import Context, FrameColumn, View, frame_table
from ccd.results import Part
from ccd.words import text


def table(part: Part, ctx: Context) -> Table:
    """Return one row a pair."""
    columns = {
        "first": FrameColumn(text("First"), "name"),
        "second": FrameColumn(text("Second"), "name"),
        "always": FrameColumn(text("Always treated"), "count"),
        "none": FrameColumn(text("Neither yet"), "count"),
        "only_first": FrameColumn(text("First alone"), "count"),
        "only_second": FrameColumn(text("Second alone"), "count"),
        "both": FrameColumn(text("Both"), "count"),
        "matched": FrameColumn(text("Matched share"), "number", 2),
        "verdict": FrameColumn(text("Identified"), "text"),
    }
    return frame_table(
        part.name, text("Pairs of policies: regions by state"), part.frame, columns, part.notes
    )


VIEW = View(table)
