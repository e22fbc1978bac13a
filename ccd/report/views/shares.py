"""Shape ``shares``: how much of the variation of D and of the effect each choice accounts for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ccd.report.figures import COLOURS, SOFT, canvas, legend_above
from ccd.report.table import Table
from ccd.report.views.base import Column, Context, View, tabulate
from ccd.report.views.choices import named
from ccd.results import Part, VarianceShares
from ccd.words import Text, text

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: What the targets are called.
TARGETS = {"D": text("D"), "effect_sd": text("effect in sd"), "estimate": text("estimate")}


def table(part: Part[VarianceShares], ctx: Context) -> Table | None:
    """Return first-order and total share, one row a target and factor."""
    found = part.value
    if not len(found.factor):
        return None
    columns = (
        Column(text("Variation of"), [TARGETS[target] for target in found.target]),
        Column(text("Choice"), [named(factor) for factor in found.factor]),
        Column(text("Alone"), found.first, "number", 3),
        Column(text("With interactions"), found.total, "number", 3),
    )
    return tabulate(
        part.name, text("Share of the variation that each choice accounts for"), columns, part.notes
    )


def figure(part: Part[VarianceShares], ctx: Context) -> Figure | None:
    """Return a bar a factor for D and for the effect: alone, and with interactions in the lighter shade."""
    found = part.value
    shown = [target for target in ("D", "effect_sd") if target in found.target]
    if not shown:
        return None
    rows = [[k for k, name in enumerate(found.target) if name == target] for target in shown]
    drawn, axes = canvas(
        0.9 + 0.24 * sum(len(own) + 1 for own in rows),
        rows=len(shown),
        squeeze=False,
        sharex=True,
        height_ratios=[len(own) for own in rows],
    )
    for axis, target, own in zip(axes[:, 0], shown, rows, strict=True):
        at = np.arange(len(own))
        axis.barh(
            at, np.nan_to_num(found.total[own]), 0.72, color=SOFT, label=ctx.say(text("with interactions"))
        )
        axis.barh(at, np.nan_to_num(found.first[own]), 0.42, color=COLOURS[0], label=ctx.say(text("alone")))
        axis.set_yticks(at, [ctx.say(named(found.factor[k])) for k in own])
        axis.invert_yaxis()
        axis.tick_params(axis="y", length=0)
        axis.set_title(ctx.say(TARGETS[target]), loc="right", fontsize=8.5)
        axis.set_xlim(0, 1)
    legend_above(axes[0, 0])
    axes[-1, 0].set_xlabel(ctx.say(text("Share of the variance over the menu")))
    return drawn


def sentences(part: Part[VarianceShares], ctx: Context) -> Sequence[Text]:
    """Return which choice moves D most, and which the effect."""
    found, said = part.value, []
    words = {
        "D": text(
            "The choice of {factor} moves D most: alone it accounts for {share}% of the variation on this menu."
        ),
        "effect_sd": text(
            "The choice of {factor} moves the effect most: alone it accounts for {share}% of the variation on this "
            "menu."
        ),
    }
    for target, sentence in words.items():
        own = np.flatnonzero([name == target for name in found.target])
        own = own[np.isfinite(found.first[own])]
        if len(own) > 1:
            top = own[np.argmax(found.first[own])]
            values = (
                ("factor", named(found.factor[top])),
                ("share", ctx.number(100 * float(found.first[top]), 0)),
            )
            said.append(Text(sentence.template, values))
    return tuple(said)


VIEW = View(table, figure, sentences)
