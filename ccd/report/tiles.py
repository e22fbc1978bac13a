"""A map of the provinces as equal tiles: no boundary file, and small provinces as large as the others."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, NamedTuple

from ccd.bundled import bundled_rows
from ccd.report.figures import INK, RULE
from ccd.report.marks import mark_boxes
from ccd.words import Language

if TYPE_CHECKING:
    from matplotlib.axes import Axes


class Tile(NamedTuple):
    """Where a province stands, and its short names."""

    column: int
    row: int
    zh: str
    en: str


#: Adcode -> tile; neighbours on the ground are neighbours here as far as a grid allows.
TILES: Mapping[str, Tile] = {
    "230000": Tile(6, 0, "黑", "HL"),
    "150000": Tile(3, 1, "蒙", "NM"),
    "110000": Tile(4, 1, "京", "BJ"),
    "210000": Tile(5, 1, "辽", "LN"),
    "220000": Tile(6, 1, "吉", "JL"),
    "650000": Tile(0, 2, "新", "XJ"),
    "620000": Tile(1, 2, "甘", "GS"),
    "640000": Tile(2, 2, "宁", "NX"),
    "140000": Tile(3, 2, "晋", "SX"),
    "130000": Tile(4, 2, "冀", "HE"),
    "120000": Tile(5, 2, "津", "TJ"),
    "540000": Tile(0, 3, "藏", "XZ"),
    "630000": Tile(1, 3, "青", "QH"),
    "610000": Tile(2, 3, "陕", "SN"),
    "410000": Tile(3, 3, "豫", "HA"),
    "370000": Tile(4, 3, "鲁", "SD"),
    "510000": Tile(1, 4, "川", "SC"),
    "500000": Tile(2, 4, "渝", "CQ"),
    "420000": Tile(3, 4, "鄂", "HB"),
    "340000": Tile(4, 4, "皖", "AH"),
    "320000": Tile(5, 4, "苏", "JS"),
    "310000": Tile(6, 4, "沪", "SH"),
    "530000": Tile(1, 5, "滇", "YN"),
    "520000": Tile(2, 5, "黔", "GZ"),
    "430000": Tile(3, 5, "湘", "HN"),
    "360000": Tile(4, 5, "赣", "JX"),
    "330000": Tile(5, 5, "浙", "ZJ"),
    "450000": Tile(2, 6, "桂", "GX"),
    "440000": Tile(3, 6, "粤", "GD"),
    "350000": Tile(4, 6, "闽", "FJ"),
    "460000": Tile(3, 7, "琼", "HI"),
}
COLUMNS, ROWS = 7, 8
#: Fewer provinces than this make no map.
FEWEST = 10


def provinces(entities: Iterable[str]) -> dict[str, str] | None:
    """Return entity -> adcode where every entity is a province (by name or adcode), else None."""
    listed = list(entities)
    known = {}
    for row in bundled_rows("regions.csv"):
        for key in ("adcode", "name_zh", "short_zh", "name_en"):
            known[row[key]] = row["adcode"]
    found = {entity: known[entity] for entity in listed if entity in known}
    return found if len(found) == len(listed) >= FEWEST else None


def tile_map(
    axes: Axes,
    colours: Mapping[str, tuple[float, ...]],
    language: Language,
    *,
    title: str = "",
    regions: Mapping[str, str] | None = None,
) -> None:
    """Draw every province, those of ``colours`` (by adcode) filled, the others as empty tiles.

    ``regions`` (adcode -> name in the data) are outlined for the page.
    """
    from matplotlib.collections import PolyCollection

    boxes = [
        [(x + 0.04, y + 0.04), (x + 0.96, y + 0.04), (x + 0.96, y + 0.96), (x + 0.04, y + 0.96)]
        for x, y, _, _ in TILES.values()
    ]
    known = [colours.get(adcode) for adcode in TILES]
    faces = ["white" if colour is None else colour for colour in known]
    edges = [RULE if colour is None else colour for colour in known]
    axes.add_collection(PolyCollection(boxes, facecolors=faces, edgecolors=edges, linewidths=0.4))
    for tile, colour in zip(TILES.values(), known, strict=True):
        ink = RULE if colour is None else ("white" if luminance(colour) < 0.45 else INK)
        words = tile.zh if language == "zh" else tile.en
        named = axes.text(
            tile.column + 0.5, tile.row + 0.52, words, ha="center", va="center", color=ink, fontsize=6.5
        )
        named.set_in_layout(False)  # inside its tile: the layout need not measure it
    axes.set_xlim(0, COLUMNS)
    axes.set_ylim(ROWS, 0)
    axes.set_aspect("equal")
    axes.set_axis_off()
    axes.set_title(title, loc="center", fontsize=8.5)
    tiles = ((name, TILES[adcode]) for adcode, name in (regions or {}).items())
    mark_boxes(axes, [(name, (t.column, t.row, t.column + 1.0, t.row + 1.0)) for name, t in tiles])


def luminance(colour: tuple[float, ...]) -> float:
    """Return how light a colour looks in grey, 0 to 1."""
    return 0.2126 * colour[0] + 0.7152 * colour[1] + 0.0722 * colour[2]
