"""Shape ``att_gt``: the effect in every cohort and year."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ccd.arrays import IntArray
from ccd.report.colours import colour_map
from ccd.report.figures import INK, RULE, WORST_TO_BEST, canvas
from ccd.report.views.base import Context, View
from ccd.results import AttGt, Part
from ccd.words import Text, text

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def figure(part: Part[AttGt], ctx: Context) -> Figure:
    """Return cohorts by years as tiles; a frame marks effects whose 95 % interval leaves zero out.

    Cohorts of one region bear no frame: their error says nothing of how regions differ.

    Colours are centred on zero; a step line separates the years before treatment from those after.
    """
    found = part.value
    cohorts, row = np.unique(found.cohort, return_inverse=True)
    years, column = np.unique(found.time, return_inverse=True)
    wide = np.full((len(cohorts), len(years)), np.nan)
    wide[row, column] = found.estimate
    reach = float(np.nanmax(np.abs(wide)))
    drawn, axes = canvas(1.3 + 0.28 * len(cohorts))
    mesh = axes.pcolormesh(
        wide,
        cmap=colour_map(WORST_TO_BEST),
        vmin=-reach,
        vmax=reach,
        edgecolors="white",
        linewidth=0.5,
    )
    clear = (found.conf_low * found.conf_high > 0) & (found.treated > 1)
    _frames(axes, column[clear], row[clear])
    for place, g in enumerate(cohorts):
        begin = float(np.searchsorted(years, g))
        axes.plot([begin, begin], [place, place + 1], color=INK, linewidth=1.6)
    axes.set_yticks(np.arange(len(cohorts)) + 0.5, [str(g) for g in cohorts])
    step = -(-len(years) // 14)
    axes.set_xticks(np.arange(len(years))[::step] + 0.5, [str(t) for t in years][::step])
    axes.invert_yaxis()
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    axes.set_ylabel(ctx.say(text("Cohort")))
    bar = drawn.colorbar(mesh, ax=axes, label=ctx.say(text("Estimate")), shrink=0.9, aspect=18)
    bar.outline.set_edgecolor(RULE)
    return drawn


def _frames(axes: Axes, columns: IntArray, rows: IntArray) -> None:
    from matplotlib.patches import Rectangle

    for x, y in zip(columns, rows, strict=True):
        for colour, width in (("white", 2.4), (INK, 0.9)):  # seen on light tiles and on dark ones
            axes.add_patch(
                Rectangle((x + 0.1, y + 0.12), 0.8, 0.76, fill=False, edgecolor=colour, linewidth=width)
            )


def caption(part: Part[AttGt], ctx: Context) -> Text:
    """Return what the tiles, frames and bars show."""
    if (part.value.treated <= 1).any():
        return text(
            "Effects by cohort and year: framed where the 95% interval leaves zero out (never for a cohort of one "
            "region, whose error is not to be trusted); the bar marks the first treated year"
        )
    return text(
        "Effects by cohort and year: framed where the 95% interval leaves zero out; the bar marks the first treated "
        "year"
    )


VIEW = View(figure=figure, caption=caption)
