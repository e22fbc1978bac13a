"""Maps on boundaries of the user's own: names matched as in the registry, what does not match named."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ccd.errors import StudyError
from ccd.report.figures import canvas
from ccd.report.maps import ground, read_boundaries


def write(path: Path, names: list[str], key: str = "name") -> Path:
    def square(k: int) -> list[list[list[float]]]:
        outer = [[k, 0.0], [k + 1.0, 0.0], [k + 1.0, 1.0], [k, 1.0], [k, 0.0]]
        hole = [[k + 0.4, 0.4], [k + 0.6, 0.4], [k + 0.6, 0.6], [k + 0.4, 0.4]]
        return [outer, hole]

    features = [
        {
            "type": "Feature",
            "properties": {key: name},
            "geometry": {"type": "Polygon", "coordinates": square(k)},
        }
        for k, name in enumerate(names)
    ]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    return path


def test_provinces_match_by_any_of_their_names(tmp_path):
    pytest.importorskip("geopandas")
    path = write(tmp_path / "b.geojson", ["北京市", "Hebei", "Elsewhere"])
    found = read_boundaries(path, "name", ["Beijing", "河北", "Tianjin"])
    assert set(found.shapes) == {"Beijing", "河北"}
    assert len(found.shapes["Beijing"]) == 2  # the outline and its hole
    assert len(found.others) == 1
    assert "Tianjin" in str(found.notes[0])
    base = ground(["Beijing"], found)
    _, axes = canvas()
    base.draw(axes, {"Beijing": (1.0, 0.0, 0.0), "Tianjin": (0.0, 0.0, 0.0)}, "en", title="2020")
    assert len(axes.patches) == 3
    filled = [patch for patch in axes.patches if patch.get_facecolor()[:3] == (1.0, 0.0, 0.0)]
    assert len(filled) == 1


def test_other_regions_match_without_case_and_blanks(tmp_path):
    pytest.importorskip("geopandas")
    path = write(tmp_path / "b.geojson", ["NEW town"], "city")
    assert set(read_boundaries(path, "city", ["New Town"]).shapes) == {"New Town"}


def test_what_cannot_be_drawn_is_refused(tmp_path):
    pytest.importorskip("geopandas")
    path = write(tmp_path / "b.geojson", ["a"])
    with pytest.raises(StudyError, match="no column 'label'"):
        read_boundaries(path, "label", ["a"])
    with pytest.raises(StudyError, match="no region of the data"):
        read_boundaries(path, "name", ["z"])
    with pytest.raises(StudyError, match="there is no file"):
        read_boundaries(tmp_path / "none.geojson", "name", ["a"])


def test_without_boundaries_provinces_are_tiles_and_others_have_no_map():
    assert ground(["a", "b"], None) is None
