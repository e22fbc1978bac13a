"""Maps of the shape ``coupling``: D and the bottleneck of the provinces, in small multiples over years."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ccd.report.colours import colour_map
from ccd.report.figures import COLOURS, SEQUENTIAL, canvas
from ccd.report.maps import ground
from ccd.report.views.base import Context, Extra, evenly
from ccd.results import SYNCHRONOUS, Coupling, Part
from ccd.words import Name, Text, text

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: Years shown, three a row.
YEARS = 6
EVEN, TIED = (0.72, 0.72, 0.72), (0.2, 0.2, 0.2)


def degree_map(part: Part[Coupling], ctx: Context) -> Figure | None:
    """Return tile maps of D on one scale."""
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import Normalize

    found = part.value
    base = ground(dict.fromkeys(found.entity), ctx.boundaries)
    if base is None:
        return None
    years = evenly([int(year) for year in np.unique(found.year)], YEARS)
    rows = -(-len(years) // 3)
    drawn, axes = canvas(0.3 + 2.1 * rows, rows=rows, columns=3, squeeze=False)
    scale = ScalarMappable(Normalize(np.nanmin(found.d), np.nanmax(found.d)), colour_map(SEQUENTIAL))
    for place in axes.flat[len(years) :]:
        place.set_axis_off()
    for place, year in zip(axes.flat, years, strict=False):
        own = np.flatnonzero((found.year == year) & np.isfinite(found.d))
        colours = {found.entity[k]: tuple(scale.to_rgba(found.d[k])) for k in own}
        base.draw(place, colours, ctx.language, title=str(year))
    bar = drawn.colorbar(scale, ax=axes, label="D", shrink=0.6, aspect=30)
    bar.outline.set_visible(False)
    return drawn


def bottleneck_map(part: Part[Coupling], ctx: Context) -> Figure | None:
    """Return tile maps of the lowest subsystem; grey where the subsystems are level, black on ties."""
    from matplotlib.colors import to_rgb
    from matplotlib.patches import Patch

    found = part.value
    base = ground(dict.fromkeys(found.entity), ctx.boundaries)
    if base is None:
        return None
    shown: list[tuple[str, ...]] = [
        (SYNCHRONOUS,) if even else lowest
        for even, lowest in zip(found.synchronous, found.lowest, strict=True)
    ]
    seen = set(shown)
    single = sorted(names for names in seen if len(names) == 1 and names != (SYNCHRONOUS,))
    colours: dict[tuple[str, ...], tuple[float, ...]]
    colours = {names: to_rgb(COLOURS[k % len(COLOURS)]) for k, names in enumerate(single)}
    colours |= {names: EVEN if names == (SYNCHRONOUS,) else TIED for names in seen - set(single)}
    years = evenly([int(year) for year in np.unique(found.year)], YEARS)
    rows = -(-len(years) // 3)
    drawn, axes = canvas(0.5 + 2.1 * rows, rows=rows, columns=3, squeeze=False)
    for place in axes.flat[len(years) :]:
        place.set_axis_off()
    for place, year in zip(axes.flat, years, strict=False):
        own = np.flatnonzero(found.year == year)
        base.draw(place, {found.entity[k]: colours[shown[k]] for k in own}, ctx.language, title=str(year))
    patches = [
        Patch(color=colours[names], label=" = ".join(ctx.say(Name(one)) for one in names))
        for names in (*single, *sorted(seen - set(single)))
    ]
    drawn.legend(handles=patches, loc="outside lower center", ncols=min(5, len(patches)))
    return drawn


def degree_caption(part: Part[Coupling], ctx: Context) -> Text:
    """Return what the map of D shows."""
    return text("D of the provinces, selected years")


def bottleneck_caption(part: Part[Coupling], ctx: Context) -> Text:
    """Return what the map of bottlenecks shows."""
    return text(
        "The lowest subsystem of the provinces, selected years. Which subsystem is lowest depends much on how the "
        "indicators are scaled: levels of different subsystems are not in the same units"
    )


MAPS = (Extra("map", degree_map, degree_caption), Extra("bottleneck_map", bottleneck_map, bottleneck_caption))
