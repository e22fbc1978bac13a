"""Shape ``ridges``: the densities of all years one above the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ccd.report.colours import shades
from ccd.report.figures import SEQUENTIAL, canvas
from ccd.report.views.base import Context, View, some
from ccd.results import Part, Ridges
from ccd.words import Name, Text, text

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: Years drawn at most.
YEARS = 16
#: Height of the tallest ridge, in distances between two lines.
TALL = 2.4


def figure(part: Part[Ridges], ctx: Context) -> Figure:
    """Return one curve a year, the last in front, all on one scale."""
    found = part.value
    years = some([int(year) for year in np.unique(found.time)], YEARS)
    drawn, axes = canvas(1.2 + 0.24 * len(years))
    scale = TALL / found.density.max()
    colours = shades(SEQUENTIAL[1:], len(years))
    seen = found.density > 0.003 * found.density.max()
    for k, year in enumerate(years):
        own = found.time == year
        at, height = found.at[own], found.density[own] * scale
        base = len(years) - 1 - k
        axes.fill_between(at, base, base + height, color=colours[k], linewidth=0, zorder=2 * k)
        axes.plot(at, base + height, color="white", linewidth=1.6, zorder=2 * k + 1)
        axes.plot(at, base + height, color="#12304f", linewidth=0.7, zorder=2 * k + 1)
    axes.set_yticks(np.arange(len(years))[::-1], [str(year) for year in years])
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.set_xlim(max(found.at[seen].min() - 0.02, 0), min(found.at[seen].max() + 0.02, 1))
    axes.set_ylim(bottom=-0.1)
    axes.set_xlabel(ctx.say(Name(found.variable)))
    return drawn


def caption(part: Part[Ridges], ctx: Context) -> Text:
    """Return whose densities they are."""
    return text("Density of {variable} over regions, by year", variable=Name(part.value.variable))


VIEW = View(figure=figure, caption=caption)
