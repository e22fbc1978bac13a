"""Shape ``states``: who is under which policies, and the mean effect of each state."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ccd.report.figures import coefficient_plot
from ccd.report.table import Table
from ccd.report.views.base import Column, Context, View, tabulate
from ccd.results import Part, StateMeans
from ccd.words import Name, text

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def table(part: Part[StateMeans], ctx: Context) -> Table:
    """Return cells, regions, years and mean effect of each state."""
    states = part.value
    columns = (
        Column(text("State"), states.label),
        Column(text("Region-years"), states.cells, "count"),
        Column(text("Regions"), states.entities, "count"),
        Column(text("First year"), states.first_year, "count"),
        Column(text("Last year"), states.last_year, "count"),
        Column(text("Mean effect"), states.mean_effect, "estimate"),
        Column(text("Std. error"), states.std_error, "number"),
    )
    title = text("Policies in force and their mean effects")
    notes = (*part.notes, *ctx.style.star_notes())
    return tabulate(part.name, title, columns, notes, p_value=states.starred)


def figure(part: Part[StateMeans], ctx: Context) -> Figure | None:
    """Return the mean effect of each state but none, with 95 % intervals."""
    states = part.value
    known = np.flatnonzero(np.isfinite(states.mean_effect))
    if not len(known):
        return None
    outcome = ctx.estimate.outcome if ctx.estimate is not None else ""
    return coefficient_plot(
        [ctx.say(states.label[j]) for j in known],
        states.mean_effect[known],
        states.conf_low[known],
        states.conf_high[known],
        xlabel=ctx.say(text("Mean effect on {outcome} with 95% interval", outcome=Name(outcome))),
    )


VIEW = View(table, figure)
