"""Shape ``aggregates``: means of effects over all cells, by cohort and by year."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ccd.report.figures import canvas, interval_plot, zero_line
from ccd.report.table import Table
from ccd.report.views.base import Context, FrameColumn, View, frame_table
from ccd.results import Part
from ccd.words import Text, text

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

OVERALL = {
    "simple": text("Mean over treated cells"),
    "group": text("Mean over cohorts"),
    "calendar": text("Mean over years"),
    "dynamic": text("Mean over event times from 0"),
}
PANELS = {"group": text("Cohort"), "calendar": text("Year")}


def table(part: Part, ctx: Context) -> Table:
    """Return the means over everything, then cohort by cohort and year by year (event times: their own table)."""
    overall = part.frame[part.frame["key"] == "overall"]
    means = [OVERALL[name] for name in overall["aggregation"]]
    rows = [overall.assign(label=pd.Series(means, index=overall.index, dtype=object))]
    for name, heading in PANELS.items():
        own = _keys(part.frame, name)
        labels = [text("{heading} {key}", heading=heading, key=str(key)) for key in own["key"]]
        rows.append(own.assign(label=pd.Series(labels, index=own.index, dtype=object)))
    columns = {
        "label": FrameColumn(text("Effect"), "name"),
        "estimate": FrameColumn(text("Estimate"), "estimate"),
        "std_error": FrameColumn(text("Std. error"), "number"),
        "conf_low": FrameColumn(text("95% low"), "number"),
        "conf_high": FrameColumn(text("95% high"), "number"),
        "p_value": FrameColumn(text("p-value"), "p"),
    }
    frame = pd.concat([one for one in rows if len(one)], ignore_index=True)
    notes = (*part.notes, *ctx.style.star_notes())
    return frame_table(part.name, text("Means of the effects"), frame, columns, notes)


def figure(part: Part, ctx: Context) -> Figure | None:
    """Return the effects by cohort and by year with 95 % intervals, one panel each."""
    shown = {name: _keys(part.frame, name) for name in PANELS}
    shown = {name: rows for name, rows in shown.items() if len(rows) > 1}
    if not shown:
        return None
    drawn, axes = canvas(3.0, columns=len(shown), squeeze=False, sharey=True)
    for k, (name, rows) in enumerate(shown.items()):
        _panel(axes[0, k], rows)
        axes[0, k].set_xlabel(ctx.say(PANELS[name]))
    outcome = ctx.estimate.outcome if ctx.estimate is not None else ""
    axes[0, 0].set_ylabel(ctx.say(text("Effect on {outcome}", outcome=ctx.measured(outcome))))
    return drawn


def _panel(axes: Axes, rows: pd.DataFrame) -> None:
    zero_line(axes)
    at = np.arange(len(rows))
    interval_plot(axes, at, rows["estimate"], rows["conf_low"], rows["conf_high"])
    step = -(-len(rows) // 7)
    axes.set_xticks(at[::step], [str(key) for key in rows["key"]][::step])


def _keys(frame: pd.DataFrame, name: str) -> pd.DataFrame:
    return frame[(frame["aggregation"] == name) & (frame["key"] != "overall")]


def caption(part: Part, ctx: Context) -> Text:
    """Return what the panels show."""
    return text("Mean effects by cohort and by year, with 95% intervals")


VIEW = View(table, figure, caption=caption)
