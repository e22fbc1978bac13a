"""Shape ``sensitivity``: intervals under bounded violations of parallel trends, and where they reach zero."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from ccd.report.figures import COLOURS, MARKERS, canvas, zero_line
from ccd.report.table import Table
from ccd.report.views.base import Column, Context, View, tabulate
from ccd.results import Part, Sensitivity
from ccd.words import Text, text

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

TARGETS: Mapping[str, Text] = {"mean": text("mean of the effects"), "e0": text("effect in the first year")}
RESTRICTIONS: Mapping[str, Text] = {
    "none": text("parallel trends"),
    "relative": text("relative magnitude"),
    "smoothness": text("smoothness"),
}


def table(part: Part[Sensitivity], ctx: Context) -> Table:
    """Return every interval."""
    found = part.value
    columns = (
        Column(text("Effect"), [TARGETS[target] for target in found.target]),
        Column(text("Restriction"), [RESTRICTIONS[kind] for kind in found.restriction]),
        Column(text("M"), found.m, "number"),
        Column(text("Estimate"), found.estimate, "number"),
        Column(text("95% low"), found.conf_low, "number"),
        Column(text("95% high"), found.conf_high, "number"),
    )
    title = text("Sensitivity to violations of parallel trends (Rambachan and Roth 2023)")
    return tabulate(part.name, title, columns, part.notes)


def figure(part: Part[Sensitivity], ctx: Context) -> Figure:
    """Return the intervals against M, one panel a restriction on one scale, the effects beside each other."""
    found = part.value
    targets = [target for target in TARGETS if target in found.target]
    both: tuple[str, ...] = ("relative", "smoothness")
    kinds = [kind for kind in both if kind in found.restriction] or ["none"]
    drawn, grid = canvas(3.2, columns=len(kinds), squeeze=False, sharey=True)
    for axes, kind in zip(grid[0], kinds, strict=True):
        zero_line(axes)
        for order, target in enumerate(targets):
            shift = 0.16 * (2 * order - len(targets) + 1)
            _intervals(axes, found, target, kind, order, shift, ctx)
        axes.set_title(ctx.say(RESTRICTIONS[kind]))
        axes.set_xlabel("M")
    outcome = ctx.estimate.outcome if ctx.estimate is not None else ""
    grid[0, 0].set_ylabel(ctx.say(text("Effect on {outcome}", outcome=ctx.measured(outcome))))
    handles, labels = grid[0, 0].get_legend_handles_labels()
    drawn.legend(handles, labels, loc="outside lower center", ncols=len(targets))
    return drawn


def _intervals(
    axes: Axes, found: Sensitivity, target: str, kind: str, order: int, shift: float, ctx: Context
) -> None:
    """Draw the interval of one effect under parallel trends, and those of one restriction beside it."""
    pairs = list(zip(found.target, found.restriction, strict=True))
    base = [j for j, one in enumerate(pairs) if one == (target, "none")]
    own = [j for j, one in enumerate(pairs) if one == (target, kind)] if kind != "none" else []
    labels = [ctx.say(RESTRICTIONS["none"]).replace(" ", "\n"), *(f"{m:.3g}" for m in found.m[own])]
    rows = [*base, *own]
    at = np.arange(len(rows)) + shift
    colour = COLOURS[order]
    axes.vlines(at, found.conf_low[rows], found.conf_high[rows], color=colour, linewidth=2.2)
    axes.plot(
        at[: len(base)],
        found.estimate[base],
        MARKERS[order],
        color=colour,
        label=ctx.say(TARGETS[target]),
    )
    axes.set_xticks(range(len(labels)), labels)


def sentences(part: Part[Sensitivity], ctx: Context) -> Sequence[Text]:
    """Return up to which violation each effect stays away from zero."""
    said: list[Text] = []
    for one in part.value.breakdowns:
        if one.relative == 0:
            said.append(
                text(
                    "Under parallel trends themselves the interval of the {effect} holds zero.",
                    effect=TARGETS[one.target],
                )
            )
            continue
        said.append(
            text(
                "The {effect} stays away from zero until the trend may change after treatment by {relative} times its "
                "largest change before (relative magnitude), or its slope by {smooth} a year (smoothness).",
                effect=TARGETS[one.target],
                relative=_bound(one.relative, ctx, 2),
                smooth=_bound(one.smoothness, ctx, None),
            )
        )
    return tuple(said)


def _bound(value: float | None, ctx: Context, digits: int | None) -> str:
    return "∞" if value is None else ctx.number(value, digits)


def caption(part: Part[Sensitivity], ctx: Context) -> Text:
    """Return what the figure shows."""
    return text("95% intervals when trends may differ by up to M (points: estimates under parallel trends)")


VIEW = View(table, figure, sentences, caption)
