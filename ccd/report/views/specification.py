"""Shapes ``tests`` and ``first_stage`` of panel regressions."""

from __future__ import annotations

from ccd.report.table import Table
from ccd.report.views.base import Context, FrameColumn, View, frame_table
from ccd.results import Part
from ccd.words import text


def table(part: Part, ctx: Context) -> Table:
    """Return one row a test."""
    columns = {
        "label": FrameColumn(text("Test"), "text"),
        "statistic": FrameColumn(text("Statistic"), "number", 3),
        "df": FrameColumn(text("Degrees of freedom"), "count"),
        "p_value": FrameColumn(text("p-value"), "p"),
    }
    return frame_table(part.name, text("Specification tests"), part.frame, columns, part.notes)


def first_stage(part: Part, ctx: Context) -> Table:
    """Return the first-stage coefficients."""
    columns = {
        "endogenous": FrameColumn(text("Endogenous"), "name"),
        "term": FrameColumn(text("Instrument"), "name"),
        "estimate": FrameColumn(text("Estimate"), "estimate"),
        "std_error": FrameColumn(text("Std. error"), "number"),
        "p_value": FrameColumn(text("p-value"), "p"),
    }
    notes = (*part.notes, *ctx.style.star_notes())
    return frame_table(part.name, text("First stage"), part.frame, columns, notes)


VIEW = View(table)
FIRST_STAGE = View(first_stage)
