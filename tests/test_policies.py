"""Cohorts: from the bundled registry to provinces and cities, and from a column."""

from __future__ import annotations

import csv

import numpy as np
import pytest
from conftest import make_panel
from pydantic import ValidationError

from ccd.bundled import data_path
from ccd.errors import DataError, StudyError
from ccd.policies import PolicySpec, assign_cohorts, registry_policies

#: Worked by hand from the list of the 19 state-level new areas.
NEW_AREAS = {
    "Shanghai": 1992, "Tianjin": 2006, "Chongqing": 2010, "Zhejiang": 2011, "Gansu": 2012,
    "Guangdong": 2012, "Shaanxi": 2014, "Guizhou": 2014, "Shandong": 2014, "Liaoning": 2014,
    "Sichuan": 2014, "Hunan": 2015, "Jiangsu": 2015, "Fujian": 2015, "Yunnan": 2015,
    "Heilongjiang": 2015, "Jilin": 2016, "Jiangxi": 2016, "Hebei": 2017,
}  # fmt: skip


def regions(key):
    with data_path("regions.csv").open(encoding="utf-8", newline="") as stream:
        return [row[key] for row in csv.DictReader(stream)]


def panel(entities, **groups):
    entities = list(entities)
    rows = [entity for entity in entities for _ in range(2)]
    texts = {name: [cell for cell in cells for _ in range(2)] for name, cells in groups.items()}
    return make_panel({"x": np.ones(len(rows))}, rows, [2011, 2012] * len(entities), groups=texts)


def cohorts(entities, spec, **groups):
    found = assign_cohorts(panel(entities, **groups), {"p": spec})
    return found.cohorts["p"].dropna().astype(int).to_dict(), [str(note) for note in found.notes]


@pytest.mark.parametrize("key", ["name_en", "name_zh", "short_zh", "adcode"])
def test_provinces_by_any_name_count_from_their_first_new_area(key):
    by_name = dict(zip(regions("name_en"), regions(key), strict=True))
    found, notes = cohorts(regions(key), PolicySpec(registry="new_area"))
    assert found == {by_name[name]: year for name, year in NEW_AREAS.items()}
    assert notes == []


def test_provinces_that_are_absent_or_unknown_are_listed():
    found, notes = cohorts(["Beijing", "Hebei", "Atlantis", "Henan"], PolicySpec(registry="big_data_zone"))
    assert found == {"Beijing": 2016, "Hebei": 2016, "Henan": 2016}
    assert "not a province of the registry: Atlantis" in notes[0]
    assert notes[1].startswith("p: listed in the registry but not in the data: ")
    assert "贵州" in notes[1]


def test_cities_by_code_or_by_name_and_province_agree():
    spec = PolicySpec(registry="new_area", confidence=("high",))
    by_code, _ = cohorts(["620100", "130600", "430100", "110000"], spec)
    assert by_code == {"620100": 2012, "130600": 2017}, "Changsha's day is of medium confidence"
    named = PolicySpec(registry="new_area", confidence=("high",), province="province")
    provinces = ["甘肃", "河北省", "湖南", "北京"]
    by_name, _ = cohorts(["兰州市", "保定", "长沙", "北京"], named, province=provinces)
    assert by_name == {"兰州市": 2012, "保定": 2017}
    wrong, _ = cohorts(["兰州市", "保定"], named, province=["河北", "河北"])
    assert wrong == {"保定": 2017}


def test_a_city_listed_twice_counts_from_the_earliest_year():
    found, _ = cohorts(["500000", "110000"], PolicySpec(registry="broadband_china"))
    assert found["500000"] == 2015, "two districts in 2015, two in 2016"


def test_levels_confidence_and_spread():
    cities = ["440100", "440300", "610100", "230800"]
    found, notes = cohorts(cities, PolicySpec(registry="low_carbon"))
    assert found == {"440300": 2010, "440100": 2012}, "Shenzhen 2010, Guangzhou 2012"
    assert any("whole provinces and not spread" in note and "广东" in note for note in notes)
    spread, _ = cohorts(cities, PolicySpec(registry="low_carbon", spread=True))
    assert spread == {"440100": 2010, "440300": 2010, "610100": 2010}
    counties, notes = cohorts(["231100", "110000"], PolicySpec(registry="low_carbon"))
    assert counties["231100"] == 2017
    assert any("only a county" in note and "逊克县" in note for note in notes)
    without, _ = cohorts(["231100", "110000"], PolicySpec(registry="low_carbon", levels=("city",)))
    assert without == {}


def test_rows_without_a_year_are_listed_or_given_one():
    cities = ["320200", "320100"]
    found, notes = cohorts(cities, PolicySpec(registry="innovative_city"))
    assert found == {"320100": 2010}
    assert any("without a year" in note and note.endswith(": 320200") for note in notes)
    given, notes = cohorts(cities, PolicySpec(registry="innovative_city", undated=2013))
    assert given == {"320100": 2010, "320200": 2013}
    assert not any("without a year" in note for note in notes)


