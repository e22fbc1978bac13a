"""Shape ``specifications``: the curve of effects over every combination of choices, and the choices below it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ccd.report.figures import ACCENT, COLOURS, RULE, SOFT, canvas, zero_line
from ccd.report.table import Table
from ccd.report.views.base import Column, Context, View, shortened, tabulate
from ccd.report.views.choices import named, titled
from ccd.results import Part, SignCount, Specifications
from ccd.words import Text, text

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def table(part: Part[Specifications], ctx: Context) -> Table:
    """Return number, choices, effect and agreement with the baseline, one row a specification."""
    found = part.value
    rows, notes = shortened(part, len(found.number))
    columns = [Column(text("No."), found.number[rows], "count")]
    columns += [
        Column(named(factor), [found.choice(f, row) for row in rows])
        for f, factor in enumerate(found.factors)
    ]
    if found.counted is not None:
        columns += [
            Column(text("Estimate"), found.estimate[rows], "number"),
            Column(text("Std. error"), found.std_error[rows], "number"),
            Column(text("p-value"), found.p_leading[rows], "p"),
            Column(text("Effect in sd"), found.effect_sd[rows], "number", 3),
        ]
    columns.append(Column(text("Tau with baseline"), found.tau_panel[rows], "number", 3))
    if any(found.reason):
        columns.append(Column(text("Why there are no numbers"), [found.reason[row] for row in rows]))
    return tabulate(part.name, text("Every combination of choices"), columns, notes)


def figure(part: Part[Specifications], ctx: Context) -> Figure | None:
    """Return the ordered effects, filled where p < .05, over a dashboard of the choices behind each."""
    found = part.value
    order = found.order
    if not len(order):
        return None
    rows = [(f, code) for f, levels in enumerate(found.levels) for code in range(len(levels))]
    below = 0.145 * (len(rows) + 0.6 * len(found.factors))
    drawn, axes = canvas(2.5 + below, rows=2, sharex=True, height_ratios=(2.3, below))
    at, shown = np.arange(1, len(order) + 1), found.shown[order]
    _curve(axes[0], found, ctx)
    zero_line(axes[0])
    dash = axes[1]
    size, y, ticks, labels = max(0.6, min(4.0, 260 / len(order))), 0.0, [], []
    away = found.p_leading[order] < 0.05
    for f, levels in enumerate(found.levels):
        dash.annotate(
            ctx.say(named(found.factors[f])),
            (1.01, y + (len(levels) - 1) / 2),
            xycoords=("axes fraction", "data"),
            fontsize=7,
            va="center",
            color=COLOURS[0],
        )
        for code, level in enumerate(levels):
            own = found.codes[order, f] == code
            for mask, colour in ((own & ~away, RULE), (own & away, ACCENT)):
                dash.plot(
                    at[mask],
                    np.full(mask.sum(), y),
                    "|",
                    color=colour,
                    markersize=5,
                    markeredgewidth=size / 2,
                )
            ticks.append(y)
            labels.append(titled(found.factors[f], level, ctx))
            y += 1
        y += 0.6
    dash.set_yticks(ticks, labels, fontsize=7)
    dash.set_ylim(y - 0.4, -0.8)
    dash.tick_params(axis="y", length=0)
    dash.spines[:].set_visible(False)
    dash.tick_params(axis="x", bottom=False)
    dash.set_xlabel(ctx.say(text("Specifications by size of the effect ({count})", count=len(shown))))
    return drawn


def _curve(axes: Axes, found: Specifications, ctx: Context) -> None:
    """Draw the effects in order, the band under permutation and the study as it stands."""
    order = found.order
    at, shown, away = np.arange(1, len(order) + 1), found.shown[order], found.p_leading[order] < 0.05
    if found.low is not None and found.high is not None:
        axes.fill_between(
            at, found.low, found.high, color=SOFT, linewidth=0, label=ctx.say(text("95% under permutation"))
        )
    size = max(1.2, min(4.0, 300 / len(order)))
    axes.plot(at[~away], shown[~away], "o", color=RULE, markersize=size, label=ctx.say(text("p ≥ .05")))
    if away.any():
        axes.plot(at[away], shown[away], "o", color=ACCENT, markersize=size, label="p < .05")
    own = np.flatnonzero(found.baseline[order])
    axes.plot(
        at[own], shown[own], "D", color=COLOURS[0], markersize=5, label=ctx.say(text("study as it stands"))
    )
    unit = found.counted.unit if found.counted else "sd"
    words = text("Effect in sd of the outcome") if unit == "sd" else text("Estimate")
    axes.set_ylabel(ctx.say(words))
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=4, borderaxespad=0.2, handlelength=1.2)


def sentences(part: Part[Specifications], ctx: Context) -> Sequence[Text]:
    """Return how many effects are positive, how many differ from zero, and where the study stands among them."""
    found = part.value.counted
    if found is None:
        return ()
    return tuple(_said(found, ctx))


def _said(found: SignCount, ctx: Context) -> Sequence[Text]:
    digits = 3 if found.unit == "sd" else None
    unit = text("standard deviations") if found.unit == "sd" else text("units of the outcome")
    said = [
        text(
            "Of {total} specifications {known} can be estimated; {positive}% of the effects are positive, "
            "{up}% positive and {down}% negative with p < .05.",
            total=found.total,
            known=found.known,
            positive=ctx.number(100 * found.positive, 0),
            up=ctx.number(100 * found.significant_positive, 0),
            down=ctx.number(100 * found.significant_negative, 0),
        ),
        text(
            "They run from {low} to {high} {unit}, the median is {median}; no average of them is the effect.",
            low=ctx.number(found.lowest, digits),
            high=ctx.number(found.highest, digits),
            median=ctx.number(found.median, digits),
            unit=unit,
        ),
    ]
    if np.isfinite(found.baseline):
        said.append(
            text(
                "The study as it stands gives {value}, percentile {percentile} of the curve.",
                value=ctx.number(found.baseline, digits),
                percentile=ctx.number(100 * found.percentile, 0),
            )
        )
    return said


def caption(part: Part[Specifications], ctx: Context) -> Text:
    """Return what the figure shows."""
    return text("Specification curve: effects in order, and the choices behind each")


VIEW = View(table, figure, sentences, caption)
