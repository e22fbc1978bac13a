"""Shape ``policy_calendar``: which region has which policies in which year, as tiles."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ccd.arrays import FloatArray, IntArray
from ccd.report.figures import COLOURS, INK, canvas, heat_map
from ccd.report.marks import mark_rows
from ccd.report.views.base import Context, View
from ccd.results import Part, PolicyCalendar
from ccd.words import Name, Text, names, text

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

#: Up to this many policies every set of them has its own colour; more are counted.
NAMED = 3
NOTHING = "#eeeeee"
#: More regions than this stand without their names.
REGIONS = 60


def figure(part: Part[PolicyCalendar], ctx: Context) -> Figure:
    """Return one tile a region and year, coloured by the policies in force (or their number)."""
    calendar = part.value
    named = len(calendar.regions) <= REGIONS
    drawn, axes = canvas(0.9 + 0.17 * len(calendar.regions) if named else 7.5)
    started = np.where(np.isnan(calendar.first), np.inf, calendar.first)
    order = sorted(range(len(calendar.regions)), key=lambda r: (started[r], calendar.regions[r]))
    labels = [ctx.say(Name(calendar.regions[r])) for r in order]
    years = np.unique(calendar.year)
    if len(calendar.policies) <= NAMED:
        states = calendar.on @ (1 << np.arange(len(calendar.policies)))
        _tiles(axes, _wide(calendar, states, order), years, calendar.policies, ctx)
    else:
        counts = _wide(calendar, calendar.count, order)
        heat_map(
            axes, counts, labels, [str(y) for y in years], label=ctx.say(text("Policies in force")), low=0
        )
    if named:
        axes.set_yticks(np.arange(len(labels)) + 0.5, labels, fontsize=7)
    else:
        axes.set_yticks([])
        axes.set_ylabel(
            ctx.say(text("{count} {count:region|regions}, the first treated on top", count=len(labels)))
        )
    mark_rows(axes, [calendar.regions[r] for r in order], 0.5)
    return drawn


def _wide(calendar: PolicyCalendar, values: IntArray, order: Sequence[int]) -> FloatArray:
    """Return ``values`` (n,) as regions in that order by years (N, T), nan where a region-year is not seen."""
    years = np.unique(calendar.year)
    wide = np.full((len(calendar.regions), len(years)), np.nan)
    wide[calendar.place, np.searchsorted(years, calendar.year)] = values
    return wide[list(order)]


def _tiles(axes: Axes, wide: FloatArray, years: IntArray, policies: Sequence[str], ctx: Context) -> None:
    from matplotlib.colors import ListedColormap
    from matplotlib.patches import Patch

    seen = sorted({int(v) for v in wide[np.isfinite(wide)]}, key=lambda s: (s.bit_count(), s))
    ordered = iter(COLOURS)
    colours = [NOTHING if code == 0 else next(ordered) for code in seen]
    place = {code: k for k, code in enumerate(seen)}
    tiles = np.array([[np.nan if np.isnan(v) else place[int(v)] for v in row] for row in wide])
    axes.pcolormesh(
        tiles,
        cmap=ListedColormap(colours),
        vmin=-0.5,
        vmax=len(seen) - 0.5,
        edgecolors="white" if len(wide) <= REGIONS else "none",
        linewidth=0.6,
        rasterized=len(wide) > REGIONS,
    )
    axes.invert_yaxis()
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    axes.set_xticks(np.arange(wide.shape[1]) + 0.5, [str(year) for year in years])
    words = [ctx.say(_words(code, policies)) for code in seen]
    patches = [Patch(facecolor=colour, label=word) for colour, word in zip(colours, words, strict=True)]
    axes.legend(handles=patches, loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2, labelcolor=INK)


def _words(code: int, policies: Sequence[str]) -> Text:
    inside = [policy for p, policy in enumerate(policies) if code >> p & 1]
    if not inside:
        return text("none")
    return text("{policies}", policies=names(inside))


def caption(part: Part[PolicyCalendar], ctx: Context) -> Text:
    """Return what the tiles show."""
    return text("Policies in force by region and year")


VIEW = View(figure=figure, caption=caption)
