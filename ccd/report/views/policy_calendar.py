"""Shape ``policy_calendar``: which region has which policies in which year, as tiles."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ccd.report.figures import COLOURS, INK, canvas, heat_map
from ccd.report.views.base import Context, View
from ccd.results import Part
from ccd.words import Name, Text, names, text

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

#: Up to this many policies every set of them has its own colour; more are counted.
NAMED = 3
NOTHING = "#eeeeee"
#: More regions than this stand without their names.
REGIONS = 60


def figure(part: Part, ctx: Context) -> Figure:
    """Return one tile a region and year, coloured by the policies in force (or their number)."""
    policies = [str(p) for p in part.frame.columns[3:]]
    frame = part.frame.assign(code=part.frame[policies].to_numpy() @ (1 << np.arange(len(policies))))
    first = frame[frame["count"] > 0].groupby("region")["year"].min()
    regions = sorted(frame["region"].unique(), key=lambda r: (first.get(r, np.inf), r))
    years = sorted(frame["year"].unique())
    named = len(regions) <= REGIONS
    drawn, axes = canvas(0.9 + 0.17 * len(regions) if named else 7.5)
    labels = [ctx.say(Name(region)) for region in regions]
    if len(policies) <= NAMED:
        wide = frame.pivot(index="region", columns="year", values="code").reindex(
            index=regions, columns=years
        )
        _tiles(axes, wide, policies, ctx)
    else:
        wide = frame.pivot(index="region", columns="year", values="count").reindex(
            index=regions, columns=years
        )
        heat_map(axes, wide, labels, [str(y) for y in years], label=ctx.say(text("Policies in force")), low=0)
    if named:
        axes.set_yticks(np.arange(len(regions)) + 0.5, labels, fontsize=7)
    else:
        axes.set_yticks([])
        axes.set_ylabel(ctx.say(text("{count} regions, the first treated on top", count=len(regions))))
    return drawn


def _tiles(axes: Axes, wide: pd.DataFrame, policies: list[str], ctx: Context) -> None:
    from matplotlib.colors import ListedColormap
    from matplotlib.patches import Patch

    values = wide.to_numpy(dtype=float)
    seen = sorted({int(v) for v in values[np.isfinite(values)]}, key=lambda s: (s.bit_count(), s))
    ordered = iter(COLOURS)
    colours = [NOTHING if code == 0 else next(ordered) for code in seen]
    place = {code: k for k, code in enumerate(seen)}
    tiles = np.array([[np.nan if np.isnan(v) else place[int(v)] for v in row] for row in values])
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
    axes.set_xticks(np.arange(wide.shape[1]) + 0.5, [str(year) for year in wide.columns])
    words = [ctx.say(_words(code, policies)) for code in seen]
    patches = [Patch(facecolor=colour, label=word) for colour, word in zip(colours, words, strict=True)]
    axes.legend(handles=patches, loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2, labelcolor=INK)


def _words(code: int, policies: list[str]) -> Text:
    inside = [policy for p, policy in enumerate(policies) if code >> p & 1]
    if not inside:
        return text("none")
    return text("{policies}", policies=names(inside))


def caption(part: Part, ctx: Context) -> Text:
    """Return what the tiles show."""
    return text("Policies in force by region and year")


VIEW = View(figure=figure, caption=caption)
