"""Shape ``inequality``: Gini with its interval by year, and what it is made of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ccd.report.figures import COLOURS, DASHES, canvas, legend_above, year_axis
from ccd.report.table import Table
from ccd.report.views.base import Column, Context, View, tabulate
from ccd.results import Inequality, Part
from ccd.words import Name, Text, text

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SHARES = (
    ("within", text("within groups")),
    ("between", text("between groups")),
    ("overlap", text("overlap")),
)


def table(part: Part[Inequality], ctx: Context) -> Table:
    """Return one row a year: Gini, its interval, the shares of its parts, Theil and its share between."""
    found = part.value
    rows = found.of("gini")
    columns = [
        Column(text("Year"), found.time[rows], "count"),
        Column(text("Gini"), found.estimate[rows], "number"),
        Column(text("Low"), found.conf_low[rows], "number"),
        Column(text("High"), found.conf_high[rows], "number"),
    ]
    if found.by is not None:
        columns += [
            Column(text("Share {part}", part=words), found.share[found.of(measure)], "number", 3)
            for measure, words in SHARES
        ]
    theil = found.of("theil")
    if len(theil) == len(rows):
        columns.append(Column(text("Theil"), found.estimate[theil], "number"))
        if found.by is not None:
            between = found.of("theil_between")
            columns.append(Column(text("Theil, share between"), found.share[between], "number", 3))
    return tabulate(part.name, caption(part, ctx), columns, part.notes)


def caption(part: Part[Inequality], ctx: Context) -> Text:
    """Return whose inequality it is."""
    return text("Inequality of {variable} between regions", variable=Name(part.value.variable))


def figure(part: Part[Inequality], ctx: Context) -> Figure:
    """Return the Gini with its band, the Ginis of groups, and the shares of the parts beside."""
    found = part.value
    rows = found.of("gini")
    years = found.time[rows]
    wide = found.by is not None
    drawn, axes = canvas(3.2, columns=2 if wide else 1, squeeze=False)
    left = axes[0, 0]
    left.fill_between(
        years, found.conf_low[rows], found.conf_high[rows], color=COLOURS[0], alpha=0.15, linewidth=0
    )
    left.plot(years, found.estimate[rows], color=COLOURS[0], marker="o", label=ctx.say(text("all regions")))
    for k, group in enumerate(found.groups, start=1):
        own = found.of("gini", group)
        style = DASHES[k % len(DASHES)]
        left.plot(found.time[own], found.estimate[own], color=COLOURS[k % len(COLOURS)], linestyle=style,
                  linewidth=1, label=ctx.say(Name(group)))  # fmt: skip
    left.set_ylim(bottom=0)
    left.set_ylabel(ctx.say(text("Gini of {variable}", variable=Name(found.variable))))
    year_axis(left, years)
    if wide:
        legend_above(left, 2)
        right = axes[0, 1]
        stacks = [found.share[found.of(measure)] for measure, _ in SHARES]
        right.stackplot(years, *stacks, colors=[COLOURS[0], COLOURS[5], COLOURS[4]],
                        labels=[ctx.say(words) for _, words in SHARES])  # fmt: skip
        right.set_ylim(0, 1)
        right.set_xlim(years[0], years[-1])
        right.set_ylabel(ctx.say(text("Share of the Gini")))
        year_axis(right, years)
        legend_above(right, 2)
    return drawn


def sentences(part: Part[Inequality], ctx: Context) -> Sequence[Text]:
    """Return how the Gini moved."""
    found = part.value
    rows = found.of("gini")
    return (
        text(
            "The Gini of {variable} was {first} in {start} and {last} in {end}.",
            variable=Name(found.variable),
            first=ctx.number(float(found.estimate[rows[0]]), 3),
            start=int(found.time[rows[0]]),
            last=ctx.number(float(found.estimate[rows[-1]]), 3),
            end=int(found.time[rows[-1]]),
        ),
    )


VIEW = View(table, figure, sentences, caption)
