"""Outlines of regions in a figure: where they lie, worked by hand, and that png and pdf hold nothing of them."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import numpy as np
import pytest

from ccd.report.figures import LATIN, Fonts, drawing, render
from ccd.report.maps import Boundaries, ground
from ccd.report.marks import mark_boxes, mark_paths, mark_points, mark_rows, region_key

FONTS = Fonts((LATIN,), chinese=False)


def panel():
    """A figure of 144 x 72 points whose axes, 0 to 2 and 0 to 1, fill it: 72 points a unit, y from above in svg."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(2, 1))
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(0, 2), ylim=(0, 1))
    return figure, axes


def outlines(figure) -> dict[str, list[str]]:
    """Key of the region -> the data of its outlines; each id once."""
    root = ElementTree.fromstring(render(figure, "svg"))
    found: dict[str, list[str]] = {}
    ids = [one.get("id") for one in root.iter() if one.get("id")]
    assert len(ids) == len(set(ids))
    for one in root.iter():
        if (one.get("id") or "").startswith("region-"):
            shapes = [one] if one.get("d") else list(one.iter("{http://www.w3.org/2000/svg}path"))
            found.setdefault(one.get("id").split("-")[1], []).extend(shape.get("d") for shape in shapes)
    return found


def test_outlines_lie_where_the_axes_put_them():
    with drawing(FONTS):
        figure, axes = panel()
        mark_points(axes, ["a"], [(0.5, 0.25)])
        mark_boxes(axes, [("b", (1.0, 0.0, 2.0, 0.5))])
        mark_paths(axes, ["a", "c"], [0, 1, 2], [[0, 1, 0.5], [np.nan, 0.5, 1.0]])
        found = outlines(figure)
    assert found == {
        region_key("a"): ["M31.0 54.0a5 5 0 1 0 10 0a5 5 0 1 0 -10 0", "M0.0 72.0L72.0 0.0L144.0 36.0"],
        region_key("b"): ["M72.0 72.0L144.0 72.0L144.0 36.0L72.0 36.0z"],
        region_key("c"): ["M72.0 36.0L144.0 0.0"],  # from the first year known
    }


@pytest.mark.parametrize("turned", [False, True])
def test_a_row_goes_from_end_to_end_of_axes_settled_later(turned):
    with drawing(FONTS):
        figure, axes = panel()
        mark_rows(axes, ["a", "b"], 0.5)
        axes.set(xlim=(-1, 1), ylim=(2, 0) if turned else (0, 2))
        found = outlines(figure)
    first, second = ((0, 36), (36, 72)) if turned else ((72, 36), (36, 0))
    for region, (begin, end) in (("a", first), ("b", second)):
        assert found[region_key(region)] == [
            f"M0.0 {begin:.1f}L144.0 {begin:.1f}L144.0 {end:.1f}L0.0 {end:.1f}z"
        ]


@pytest.mark.parametrize("kind", ["png", "pdf"])
def test_other_formats_hold_the_same_bytes_with_and_without(kind):
    made = []
    for marked in (False, True):
        with drawing(FONTS):
            figure, axes = panel()
            axes.plot([0, 2], [0, 1])
            if marked:
                mark_rows(axes, ["a"])
                mark_paths(axes, ["a"], [0, 2], [[0, 1]])
            made.append(render(figure, kind))
    assert made[0] == made[1]


def test_boundaries_and_tiles_are_outlines_of_their_regions():
    square = np.array([(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 0.0)])
    shapes = {name: (square + k,) for k, name in enumerate(("a", "b", "left out"))}
    with drawing(FONTS):
        figure, axes = panel()
        base = ground(shapes, Boundaries(shapes, (), ()))
        base.draw(axes, {"a": (1, 0, 0), "b": (0, 1, 0)}, "en", title="2020")
        assert {key: len(found) for key, found in outlines(figure).items()} == {
            region_key("a"): 1,
            region_key("b"): 1,
        }
        figure, axes = panel()
        names = ["Beijing", "天津", "Hebei", "Shanxi", "Jilin", "Anhui", "Fujian", "Henan", "Hubei", "Hunan"]
        base = ground(names, None)
        base.draw(axes, dict.fromkeys(names, (1, 0, 0)), "en", title="2020")
        found = outlines(figure)
    assert set(found) == {region_key(name) for name in names}  # under the names of the data
    assert all(re.fullmatch(r"M[\d. L-]+z", shape) for shapes in found.values() for shape in shapes)
