"""Shape ``regime_slopes``: coefficients of a panel threshold model by regime."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ccd.report.figures import canvas, interval_plot, zero_line
from ccd.report.table import BLANK, Bracket, Cell, Count, Estimated, Number, Row, Table, Word, heads
from ccd.report.views.base import Context, View, errors_of
from ccd.results import Part, RegimeSlopes
from ccd.words import Figure, Name, Text, text

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Drawn


def table(part: Part[RegimeSlopes], ctx: Context) -> Table:
    """Return each coefficient with its bracket below, its regime with the values, rows and regions in it."""
    value = part.value
    rows: list[Row] = []
    for j, term in enumerate(value.terms.rows()):
        place = int(value.regime[j])
        where: Cell = Word(value.split.words(place)) if place >= 0 else BLANK
        counts: list[Cell] = [BLANK] * 2
        if place >= 0:
            counts = [Count(int(value.rows[j])), Count(int(value.entities[j]))]
        estimate = Estimated(term.estimate, term.starred)
        bracket = Bracket(term.std_error, term.statistic, term.p_value, term.conf_low, term.conf_high)
        rows.append(Row((Word(Name(value.owner[j])), where, estimate, *counts)))
        rows.append(Row((BLANK, BLANK, bracket, BLANK, BLANK)))
    rows.append(Row((Word(text("Observations")), BLANK, Count(value.nobs), BLANK, BLANK), rule=True))
    rows.append(Row((Word(text("Within R²")), BLANK, Number(value.r2_within, 3), BLANK, BLANK)))
    outcome = ctx.estimate.outcome if ctx.estimate is not None else ""
    head = heads([text("Variable"), text("Regime"), Name(outcome), text("Rows"), text("Regions")])
    title = text("Coefficients by regime of {column}", column=Name(value.split.column))
    errors = errors_of([] if ctx.estimate is None else [ctx.estimate])
    notes = (*part.notes, *ctx.style.notes(errors))
    return Table(part.name, title, ("l", "l", "d", "d", "d"), (head,), tuple(rows), notes)


def dependent(value: RegimeSlopes) -> dict[str, list[int]]:
    """Return the columns whose slope depends on the regime, and where their slopes stand."""
    places: dict[str, list[int]] = {}
    for j, name in enumerate(value.owner):
        if value.regime[j] >= 0 and name != "intercept":
            places.setdefault(name, []).append(j)
    return places


def figure(part: Part[RegimeSlopes], ctx: Context) -> Drawn | None:
    """Return the effect of each regime-dependent column by regime, a panel a column."""
    value = part.value
    columns, terms, split = dependent(value), value.terms, value.split
    if not split.thresholds or not columns:
        return None
    names = [ctx.say(split.words(r)) for r in range(len(split.thresholds) + 1)]
    if len(names) > 2:
        names = [name.replace(" < ", " <\n", 1) for name in names]
    outcome = ctx.estimate.outcome if ctx.estimate is not None else ""
    drawn, grid = canvas(3.2, columns=len(columns), squeeze=False, sharey=False)
    for axes, (name, own) in zip(grid[0], columns.items(), strict=True):
        zero_line(axes)
        at = np.arange(len(own))
        interval_plot(axes, at, terms.estimate[own], terms.conf_low[own], terms.conf_high[own])
        axes.set_xticks(at, names)
        axes.set_xlim(-0.6, len(own) - 0.4)
        for x, j in zip(at, own, strict=True):
            axes.annotate(
                ctx.say(text("{count} {count:row|rows}", count=int(value.rows[j]))),
                (x, terms.estimate[j]),
                xytext=(7, 0),
                textcoords="offset points",
                va="center",
                fontsize=7.5,
            )
        axes.set_ylabel(
            ctx.say(text("Effect of {column} on {outcome}", column=Name(name), outcome=Name(outcome)))
        )
    return drawn


def sentences(part: Part[RegimeSlopes], ctx: Context) -> Sequence[Text]:
    """Return the slope of each column in each regime."""
    value = part.value
    if not value.split.thresholds:
        return ()
    said = []
    for name, own in dependent(value).items():
        rows = [value.terms.row(j) for j in own]
        pieces = tuple(
            text(
                "{estimate} (95% {low} to {high}) where {regime}",
                estimate=Figure(row.estimate),
                low=Figure(row.conf_low),
                high=Figure(row.conf_high),
                regime=value.split.words(int(value.regime[j])),
            )
            for j, row in zip(own, rows, strict=True)
        )
        said.append(text("The coefficient of {column} is {pieces}.", column=Name(name), pieces=pieces))
    return said


VIEW = View(
    table,
    figure,
    sentences,
    caption=lambda part, ctx: text(
        "Estimated effect by regime of {column}, 95% intervals", column=Name(part.value.split.column)
    ),
)
