"""Shape ``leave_out``: the effect without one region, cohort or group."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ccd.report.figures import ACCENT, coefficient_plot
from ccd.report.table import Table
from ccd.report.views.base import Column, Context, View, tabulate
from ccd.results import LeaveOut, Part
from ccd.words import Name, Text, text

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def table(part: Part[LeaveOut], ctx: Context) -> Table:
    """Return the effect without each."""
    left = part.value
    columns = (
        Column(text("Left out"), [Name(one) for one in left.left_out]),
        Column(text("Estimate"), left.estimate, "estimate"),
        Column(text("Std. error"), left.std_error, "number"),
        Column(text("p-value"), left.p_value, "p"),
        Column(text("95% low"), left.conf_low, "number"),
        Column(text("95% high"), left.conf_high, "number"),
        Column(text("N"), left.nobs, "count"),
    )
    notes = (*part.notes, *ctx.style.star_notes())
    return tabulate(part.name, text("The effect with one left out"), columns, notes, p_value=left.starred)


def figure(part: Part[LeaveOut], ctx: Context) -> Figure:
    """Return the effects in order of size with their intervals; the dashed line is the whole sample's."""
    left = part.value
    order = np.argsort(left.estimate, kind="stable")
    drawn = coefficient_plot(
        [ctx.say(Name(left.left_out[j])) for j in order],
        left.estimate[order],
        left.conf_low[order],
        left.conf_high[order],
        xlabel=ctx.say(text("Estimate without it, 95% interval (dashed: all)")),
    )
    drawn.axes[0].axvline(left.whole, color=ACCENT, linewidth=1, linestyle="--")
    return drawn


def sentences(part: Part[LeaveOut], ctx: Context) -> Sequence[Text]:
    """Return the range of the effect and who moves it most."""
    left = part.value
    return (
        text(
            "With one of {count} left out at a time the effect lies between {lowest} (without {low}) and {highest} "
            "(without {high}); its p-value, {kind}, between {smallest} and {largest}.",
            kind=text("analytic") if left.p_analytic is None else text("by permutation"),
            count=str(left.count),
            lowest=ctx.number(left.lowest),
            low=Name(left.lowest_without),
            highest=ctx.number(left.highest),
            high=Name(left.highest_without),
            smallest=ctx.number(left.smallest_p, 3),
            largest=ctx.number(left.largest_p, 3),
        ),
    )


VIEW = View(table, figure, sentences)
