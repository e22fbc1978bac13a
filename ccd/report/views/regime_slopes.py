"""Shape ``regime_slopes``: coefficients of a panel threshold model by regime."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ccd.report.figures import canvas, interval_plot, zero_line
from ccd.report.table import BLANK, Bracket, Cell, Count, Estimated, Number, Row, Table, Word, heads
from ccd.report.views.base import Context, View
from ccd.report.views.regime_words import regime, shown, thresholds_of
from ccd.results import Part
from ccd.words import Name, Text, text

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def table(part: Part, ctx: Context) -> Table:
    """Return each coefficient with its bracket below, its regime with the values, rows and regions in it."""
    values = shown(thresholds_of(part), ctx)
    column = str(part.facts.get("column", ""))
    rows: list[Row] = []
    for row in part.frame.to_dict("records"):
        place = int(row["regime"])
        where: Cell = Word(regime(column, place, values)) if place >= 0 else BLANK
        inside = [float(row[key]) for key in ("std_error", "statistic", "p_value", "conf_low", "conf_high")]
        counts: list[Cell] = (
            [Count(int(row["nobs"])), Count(int(row["entities"]))] if place >= 0 else [BLANK] * 2
        )
        estimate = Estimated(float(row["estimate"]), float(row["p_value"]))
        rows.append(Row((Word(Name(row["column"])), where, estimate, *counts)))
        rows.append(Row((BLANK, BLANK, Bracket(*inside), BLANK, BLANK)))
    rows.append(
        Row((Word(text("Observations")), BLANK, Count(int(str(part.facts["nobs"]))), BLANK, BLANK), rule=True)
    )
    rows.append(
        Row((Word(text("Within R²")), BLANK, Number(float(str(part.facts["r2_within"])), 3), BLANK, BLANK))
    )
    outcome = ctx.estimate.outcome if ctx.estimate is not None else ""
    head = heads([text("Variable"), text("Regime"), Name(outcome), text("Rows"), text("Regions")])
    title = text("Coefficients by regime of {column}", column=Name(column))
    return Table(
        part.name, title, ("l", "l", "d", "d", "d"), (head,), tuple(rows), (*part.notes, *ctx.style.notes())
    )


def figure(part: Part, ctx: Context) -> Figure | None:
    """Return the effect of each regime-dependent column by regime, a panel a column."""
    frame = part.frame[part.frame["regime"] >= 0]
    columns = [name for name in dict.fromkeys(frame["column"]) if name != "intercept"]
    values = shown(thresholds_of(part), ctx)
    if not values or not columns:
        return None
    names = [ctx.say(regime(str(part.facts["column"]), r, values)) for r in range(len(values) + 1)]
    drawn, grid = canvas(3.2, columns=len(columns), squeeze=False, sharey=False)
    for k, name in enumerate(columns):
        axes, own = grid[0, k], frame[frame["column"] == name]
        zero_line(axes)
        at = np.arange(len(own))
        interval_plot(axes, at, own["estimate"], own["conf_low"], own["conf_high"])
        axes.set_xticks(at, [label.replace(" < ", " <\n", 1) if len(names) > 2 else label for label in names])
        axes.set_xlim(-0.6, len(own) - 0.4)
        for x, row in zip(at, own.to_dict("records"), strict=True):
            count = ctx.say(text("{count} rows", count=int(row["nobs"])))
            axes.annotate(
                count,
                (x, row["estimate"]),
                xytext=(7, 0),
                textcoords="offset points",
                va="center",
                fontsize=7.5,
            )
        outcome = ctx.estimate.outcome if ctx.estimate is not None else ""
        axes.set_ylabel(
            ctx.say(text("Effect of {column} on {outcome}", column=Name(name), outcome=Name(outcome)))
        )
    return drawn


def sentences(part: Part, ctx: Context) -> Sequence[Text]:
    """Return the slope of each column in each regime."""
    values = shown(thresholds_of(part), ctx)
    frame = part.frame[part.frame["regime"] >= 0]
    if not values:
        return ()
    said = []
    for name in dict.fromkeys(frame["column"]):
        if name == "intercept":
            continue
        pieces = tuple(
            text(
                "{estimate} (95% {low} to {high}) where {regime}",
                estimate=ctx.number(row["estimate"]),
                low=ctx.number(row["conf_low"]),
                high=ctx.number(row["conf_high"]),
                regime=regime(str(part.facts["column"]), int(row["regime"]), values),
            )
            for row in frame[frame["column"] == name].to_dict("records")
        )
        said.append(text("The coefficient of {column} is {pieces}.", column=Name(name), pieces=pieces))
    return said


VIEW = View(
    table,
    figure,
    sentences,
    caption=lambda part, ctx: text(
        "Estimated effect by regime of {column}, 95% intervals", column=Name(str(part.facts["column"]))
    ),
)
