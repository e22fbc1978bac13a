"""Shape ``donors``: the weights of the donors, and why the others have none."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ccd.report.figures import ACCENT, COLOURS, canvas, zero_line
from ccd.report.marks import mark_rows
from ccd.report.table import Table
from ccd.report.views.base import Column, Context, View, tabulate
from ccd.results import Donors, Part
from ccd.words import Name, Text, text

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: Bars shown at most, and the weight below which a bar would not be seen.
BARS, SEEN = 25, 5e-4


def table(part: Part[Donors], ctx: Context) -> Table:
    """Return every untreated region with its weight, or the reason why it is no donor."""
    found = part.value
    columns = (
        Column(text("Region"), [Name(region) for region in found.region]),
        Column(text("Weight"), found.weight, "number", 3),
        Column(text("Why it is no donor"), found.reason),
    )
    return tabulate(part.name, text("Donors and their weights"), columns, part.notes)


def figure(part: Part[Donors], ctx: Context) -> Figure:
    """Return the weights as bars, the largest on top; those that cannot be seen are left out."""
    found = part.value
    shown = np.flatnonzero(np.abs(np.nan_to_num(found.weight)) > SEEN)[:BARS]
    drawn, axes = canvas(0.8 + 0.22 * len(shown))
    at = np.arange(len(shown))
    weight = found.weight[shown]
    axes.barh(at, weight, height=0.62, color=[COLOURS[0] if w > 0 else ACCENT for w in weight])
    axes.set_yticks(at, [ctx.say(Name(found.region[j])) for j in shown])
    axes.tick_params(axis="y", length=0)
    axes.invert_yaxis()
    mark_rows(axes, [found.region[j] for j in shown])
    axes.set_xlabel(ctx.say(text("Weight")))
    if (weight < 0).any():
        zero_line(axes, vertical=True)
    return drawn


def sentences(part: Part[Donors], ctx: Context) -> Sequence[Text]:
    """Return how many donors there are and to how many equal ones their weights amount."""
    found = part.value
    return (
        text(
            "{donors} donors, worth {effective} equal ones; the largest weight is that of {region} ({weight}).",
            donors=str(found.donors),
            effective=ctx.number(found.effective, 1),
            region=Name(found.region[0]),
            weight=ctx.number(float(found.weight[0]), 3),
        ),
    )


def caption(part: Part[Donors], ctx: Context) -> Text:
    """Return what the bars are."""
    return text("Weights of the donors")


VIEW = View(table, figure, sentences, caption)
