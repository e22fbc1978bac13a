"""Shape ``aggregates``: means of effects over all cells, by cohort and by year."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ccd.report.figures import canvas, interval_plot, zero_line
from ccd.report.table import Table
from ccd.report.views.base import Column, Context, View, tabulate
from ccd.results import Aggregates, Part
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


def table(part: Part[Aggregates], ctx: Context) -> Table:
    """Return the means over everything, then cohort by cohort and year by year (event times: their own table)."""
    found = part.value
    rows = [j for j, key in enumerate(found.key) if key == "overall"]
    labels = [OVERALL[found.aggregation[j]] for j in rows]
    for name, heading in PANELS.items():
        own = _keys(found, name)
        rows += own
        labels += [text("{heading} {key}", heading=heading, key=found.key[j]) for j in own]
    columns = (
        Column(text("Effect"), labels),
        Column(text("Estimate"), found.estimate[rows], "estimate"),
        Column(text("Std. error"), found.std_error[rows], "number"),
        Column(text("95% low"), found.conf_low[rows], "number"),
        Column(text("95% high"), found.conf_high[rows], "number"),
        Column(text("p-value"), found.p_value[rows], "p"),
    )
    notes = (*part.notes, *ctx.style.star_notes())
    return tabulate(part.name, text("Means of the effects"), columns, notes, p_value=found.starred[rows])


def figure(part: Part[Aggregates], ctx: Context) -> Figure | None:
    """Return the effects by cohort and by year with 95 % intervals, one panel each."""
    found = part.value
    shown = {name: rows for name in PANELS if len(rows := _keys(found, name)) > 1}
    if not shown:
        return None
    drawn, axes = canvas(3.0, columns=len(shown), squeeze=False, sharey=True)
    for k, (name, rows) in enumerate(shown.items()):
        _panel(axes[0, k], found, rows)
        axes[0, k].set_xlabel(ctx.say(PANELS[name]))
    outcome = ctx.estimate.outcome if ctx.estimate is not None else ""
    axes[0, 0].set_ylabel(ctx.say(text("Effect on {outcome}", outcome=ctx.measured(outcome))))
    return drawn


def _panel(axes: Axes, found: Aggregates, rows: list[int]) -> None:
    zero_line(axes)
    at = np.arange(len(rows))
    interval_plot(axes, at, found.estimate[rows], found.conf_low[rows], found.conf_high[rows])
    step = -(-len(rows) // 7)
    axes.set_xticks(at[::step], [found.key[j] for j in rows][::step])


def _keys(found: Aggregates, name: str) -> list[int]:
    """Return the rows of an aggregation's keys."""
    pairs = enumerate(zip(found.aggregation, found.key, strict=True))
    return [j for j, (one, key) in pairs if one == name and key != "overall"]


def caption(part: Part[Aggregates], ctx: Context) -> Text:
    """Return what the panels show."""
    return text("Mean effects by cohort and by year, with 95% intervals")


VIEW = View(table, figure, caption=caption)
