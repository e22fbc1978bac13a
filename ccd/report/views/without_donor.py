"""Shape ``without_donor``: the effect without each donor that has weight."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ccd.report.figures import ACCENT, coefficient_plot
from ccd.report.table import Table
from ccd.report.views.base import Column, Context, View, interval_heads, tabulate
from ccd.results import Part, WithoutDonor
from ccd.words import Name, Text, text

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def table(part: Part[WithoutDonor], ctx: Context) -> Table:
    """Return the effect without each, with its own rank p and interval."""
    found = part.value
    low, high = interval_heads(found.interval_level)
    columns = (
        Column(text("Left out"), [Name(one) for one in found.left_out]),
        Column(text("Estimate"), found.estimate, "number"),
        Column(text("Std. error"), found.std_error, "number"),
        Column(text("p-value"), found.p_value, "p"),
        Column(low, found.conf_low, "number"),
        Column(high, found.conf_high, "number"),
    )
    return tabulate(part.name, text("The effect without each donor"), columns, part.notes)


def figure(part: Part[WithoutDonor], ctx: Context) -> Figure:
    """Return the effects with their intervals; the dashed line is that with all donors."""
    found = part.value
    drawn = coefficient_plot(
        [ctx.say(Name(one)) for one in found.left_out],
        found.estimate,
        found.conf_low,
        found.conf_high,
        xlabel=ctx.say(text("Estimate without this donor, interval by rank (dashed: all)")),
    )
    drawn.axes[0].axvline(found.whole, color=ACCENT, linewidth=1, linestyle="--")
    return drawn


def sentences(part: Part[WithoutDonor], ctx: Context) -> Sequence[Text]:
    """Return the range of the effect and who moves it most."""
    found = part.value
    return (
        text(
            "Without one donor at a time the effect lies between {lowest} (without {low}) and {highest} (without "
            "{high}); its largest rank p is {p}.",
            lowest=ctx.number(found.lowest),
            low=Name(found.lowest_without),
            highest=ctx.number(found.highest),
            high=Name(found.highest_without),
            p=ctx.number(found.largest_p, 3),
        ),
    )


VIEW = View(table, figure, sentences)