def test_the_place_may_stand_in_another_column():
    found, _ = cohorts(["r1", "r2"], PolicySpec(registry="new_area", place="zone"), zone=["Hebei", "河南"])
    assert found == {"r1": 2017}


def test_every_policy_of_the_registry_reaches_provinces():
    assert len(registry_policies()) == 8
    for policy in registry_policies():
        found, _ = cohorts(regions("name_en"), PolicySpec(registry=policy))
        assert found, policy


def test_a_column_of_years():
    years = np.array([2012.0, 2012.0, np.nan, np.nan])
    data = make_panel({"start": years}, list("aabb"), [2011, 2012] * 2)
    cohort = assign_cohorts(data, {"p": PolicySpec(column="start")}).cohort("p")
    assert cohort["a"] == 2012
    assert np.isnan(cohort["b"])


COLUMNS = {
    "dummy that ends": ([1, 0, 0, 0], {}, "switches off again in 2012"),
    "dummy of who": ([1, 1, 0, 0], {}, "never switches on"),
    "dummy with a hole": ([np.nan, 1, 0, 0], {}, "the cell before the first 1 is empty"),
    "years and zeros": ([2012, 0, 0, 0], {}, "varies within a"),
    "gap": ([2012, np.nan, np.nan, np.nan], {}, "varies within a"),
    "zero": ([2012, 2012, 0, 0], {}, "0 is not a year"),
    "half": ([2012.5, 2012.5, 2012, 2012], {}, "2012.5 is not a year"),
    "text": ([1, 1, 1, 1], {"start": ["", "", "never", "never"]}, "'never' is not a year"),
    "none": ([1, 1, 1, 1], {"star": ["", "", "", ""]}, "no column 'start'"),
}


@pytest.mark.parametrize(("values", "groups", "what"), COLUMNS.values(), ids=COLUMNS)
def test_a_column_that_holds_no_cohorts_is_refused(values, groups, what):
    columns = {"x": values} if groups else {"start": values}
    data = make_panel(columns, list("aabb"), [2011, 2012] * 2, groups=groups)
    with pytest.raises(DataError, match=what) as caught:
        assign_cohorts(data, {"p": PolicySpec(column="start")})
    assert "data" in caught.value.where


def test_unknown_policies_and_places_are_refused():
    with pytest.raises(StudyError, match="no policy 'new_aera'") as caught:
        cohorts(["Hebei", "Henan"], PolicySpec(registry="new_aera"))
    assert "did you mean 'new_area'?" in caught.value.fix
    with pytest.raises(DataError, match="no region is known"):
        cohorts(["Bavaria", "Saxony"], PolicySpec(registry="new_area"))
    with pytest.raises(StudyError, match="no row"):
        cohorts(["Hebei", "Henan"], PolicySpec(registry="new_area", levels=("county",)))


@pytest.mark.parametrize(
    "keys", [{}, {"registry": "a", "column": "b"}, {"column": "b", "levels": ("city",)}, {"regsitry": "a"}]
)
def test_a_policy_has_one_source(keys):
    with pytest.raises(ValidationError):
        PolicySpec(**keys)


def test_provinces_on_a_list_of_cities_are_no_cities():
    spec = PolicySpec(registry="big_data_zone", province="province")
    found, notes = cohorts(["北京市", "广州市", "贵阳市"], spec, province=["北京", "广东", "贵州"])
    assert found == {"北京市": 2016, "广州市": 2016}
    assert notes[0] == (
        "p: listed as whole provinces and not spread to their cities: 贵州, 河北, 河南, 内蒙古"
    ), "the municipalities among them are cities as well"
    assert notes[1].startswith("p: listed in the registry but not in the data: ")
    everywhere = PolicySpec(registry="big_data_zone", province="province", spread=True)
    found, notes = cohorts(["北京市", "广州市", "贵阳市"], everywhere, province=["北京", "广东", "贵州"])
    assert found["贵阳市"] == 2016


def test_the_columns_of_places_are_read_as_text():
    assert PolicySpec(registry="a", place="code", province="zone").text_columns() == ("code", "zone")
    assert PolicySpec(registry="a").text_columns() == ()


@pytest.mark.parametrize("name", ["延边朝鲜族自治州", "延边州", "延边"])
def test_autonomous_prefectures_go_by_their_short_names(name):
    found, _ = cohorts(
        [name, "兰州市"], PolicySpec(registry="broadband_china", province="p"), p=["吉林", "甘肃"]
    )
    assert found[name] == 2014


@pytest.mark.parametrize(("year", "right"), [(999, False), (1000, True), (2999, True), (3000, False)])
def test_an_undated_year_is_a_year(year, right):
    if right:
        assert PolicySpec(registry="a", undated=year).undated == year
    else:
        with pytest.raises(ValidationError):
            PolicySpec(registry="a", undated=year)
