"""Shape ``comparison``: one estimate by several roads, samples or settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from ccd.report.figures import coefficient_plot
from ccd.report.table import Table
from ccd.report.views.base import Column, Context, View, frame_table
from ccd.results import Part
from ccd.words import Name, Text, text

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def table(part: Part, ctx: Context) -> Table:
    """Return label, estimate with stars, standard error, p-value, interval and N; facts ``title`` heads it."""
    columns = {
        "label": Column(text("Specification"), "name"),
        "estimate": Column(text("Estimate"), "estimate"),
        "std_error": Column(text("Std. error"), "number"),
        "p_value": Column(text("p-value"), "p"),
        "conf_low": Column(text("95% low"), "number"),
        "conf_high": Column(text("95% high"), "number"),
        "nobs": Column(text("N"), "count"),
    }
    title = part.facts.get("title")
    shown = title if isinstance(title, Text) else text("{name} side by side", name=Name(part.name))
    return frame_table(part.name, shown, part.frame, columns, (*part.notes, *ctx.style.star_notes()))


def figure(part: Part, ctx: Context) -> Figure | None:
    """Return the estimates with 95 % intervals, the first row (the baseline) in the accent."""
    frame = part.frame[pd.notna(part.frame["estimate"])]
    if frame.empty:
        return None
    labels = [label if isinstance(label, Text) else Name(label) for label in frame["label"]]
    return coefficient_plot(
        [ctx.say(label) for label in labels],
        frame["estimate"],
        frame["conf_low"],
        frame["conf_high"],
        xlabel=ctx.say(text("Estimate with 95% interval")),
        highlight=(0,),
    )


VIEW = View(table, figure)
