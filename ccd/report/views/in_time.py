"""Shape ``in_time``: the effect of dates before the policy."""

from __future__ import annotations

from collections.abc import Sequence

from ccd.report.table import Table
from ccd.report.views.base import Column, Context, View, tabulate
from ccd.results import InTime, Part
from ccd.words import Text, text


def table(part: Part[InTime], ctx: Context) -> Table:
    """Return each moved date with its effect."""
    found = part.value
    columns = (
        Column(text("Date"), found.date, "count"),
        Column(text("Years from it"), found.years, "count"),
        Column(text("Estimate"), found.estimate, "number"),
        Column(text("Std. error"), found.std_error, "number"),
        Column(text("p-value"), found.p_value, "p"),
        Column(text("RMSPE before"), found.pre_rmspe, "number"),
    )
    return tabulate(part.name, text("Placebo in time: the date moved back"), columns, part.notes)


def sentences(part: Part[InTime], ctx: Context) -> Sequence[Text]:
    """Return the effect that the method finds before there was a policy."""
    found = part.value
    return tuple(
        text(
            "With the date moved from {actual} to {date}, years from {actual} on cut off, the effect is "
            "{estimate} (rank p {p}).",
            actual=str(found.actual),
            date=str(int(date)),
            estimate=ctx.number(float(estimate)),
            p=ctx.number(float(p), 3),
        )
        for date, estimate, p in zip(found.date, found.estimate, found.p_value, strict=True)
    )


VIEW = View(table, sentences=sentences)
