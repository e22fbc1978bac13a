"""Shape ``changes``: what moved D, split into C and T."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from ccd.report.figures import COLOURS, canvas, legend_above, zero_line
from ccd.report.marks import mark_rows
from ccd.report.table import Table
from ccd.report.views.base import Column, Context, View, shortened, tabulate
from ccd.results import Changes, Part
from ccd.words import Name, Text, text

if TYPE_CHECKING:
    from matplotlib.figure import Figure

TITLES = {
    "region": text("What moved D, by region"),
    "period": text("What moved D, by period"),
    "policy": text("What moved D, treated against control regions"),
}
#: What stands over the labels; of a policy nothing does.
HEADS: Mapping[str, Text | str] = {"region": text("Region"), "period": text("Period"), "policy": ""}
#: A figure of more rows is left out.
MOST = 45


def caption(part: Part[Changes], ctx: Context) -> Text:
    """Return the title by what the rows are."""
    return TITLES[part.value.by]


def table(part: Part[Changes], ctx: Context) -> Table:
    """Return the change of D in levels and in logs, and the parts of C and T."""
    found = part.value
    rows, notes = shortened(part, len(found.label))
    columns = []
    if found.policy is not None:
        columns.append(Column(text("Policy"), [Name(found.policy[k]) for k in rows]))
    columns.append(Column(HEADS[found.by], [Name(found.label[k]) for k in rows]))
    if found.by == "region":
        columns += [Column(text("From"), found.first[rows], "count")]
        columns += [Column(text("To"), found.last[rows], "count")]
    else:
        columns.append(Column(text("Regions"), found.nobs[rows], "count"))
    columns += [
        Column(text("Change of D"), found.level_d[rows], "number"),
        Column(text("by C"), found.level_c[rows], "number"),
        Column(text("by T"), found.level_t[rows], "number"),
        Column(text("Change of ln D"), found.log_d[rows], "number"),
        Column(text("by C"), found.log_c[rows], "number"),
        Column(text("by T"), found.log_t[rows], "number"),
        Column(text("Share of T"), found.share_t[rows], "number", 3),
    ]
    return tabulate(part.name, caption(part, ctx), columns, notes)


def figure(part: Part[Changes], ctx: Context) -> Figure | None:
    """Return stacked bars of the parts of C and T, by region (largest first) or by year to year."""
    found = part.value
    total = len(found.label)
    if found.by == "policy" or total > MOST:
        return None
    steps = np.arange(max(total - 1, 1))  # of periods the last row is the whole span
    rows = steps if found.by == "period" else np.argsort(-found.level_d, kind="stable")
    drawn, axes = canvas(0.9 + 0.175 * len(rows))
    at = np.arange(len(rows))
    right, left = np.zeros(len(rows)), np.zeros(len(rows))
    for name, change, colour in (("T", found.level_t, COLOURS[0]), ("C", found.level_c, COLOURS[4])):
        size = change[rows]
        start = np.where(size >= 0, right, left)
        axes.barh(at, size, 0.72, start, color=colour, label=ctx.say(text("by {part}", part=name)))
        right, left = right + np.maximum(size, 0), left + np.minimum(size, 0)
    axes.set_yticks(at, [ctx.say(Name(found.label[k])) for k in rows])
    axes.invert_yaxis()
    axes.margins(y=0.6 / max(len(rows), 1))
    axes.tick_params(axis="y", length=0)
    zero_line(axes, vertical=True)
    axes.set_xlabel(ctx.say(text("Change of D")))
    legend_above(axes)
    if found.by == "region":
        mark_rows(axes, [found.label[k] for k in rows])
    return drawn


def sentences(part: Part[Changes], ctx: Context) -> Sequence[Text]:
    """Return how much of the change over the whole span came through T."""
    found = part.value
    if found.by != "period" or not len(found.label) or not np.isfinite(found.share_t[-1]):
        return ()
    return (
        text(
            "From {first} to {last} the mean of ln D changed by {change}, "
            "of which {by_t} through T and {by_c} through C.",
            first=int(found.first[-1]),
            last=int(found.last[-1]),
            change=ctx.number(float(found.log_d[-1]), 3),
            by_t=ctx.number(float(found.log_t[-1]), 3),
            by_c=ctx.number(float(found.log_c[-1]), 3),
        ),
    )


VIEW = View(table, figure, sentences, caption)
