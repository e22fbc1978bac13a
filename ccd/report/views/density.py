"""Shape ``density``: one curve a group."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ccd.report.figures import canvas, density_plot
from ccd.report.views.base import Context, View
from ccd.results import Density, Part
from ccd.words import Name, Text, text

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def figure(part: Part[Density], ctx: Context) -> Figure:
    """Return the curves of all groups."""
    drawn, axes = canvas()
    curves = {ctx.say(Name(group)): curve for group, curve in part.value.curves().items()}
    density_plot(axes, curves, fill=len(curves) <= 2)
    axes.set_xlabel(ctx.say(part.value.variable))
    axes.set_ylabel(ctx.say(text("Density")))
    return drawn


def caption(part: Part[Density], ctx: Context) -> Text:
    """Return whose distribution it is."""
    return text("Distribution of {variable}", variable=part.value.variable)


VIEW = View(figure=figure, caption=caption)
