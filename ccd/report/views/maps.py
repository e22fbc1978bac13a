"""Maps of the shape ``coupling``: D and the bottleneck of the provinces, in small multiples over years."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from ccd.report.figures import COLOURS, SEQUENTIAL, canvas, colour_map
from ccd.report.tiles import provinces, tile_map
from ccd.report.views.base import Context, Extra, some
from ccd.results import Part
from ccd.words import Name, Text, text

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: Years shown, three a row.
YEARS = 6
EVEN = (0.72, 0.72, 0.72)


def _wide(part: Part, column: str) -> pd.DataFrame | None:
    """Return adcode x year of a column, or None where the regions are no provinces."""
    entity, time = (str(name) for name in part.frame.columns[:2])
    wide = part.frame.pivot(index=entity, columns=time, values=column)
    codes = provinces(str(name) for name in wide.index)
    return None if codes is None else wide.rename(index=codes)


def degree_map(part: Part, ctx: Context) -> Figure | None:
    """Return tile maps of D on one scale."""
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import Normalize

    wide = _wide(part, "D")
    if wide is None:
        return None
    years = some(list(wide.columns), YEARS)
    rows = -(-len(years) // 3)
    drawn, axes = canvas(0.3 + 2.1 * rows, rows=rows, columns=3, squeeze=False)
    scale = ScalarMappable(Normalize(wide.min().min(), wide.max().max()), colour_map(SEQUENTIAL))
    for place in axes.flat[len(years) :]:
        place.set_axis_off()
    for place, year in zip(axes.flat, years, strict=False):
        colours = {str(code): tuple(scale.to_rgba(value)) for code, value in wide[year].dropna().items()}
        tile_map(place, colours, ctx.language, title=str(year))
    bar = drawn.colorbar(scale, ax=axes, label="D", shrink=0.6, aspect=30)
    bar.outline.set_visible(False)
    return drawn


def bottleneck_map(part: Part, ctx: Context) -> Figure | None:
    """Return tile maps of the lowest subsystem; grey where the subsystems are level, black on ties."""
    from matplotlib.colors import to_rgb
    from matplotlib.patches import Patch

    wide = _wide(part, "bottleneck")
    if wide is None:
        return None
    seen = {str(value) for value in wide.to_numpy().ravel() if isinstance(value, str)}
    single = sorted(name for name in seen if name != "synchronous" and "; " not in name)
    colours = {name: to_rgb(COLOURS[k % len(COLOURS)]) for k, name in enumerate(single)}
    colours |= {name: EVEN if name == "synchronous" else (0.2, 0.2, 0.2) for name in seen - set(single)}
    years = some(list(wide.columns), YEARS)
    rows = -(-len(years) // 3)
    drawn, axes = canvas(0.5 + 2.1 * rows, rows=rows, columns=3, squeeze=False)
    for place in axes.flat[len(years) :]:
        place.set_axis_off()
    for place, year in zip(axes.flat, years, strict=False):
        shown = {str(code): colours[value] for code, value in wide[year].dropna().items()}
        tile_map(place, shown, ctx.language, title=str(year))
    ordered = [*single, *sorted(seen - set(single))]
    named = [" = ".join(ctx.say(Name(one)) for one in name.split("; ")) for name in ordered]
    patches = [Patch(color=colours[name], label=words) for name, words in zip(ordered, named, strict=True)]
    drawn.legend(handles=patches, loc="outside lower center", ncols=min(5, len(patches)))
    return drawn


def degree_caption(part: Part, ctx: Context) -> Text:
    """Return what the map of D shows."""
    return text("D of the provinces, selected years")


def bottleneck_caption(part: Part, ctx: Context) -> Text:
    """Return what the map of bottlenecks shows."""
    return text("The lowest subsystem of the provinces, selected years")


MAPS = (Extra("map", degree_map, degree_caption), Extra("bottleneck_map", bottleneck_map, bottleneck_caption))
