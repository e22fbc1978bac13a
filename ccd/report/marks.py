"""Where a region lies in a figure: outlines in the svg that nobody sees until the page shows them.

Png and pdf hold nothing of it. The page finds an outline by its id, which begins with ``region-`` and the key of
the region, and draws it over the figure when a reader picks the region in a table.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from ccd.arrays import FloatArray

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

#: Half of the size of a mark around a point, in points of the page.
AROUND = 5.0


class Outline(NamedTuple):
    """One region in one panel: corners (m, 2) in the units of the axes; a closed shape, a path, or a single point."""

    region: str
    corners: FloatArray
    closed: bool = True


def region_key(region: str) -> str:
    """Return 12 hexadecimal digits for a region: safe in any markup whatever its name holds."""
    return blake2b(region.encode("utf-8", "surrogatepass"), digest_size=6).hexdigest()


def name_artist(artist: Artist, axes: Axes, region: str) -> None:
    """Make what is drawn for a region its own outline: a boundary on a map."""
    artist.set_gid(_id(axes, region, str(len(axes.get_children()))))


def mark_boxes(axes: Axes, boxes: Iterable[tuple[str, tuple[float, float, float, float]]]) -> None:
    """Outline the box (left, low, right, high) of each region."""
    _mark(
        axes,
        [
            Outline(region, np.array([(left, low), (right, low), (right, high), (left, high)]))
            for region, (left, low, right, high) in boxes
        ],
    )


def mark_rows(axes: Axes, regions: Sequence[str], first: float = 0.0) -> None:
    """Outline the row of each region over the whole width, the first one centred at ``first``, one unit high."""
    wide = np.array([(-np.inf, -0.5), (np.inf, -0.5), (np.inf, 0.5), (-np.inf, 0.5)])
    _mark(axes, [Outline(region, wide + np.array([0.0, first + k])) for k, region in enumerate(regions)])


def mark_paths(axes: Axes, regions: Iterable[str], x: ArrayLike, paths: Iterable[ArrayLike]) -> None:
    """Outline the path of each region: y over x (m,), left out where it is not known."""
    at = np.asarray(x, dtype=float)
    _mark(
        axes,
        [
            Outline(region, np.column_stack([at, np.asarray(y, dtype=float)]), closed=False)
            for region, y in zip(regions, paths, strict=True)
        ],
    )


def mark_points(axes: Axes, regions: Iterable[str], points: Iterable[ArrayLike]) -> None:
    """Outline the point (2,) of each region by a ring around it."""
    _mark(
        axes,
        [
            Outline(region, np.asarray(point, dtype=float).reshape(1, 2), closed=False)
            for region, point in zip(regions, points, strict=True)
        ],
    )


def _id(axes: Axes, region: str, count: str) -> str:
    """Return an id that no other outline of the figure has."""
    figure = axes.get_figure()
    panel = figure.axes.index(axes) if figure is not None else 0
    return f"region-{region_key(region)}-{panel}-{count}"


def _mark(axes: Axes, outlines: Sequence[Outline]) -> None:
    from matplotlib.artist import Artist

    class Marks(Artist):
        """Writes outlines into an svg, in as few bytes as they take; other formats pass it by."""

        def draw(self, renderer: Any) -> None:
            writer = getattr(renderer, "writer", None)
            if writer is None:
                return
            view = axes.viewLim
            for k, outline in enumerate(outlines):
                x, y = outline.corners.T
                # a row ends where the axes end
                x = np.where(np.isinf(x), np.where(x > 0, view.x1, view.x0), x)
                points = axes.transData.transform(np.column_stack([x, y]))
                shape = path_data(points, renderer.height, outline.closed)
                if shape:
                    writer.element("path", id=_id(axes, outline.region, f"{start}.{k}"), d=shape, fill="none")

    start = len(axes.get_children())
    marks = Marks()
    marks.set_in_layout(False)
    axes.add_artist(marks)


def path_data(points: FloatArray, height: float, closed: bool) -> str:
    """Return the points (m, 2), counted from below, as the data of an svg path; a ring around a single one."""
    known = points[np.isfinite(points).all(axis=1)]
    if not len(known):
        return ""
    x, y = known[:, 0], height - known[:, 1]
    if len(points) == 1:
        r = f"{AROUND:g}"
        return (
            f"M{x[0] - AROUND:.1f} {y[0]:.1f}a{r} {r} 0 1 0 {2 * AROUND:g} 0a{r} {r} 0 1 0 -{2 * AROUND:g} 0"
        )
    line = "L".join(f"{a:.1f} {b:.1f}" for a, b in zip(x, y, strict=True))
    return f"M{line}{'z' if closed else ''}"
