"""Shape ``mechanism``: the policy's effect on channels, and what runs through them."""

from __future__ import annotations

from ccd.report.table import Table
from ccd.report.views.base import Context, FrameColumn, View, frame_table
from ccd.results import Part
from ccd.words import text


def table(part: Part, ctx: Context) -> Table:
    """Return one row a channel: both legs with errors, the indirect effect and its share with intervals."""
    columns = {
        "channel": FrameColumn(text("Channel"), "name"),
        "effect": FrameColumn(text("Policy on channel"), "number"),
        "effect_std_error": FrameColumn(text("Std. error"), "number"),
        "on_outcome": FrameColumn(text("Channel on outcome"), "number"),
        "on_outcome_std_error": FrameColumn(text("Std. error"), "number"),
        "indirect": FrameColumn(text("Indirect"), "number"),
        "share": FrameColumn(text("Share of total"), "number", 2),
        "share_low": FrameColumn(text("95% low"), "number", 2),
        "share_high": FrameColumn(text("95% high"), "number", 2),
        "nobs": FrameColumn(text("N"), "count"),
    }
    return frame_table(
        part.name, text("Mechanism: what runs through each channel"), part.frame, columns, part.notes
    )


VIEW = View(table)
