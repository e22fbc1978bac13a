"""Shape ``carried``: the standard error of an effect on D with the making of D taken in."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ccd.report.table import Table
from ccd.report.views.base import Column, Context, View, tabulate
from ccd.results import Carried, Part
from ccd.words import Text, text

#: What the errors are called.
WORDS = {
    "analytic": text("analytic"),
    "held": text("regions redrawn, D held"),
    "remade": text("regions redrawn, D made anew"),
}


def table(part: Part[Carried], ctx: Context) -> Table:
    """Return the three errors with their intervals."""
    found = part.value
    columns = (
        Column(text("Standard error by"), [WORDS[name] for name in found.source]),
        Column(text("Estimate"), np.full(len(found.source), found.estimate), "number"),
        Column(text("Std. error"), found.std_error, "number"),
        Column(text("95% low"), found.conf_low, "number"),
        Column(text("95% high"), found.conf_high, "number"),
    )
    return tabulate(part.name, text("The error of making D, carried into the effect"), columns, part.notes)


def sentences(part: Part[Carried], ctx: Context) -> Sequence[Text]:
    """Return how much the making of D adds."""
    found = part.value
    return (
        text(
            "Over {draws} draws of {regions} regions the standard error is {remade} with bounds, weights and D made "
            "anew and {held} with D held, a ratio of {ratio}.",
            draws=found.draws,
            regions=found.regions,
            remade=ctx.number(float(found.std_error[2])),
            held=ctx.number(float(found.std_error[1])),
            ratio=ctx.number(found.ratio, 2),
        ),
    )


VIEW = View(table, sentences=sentences)
