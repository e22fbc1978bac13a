"""Shape ``density``: one curve a group."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ccd.report.figures import canvas, density_plot
from ccd.report.views.base import Context, View
from ccd.results import Part
from ccd.words import Name, Text, text

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def figure(part: Part, ctx: Context) -> Figure:
    """Return the curves of all groups; facts ``variable`` names the axis (a column's name or a Text)."""
    drawn, axes = canvas()
    curves = {
        ctx.say(Name(str(group))): (rows["at"], rows["density"])
        for group, rows in part.frame.groupby("group", sort=False)
    }
    density_plot(axes, curves, fill=len(curves) <= 2)
    variable = part.facts.get("variable", "")
    axes.set_xlabel(ctx.say(variable if isinstance(variable, Text) else Name(variable)))
    axes.set_ylabel(ctx.say(text("Density")))
    return drawn


def caption(part: Part, ctx: Context) -> Text:
    """Return whose distribution it is."""
    variable = part.facts.get("variable", "")
    return text(
        "Distribution of {variable}", variable=variable if isinstance(variable, Text) else Name(variable)
    )


VIEW = View(figure=figure, caption=caption)
