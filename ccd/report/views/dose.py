"""Shapes ``dose`` and ``dose_weights``: the effect by intensity with its slope, and the weights of a regression."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ccd.report.figures import COLOURS, RULE, SOFT, canvas, zero_line
from ccd.report.table import Table
from ccd.report.views.base import Column, Context, View, some, tabulate
from ccd.results import DoseResponse, DoseWeights, Part
from ccd.words import Figure, Name, Text, text

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Drawn

    from ccd.arrays import FloatArray

#: Rows of the table, of those that the csv file holds.
ROWS = 11


def table(part: Part[DoseResponse], ctx: Context) -> Table:
    """Return effect, slope and weight at some doses, evenly from the least to the largest."""
    found = part.value
    rows = np.array(some(list(range(len(found.at))), ROWS))
    columns = (
        Column(ctx.measured(found.intensity), found.at[rows], "auto"),
        Column(text("ATT(d)"), found.estimate[rows], "number"),
        Column(text("Std. error"), found.std_error[rows], "number"),
        Column(text("95% low"), found.conf_low[rows], "number"),
        Column(text("95% high"), found.conf_high[rows], "number"),
        Column(text("Slope ACRT(d)"), found.slope[rows], "number"),
        Column(text("Std. error"), found.slope_std_error[rows], "number"),
        Column(text("TWFE weight"), found.weight[rows], "number", 3),
    )
    return tabulate(part.name, text("Dose response"), columns, part.notes)


def figure(part: Part[DoseResponse], ctx: Context) -> Drawn:
    """Return the effect by dose, and the slope above the weights that two-way fixed effects put on it."""
    found = part.value
    drawn, grid = canvas(3.6, rows=2, columns=2, height_ratios=(3, 1), sharex=True)
    outcome = ctx.measured(ctx.estimate.outcome if ctx.estimate is not None else "")
    sides = (
        (found.estimate, found.conf_low, found.conf_high, text("Effect on {outcome}", outcome=outcome)),
        (found.slope, found.slope_conf_low, found.slope_conf_high, text("Slope of the effect")),
    )
    for axes, (line, low, high, words), colour in zip(grid[0], sides, COLOURS, strict=False):
        zero_line(axes)
        axes.fill_between(found.at, low, high, color=colour, alpha=0.18, linewidth=0)
        axes.plot(found.at, line, color=colour)
        axes.set_ylabel(ctx.say(words))
    left, right = grid[1]
    left.hist(
        found.doses,
        bins=np.linspace(found.at[0], found.at[-1], 13),
        color=SOFT,
        edgecolor=RULE,
        linewidth=0.5,
    )
    left.set_ylabel(ctx.say(text("Regions")))
    left.yaxis.get_major_locator().set_params(integer=True)
    right.fill_between(found.at, found.weight, color=SOFT, edgecolor=RULE, linewidth=0.5)
    right.set_ylabel(ctx.say(text("TWFE weight")))
    for axes in grid[1]:
        axes.set_ylim(bottom=0)
        axes.set_xlabel(ctx.say(ctx.measured(found.intensity)))
    return drawn


def caption(part: Part[DoseResponse], ctx: Context) -> Text:
    """Return what the panels show."""
    return text(
        "Effect and slope by {column} with 95% intervals; below, the treated regions at each and the weight that "
        "two-way fixed effects put on the slope there",
        column=Name(part.value.intensity),
    )


def weights_table(part: Part[DoseWeights], ctx: Context) -> Table | None:
    """Return each dose with its regions, weight and share of the coefficient."""
    found = part.value
    columns = (
        Column(ctx.measured(intensity(ctx)), found.at, "auto"),
        Column(text("Treated regions"), found.regions, "count"),
        Column(text("Weight on the slope"), found.weight, "number", 4),
        Column(text("Share of the coefficient"), found.share, "number", 3),
    )
    note = text(
        "Shares are weights times the step from the dose above them in this table, the first from 0; sum 1"
    )
    return tabulate(
        part.name, text("Weights of the regression on the dose response"), columns, (*part.notes, note)
    )


def weights_figure(part: Part[DoseWeights], ctx: Context) -> Drawn:
    """Return the weight on the slope by dose, a step function from 0 on, and the doses of treated regions."""
    found = part.value
    drawn, axes = canvas(2.8)
    _steps(axes, np.concatenate([[0.0], found.at]), found.weight)
    axes.plot(
        np.repeat(found.at, found.regions), np.zeros(found.regions.sum()), "|", color=COLOURS[0], markersize=9
    )
    axes.set_ylim(bottom=0)
    axes.set_xlim(left=0)
    axes.set_xlabel(ctx.say(ctx.measured(intensity(ctx))))
    axes.set_ylabel(ctx.say(text("Weight on the slope")))
    return drawn


def _steps(axes: Axes, edges: FloatArray, heights: FloatArray) -> None:
    axes.stairs(heights, edges, fill=True, color=SOFT)
    axes.stairs(heights, edges, color=COLOURS[0], linewidth=1.0)


def weights_caption(part: Part[DoseWeights], ctx: Context) -> Text:
    """Return what area and ticks are."""
    return text(
        "Weight of the regression on the slope of the response at each {column} (area 1; ticks: treated regions)",
        column=Name(intensity(ctx)),
    )


def weights_sentences(part: Part[DoseWeights], ctx: Context) -> Sequence[Text]:
    """Return how much of the coefficient is the step from no policy to the least dose."""
    found = part.value
    return (
        text(
            "{share}% of the coefficient is the step from no policy to the least dose ({least}); the rest compares "
            "treated regions with each other.",
            share=ctx.number(100 * float(found.share[0]), 0),
            least=Figure(float(found.at[0])),
        ),
    )


def intensity(ctx: Context) -> str:
    """Return the column of the intensity of the model shown."""
    return "" if ctx.estimate is None else str(ctx.estimate.details.get("intensity", ""))


VIEW = View(table, figure, caption=caption)
WEIGHTS = View(weights_table, weights_figure, weights_sentences, weights_caption)
