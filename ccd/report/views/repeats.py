"""Shape ``repeats``: the effect by split into folds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ccd.report.figures import COLOURS, canvas
from ccd.report.views.base import Context, View
from ccd.results import Part, Repeats
from ccd.words import Text, text

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def figure(part: Part[Repeats], ctx: Context) -> Figure | None:
    """Return the estimates of the splits, sorted, with one standard error; nothing for a single split."""
    found = part.value
    if len(found.repeat) < 2:
        return None
    order = found.estimate.argsort()
    drawn, axes = canvas(2.6)
    axes.errorbar(
        found.repeat,
        found.estimate[order],
        found.std_error[order],
        fmt="o",
        color=COLOURS[0],
        markersize=3.5,
        linewidth=0.8,
    )
    axes.axhline(0, color="0.4", linewidth=0.8)
    axes.set_xlabel(ctx.say(text("Splits, by estimate")))
    axes.set_ylabel(ctx.say(text("Estimate and standard error")))
    return drawn


def caption(part: Part[Repeats], ctx: Context) -> Text:
    """Return the words under the figure."""
    return text("The effect by split of the regions into folds, one standard error either side")


VIEW = View(figure=figure, caption=caption)
