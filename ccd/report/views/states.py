"""Shape ``states``: who is under which policies, and the mean effect of each state."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from ccd.report.figures import coefficient_plot
from ccd.report.table import Table
from ccd.report.views.base import Context, FrameColumn, View, frame_table
from ccd.results import Part
from ccd.words import Name, text

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def table(part: Part, ctx: Context) -> Table:
    """Return cells, regions, years and mean effect of each state."""
    columns = {
        "label": FrameColumn(text("State"), "name"),
        "cells": FrameColumn(text("Region-years"), "count"),
        "entities": FrameColumn(text("Regions"), "count"),
        "first_year": FrameColumn(text("First year"), "count"),
        "last_year": FrameColumn(text("Last year"), "count"),
        "mean_effect": FrameColumn(text("Mean effect"), "estimate"),
        "std_error": FrameColumn(text("Std. error"), "number"),
    }
    notes = (*part.notes, *ctx.style.star_notes())
    return frame_table(
        part.name, text("Policies in force and their mean effects"), part.frame, columns, notes
    )


def figure(part: Part, ctx: Context) -> Figure | None:
    """Return the mean effect of each state but none, with 95 % intervals."""
    frame = part.frame[pd.notna(part.frame["mean_effect"])]
    if frame.empty:
        return None
    outcome = ctx.estimate.outcome if ctx.estimate is not None else ""
    return coefficient_plot(
        [ctx.say(label) for label in frame["label"]],
        frame["mean_effect"],
        frame["conf_low"],
        frame["conf_high"],
        xlabel=ctx.say(text("Mean effect on {outcome} with 95% interval", outcome=Name(outcome))),
        highlight=(len(frame) - 1,),
    )


VIEW = View(table, figure)
