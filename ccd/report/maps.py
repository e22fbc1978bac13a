"""Maps of regions: from boundaries that a study brings along, else the provinces as tiles."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ccd.arrays import FloatArray
from ccd.bundled import folded, province_code
from ccd.errors import StudyError
from ccd.report.figures import RULE
from ccd.report.marks import name_artist
from ccd.report.tiles import provinces, tile_map
from ccd.words import Language, Text, names, text

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Colour = tuple[float, ...]
#: The rings of one region, outer ones and holes alike, each (m, 2) in degrees.
Shape = tuple[FloatArray, ...]


@dataclass(frozen=True)
class Boundaries:
    """The shapes of regions by name, those of the file that are no region of the data, and what did not match."""

    shapes: Mapping[str, Shape]
    others: tuple[Shape, ...]
    notes: tuple[Text, ...]


def read_boundaries(path: Path, key: str, regions: Iterable[str]) -> Boundaries:
    """Return the boundaries of ``regions`` from a vector file, matched by its column ``key``.

    Names match as in the registry: provinces by any of their names, others without blanks, punctuation and case.
    Raises StudyError where geopandas is not there, or the file, its column, or every region is missing.
    """
    try:
        import geopandas
    except ImportError as error:
        raise StudyError(
            text("maps need geopandas"),
            where=text("study, {key}", key="output.map"),
            fix=text("pip install 'ccd-econ[maps]'"),
        ) from error
    if not path.exists():
        raise StudyError(
            text("there is no file '{path}'", path=path),
            where=text("study, {key}", key="output.map"),
            fix=text("paths start from the study"),
        )
    try:
        table = geopandas.read_file(path)
    except (OSError, ValueError, RuntimeError) as error:
        raise StudyError(
            text("the boundaries cannot be read: {error}", error=str(error)),
            where=str(path),
            fix=text("save them as GeoJSON or GeoPackage"),
        ) from error
    if key not in table.columns:
        known = tuple(str(name) for name in table.columns if name != "geometry")
        raise StudyError(
            text("the boundaries have no column '{key}'", key=key),
            where=text("study, {key}", key="output.map_key"),
            fix=text("there are: {known}", known=known),
        )
    if table.crs is not None:
        table = table.to_crs(4326)
    found: dict[str, Any] = {}
    for name, shape in zip(table[key], table.geometry, strict=True):
        found.setdefault(_code(str(name)), []).append(shape)
    listed = list(regions)
    shapes = {region: _rings(found.pop(_code(region))) for region in listed if _code(region) in found}
    if not shapes:
        raise StudyError(
            text("no region of the data is among the boundaries by '{key}'", key=key),
            where=text("study, {key}", key="output.map_key"),
            fix=text("name the column that holds the names of the regions"),
        )
    missing = [region for region in listed if region not in shapes]
    notes = (
        text("Not on the map, since the boundaries do not name them: {regions}", regions=names(missing)),
    )
    return Boundaries(shapes, tuple(_rings(rest) for rest in found.values()), notes if missing else ())


def _code(name: str) -> str:
    return province_code(name) or folded(name)


def _rings(geometries: Iterable[Any]) -> Shape:
    """Return the rings of polygons; what is no polygon has none."""
    rings = []
    for geometry in geometries:
        for part in getattr(geometry, "geoms", [geometry] if geometry is not None else []):
            if part.geom_type == "Polygon":
                rings += [np.asarray(ring.coords)[:, :2] for ring in (part.exterior, *part.interiors)]
    return tuple(rings)


@dataclass(frozen=True)
class Ground:
    """What a map is drawn on: boundaries, or the tiles of provinces (region -> adcode)."""

    boundaries: Boundaries | None
    codes: Mapping[str, str]

    def draw(self, axes: Axes, colours: Mapping[str, Colour], language: Language, *, title: str) -> None:
        """Draw the regions of ``colours`` filled, the others empty."""
        if self.boundaries is None:
            own = {self.codes[region]: region for region in colours}
            filled = {adcode: colours[region] for adcode, region in own.items()}
            tile_map(axes, filled, language, title=title, regions=own)
            return
        shapes = self.boundaries.shapes
        empty = [
            *self.boundaries.others,
            *(shape for region, shape in shapes.items() if region not in colours),
        ]
        for shape in empty:
            _patch(axes, shape, "white")
        for region, colour in colours.items():
            if region in shapes:
                _patch(axes, shapes[region], colour, region)
        axes.autoscale_view()
        low, high = axes.get_ylim()
        axes.set_aspect(1 / max(0.2, float(np.cos(np.radians((low + high) / 2)))))
        axes.set_axis_off()
        axes.set_title(title, loc="center", fontsize=8.5)


def _patch(axes: Axes, shape: Shape, colour: Colour | str, region: str = "") -> None:
    from matplotlib.patches import PathPatch
    from matplotlib.path import Path as Outline

    if shape:
        outline = Outline.make_compound_path(*(Outline(ring, closed=True) for ring in shape))
        patch = PathPatch(outline, facecolor=colour, edgecolor=RULE, linewidth=0.3)
        if region:
            name_artist(patch, axes, region)
        axes.add_patch(patch)


def ground(regions: Iterable[str], boundaries: Boundaries | None) -> Ground | None:
    """Return what ``regions`` are drawn on; None where there are neither boundaries nor tiles for them."""
    if boundaries is not None:
        return Ground(boundaries, {})
    codes = provinces(regions)
    return None if codes is None else Ground(None, codes)
