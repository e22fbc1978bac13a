"""Shape ``score_density``: the propensity scores of both groups, before and after matching."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ccd.report.figures import canvas, density_plot
from ccd.report.views.base import Context, View
from ccd.results import Part, ScoreDensity
from ccd.words import Text, text

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def figure(part: Part[ScoreDensity], ctx: Context) -> Figure:
    """Return two panels on one scale: before and after matching, a curve for each group."""
    drawn, panels = canvas(2.9, columns=2, sharey=True)
    groups = {"treated": text("treated"), "control": text("control")}
    titles = {"before": text("Before matching"), "after": text("After matching")}
    for axes, (stage, title) in zip(panels, titles.items(), strict=True):
        curves = {ctx.say(words): part.value.curve(stage, group) for group, words in groups.items()}
        density_plot(axes, curves, fill=True)
        axes.set_title(ctx.say(title))
        axes.set_xlabel(ctx.say(text("Propensity score")))
        axes.set_xlim(0, 1)
    panels[0].set_ylabel(ctx.say(text("Density")))
    panels[1].get_legend().remove()
    panels[0].set_ylim(0, 1.08 * float(part.value.density.max()))
    return drawn


def caption(part: Part[ScoreDensity], ctx: Context) -> Text:
    """Return the words under the figure."""
    return text("Densities of the propensity score before and after matching")


VIEW = View(figure=figure, caption=caption)
