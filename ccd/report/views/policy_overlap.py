"""Shape ``policy_overlap``: for each pair of policies, who has which, and whether synergy is identified."""

from __future__ import annotations

from ccd.report.table import Table
from ccd.report.views.base import Column, Context, View, frame_table
from ccd.results import Part
from ccd.words import text


def table(part: Part, ctx: Context) -> Table:
    """Return one row a pair."""
    columns = {
        "first": Column(text("First"), "name"),
        "second": Column(text("Second"), "name"),
        "always": Column(text("Always treated"), "count"),
        "none": Column(text("Neither yet"), "count"),
        "only_first": Column(text("First alone"), "count"),
        "only_second": Column(text("Second alone"), "count"),
        "both": Column(text("Both"), "count"),
        "matched": Column(text("Matched share"), "number", 2),
        "verdict": Column(text("Identified"), "text"),
    }
    return frame_table(
        part.name, text("Pairs of policies: regions by state"), part.frame, columns, part.notes
    )


VIEW = View(table)
