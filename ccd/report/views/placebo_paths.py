"""Shape ``placebo_paths``: the gap of the treated over the grey gaps of its placebos."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ccd.report.figures import ACCENT, RULE, canvas, legend_above, year_axis, zero_line
from ccd.report.marks import mark_paths
from ccd.report.views.base import Context, View
from ccd.results import Part, PlaceboPaths
from ccd.words import Text, names, text

if TYPE_CHECKING:
    from matplotlib.figure import Figure

GREY = "#c4c4c4"


def figure(part: Part[PlaceboPaths], ctx: Context) -> Figure:
    """Return the gaps by year."""
    found = part.value
    drawn, axes = canvas()
    years = found.years
    gaps = np.asarray(found.gap).reshape(-1, len(years))
    many = len(gaps) > 200
    for k, gap in enumerate(gaps):
        label = ctx.say(text("Placebos")) if k == 0 else None
        axes.plot(years, gap, color=GREY, linewidth=0.8, label=label, rasterized=many)
    zero_line(axes)
    axes.axvline(found.date - 0.5, color=RULE, linewidth=0.8, linestyle=":")
    axes.plot(
        years,
        found.own,
        color=ACCENT,
        marker="o",
        label=ctx.say(text("{regions}", regions=names(found.treated))),
    )
    legend_above(axes)
    year_axis(axes, years)
    mark_paths(axes, found.region[:: len(years)], years, gaps)
    outcome = ctx.measured(ctx.estimate.outcome if ctx.estimate is not None else "")
    axes.set_ylabel(ctx.say(text("Treated less synthetic: {outcome}", outcome=outcome)))
    return drawn


def caption(part: Part[PlaceboPaths], ctx: Context) -> Text:
    """Return what the lines are."""
    return text(
        "Treated less synthetic: {region}, and in grey each donor as if treated",
        region=names(part.value.treated),
    )


VIEW = View(figure=figure, caption=caption)
