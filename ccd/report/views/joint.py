"""Shape ``joint``: whether the whole curve could come from a policy that does nothing."""

from __future__ import annotations

from collections.abc import Sequence

from ccd.report.table import Table
from ccd.report.views.base import Column, Context, View, tabulate
from ccd.results import JointStatistics, Part
from ccd.words import Text, text

#: What the statistics are called.
WORDS = {
    "median": text("|median effect| in sd"),
    "share": text("larger share of one sign with |t| above its 5% critical value"),
    "sum_t": text("|sum of t| / number of specifications"),
}


def table(part: Part[JointStatistics], ctx: Context) -> Table:
    """Return observed statistics and their p-values."""
    found = part.value
    columns = (
        Column(text("Statistic"), [WORDS[name] for name in found.statistic]),
        Column(text("Observed"), found.observed, "number", 3),
        Column(text("p-value"), found.p_value, "p"),
    )
    return tabulate(part.name, text("Joint test of all specifications"), columns, part.notes)


def sentences(part: Part[JointStatistics], ctx: Context) -> Sequence[Text]:
    """Return what the permutations say of the curve as a whole."""
    found = part.value
    return (
        text(
            "With the cohorts dealt to other regions, the same deal in all {count} specifications ({draws} deals), a "
            "median effect as large arises with p {median}, a share of significant effects as large with p {share}, "
            "a sum of t as large with p {sum}.",
            count=found.specifications,
            draws=found.draws,
            median=ctx.p_value(float(found.p_value[0])),
            share=ctx.p_value(float(found.p_value[1])),
            sum=ctx.p_value(float(found.p_value[2])),
        ),
    )


VIEW = View(table, sentences=sentences)
