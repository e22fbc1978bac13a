"""Dates of one's own: 0/1 columns, waves, second files, intensity; and policies as columns of panel models."""

from __future__ import annotations

import numpy as np
import pytest
from conftest import make_panel
from pydantic import ValidationError

from ccd.errors import DataError
from ccd.evaluate.base import build_base
from ccd.pipeline import table_of
from ccd.policies import PolicySpec, assign_cohorts
from ccd.study import parse_study


def panel(**columns):
    return make_panel({"x": np.arange(9.0), **columns}, [r for r in ("Hebei", "Henan", "Hubei") for _ in "123"],
                      [2011, 2012, 2013] * 3)  # fmt: skip


def dates(data, base=None, **keys):
    spec = PolicySpec(**keys)
    found = assign_cohorts(data, {"p": spec}, base) if base else assign_cohorts(data, {"p": spec})
    return found.cohort("p").dropna().to_dict(), [str(note) for note in found.notes]


def test_the_first_1_of_a_dummy_is_the_date():
    nan = np.nan
    data = panel(on=[0, 1, 1, 0, 0, 0, nan, 0, 1])
    assert dates(data, column="on") == ({"Hebei": 2012, "Hubei": 2013}, [])
    assert dates(panel(on=[1, 1, 1, 0, 0, 1, 0, 0, 0]), column="on") == ({"Hebei": 2011, "Henan": 2013}, [])


def test_waves_name_regions_by_any_name_and_count_the_first():
    found, notes = dates(panel(), waves={"2013": ("河北省", "Hubei"), "2012": ("Hebei",)})
    assert found == {"Hebei": 2012, "Hubei": 2013}
    assert notes == ["p: in several waves, and counted from the first: Hebei"]
    with pytest.raises(DataError, match="'Hebie' of the wave of 2012") as caught:
        dates(panel(), waves={"2012": ("Hebie",)})
    assert "did you mean 'Hebei'?" in caught.value.fix


def test_dates_of_a_second_file(tmp_path):
    (tmp_path / "dates.csv").write_text(
        "place,start\nHebei,2013年\nHebei,2012\nHubei,\nUtopia,2012\n", encoding="utf-8"
    )
    keys = {"path": "dates.csv", "column": "start", "place": "place"}
    found, notes = dates(panel(), tmp_path, **keys)
    assert found == {"Hebei": 2012}
    assert notes == [
        "p: in several waves, and counted from the first: Hebei",
        "p: regions of dates.csv that are not in the data: Utopia",
    ]
    with pytest.raises(DataError, match="no column 'strat'"):
        dates(panel(), tmp_path, **{**keys, "column": "strat"})
    (tmp_path / "dates.csv").write_text("place,start\nUtopia,2012\n", encoding="utf-8")
    with pytest.raises(DataError, match="no region of the file is in the data, 'Utopia'"):
        dates(panel(), tmp_path, **keys)
    (tmp_path / "dates.csv").write_text("place,start\nHebei,soon\n", encoding="utf-8")
    with pytest.raises(DataError, match="'soon' is not a year") as caught:
        dates(panel(), tmp_path, **keys)
    assert caught.value.where == "dates.csv, row 2, column start"


def test_intensity_is_kept():
    found = assign_cohorts(panel(), {"p": PolicySpec(waves={"2012": ("Hebei",)}, intensity="x")})
    assert found.intensities == {"p": "x"}
    with pytest.raises(DataError, match="no column 'y'"):
        assign_cohorts(panel(), {"p": PolicySpec(waves={"2012": ("Hebei",)}, intensity="y")})


@pytest.mark.parametrize(
    "keys",
    [{"waves": {"soon": ("a",)}}, {"waves": {"2012": ("a",)}, "column": "x"}, {"column": "x", "sheet": "a"},
     {"registry": "ftz", "path": "a.csv"}, {"waves": {"2012": ("a",)}, "place": "b"}],
)  # fmt: skip
def test_keys_go_with_their_source(keys):
    with pytest.raises(ValidationError):
        PolicySpec(**keys)


def study(tmp_path, **model):
    rng = np.random.default_rng(1)
    lines = ["region,year,y,x,w,start"]
    for i in range(12):
        for year in range(2010, 2018):
            y, x, w = rng.normal(size=3)
            lines.append(f"r{i:02d},{year},{y + (i < 6) * (year >= 2013)},{x},{w},{2013 if i < 6 else ''}")
    (tmp_path / "d.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    raw = {
        "data": {"path": "d.csv", "entity": "region", "time": "year"},
        "policies": {"pilot": {"column": "start"}},
        "models": [{"name": "m", "kind": "panel", "outcome": "y", **model}],
    }
    return parse_study(raw, tmp_path / "s.toml")


@pytest.mark.parametrize(
    "model",
    [{"regressors": ["pilot"], "controls": ["x"]},
     {"estimator": "iv", "endogenous": ["x"], "instruments": ["pilot"]},
     {"estimator": "iv", "endogenous": ["pilot"], "instruments": ["w"]}],
)  # fmt: skip
def test_a_policy_is_a_column_of_a_panel_model(tmp_path, model):
    file = study(tmp_path, **model)
    built = build_base(file, table_of(file), {}).panel
    expected = [(i < 6) and year >= 2013 for i in range(12) for year in range(2010, 2018)]
    np.testing.assert_array_equal(built.column("pilot"), np.array(expected, dtype=float))


def test_an_unknown_name_of_a_panel_model_says_model_and_key(tmp_path):
    file = study(tmp_path, regressors=["pilt"], controls=["x"])
    with pytest.raises(DataError, match="no column 'pilt'") as caught:
        build_base(file, table_of(file), {})
    assert caught.value.where == "d.csv, header; asked for by models.m.regressors"
    assert "did you mean 'pilot'?" in caught.value.fix
