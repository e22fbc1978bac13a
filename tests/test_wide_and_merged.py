"""Wide sheets and joined files: the panel is that of the plain table, and places are those of each file."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from ccd.cells import DataSpec, MergeSpec, make_panel, read_data
from ccd.errors import DataError

YEARS = (2011, 2012, 2013)


def book(path, **sheets):
    with pd.ExcelWriter(path) as out:
        for name, frame in sheets.items():
            frame.to_excel(out, sheet_name=name, index=False)


def wide(first, **columns):
    heads = ["2011", "2012年", 2013.0]
    return pd.DataFrame({"region": ["a", "b"], **columns, **{h: [first + i, first + 10 + i]
                         for i, h in enumerate(heads)}})  # fmt: skip


def keys(**more):
    return DataSpec(**{"path": "d.xlsx", "entity": "region", "time": "year", "wide": True, **more})


def test_one_indicator_a_sheet(tmp_path):
    book(tmp_path / "d.xlsx", gdp=wide(1.0, zone=["n", "s"]), pop=wide(5.0).iloc[::-1])
    table = read_data(keys(), tmp_path)
    panel = make_panel(table, keys(), "d.xlsx", ["gdp", "pop"])
    assert panel.times == YEARS
    assert panel.column("gdp").tolist() == [1, 2, 3, 11, 12, 13]
    assert panel.column("pop").tolist() == [5, 6, 7, 15, 16, 17]
    assert panel.groups["zone"].tolist() == ["n"] * 3 + ["s"] * 3
    assert panel.notes == ()


def test_an_indicator_column(tmp_path):
    frame = pd.concat([wide(1.0).assign(item="gdp", unit="yuan"), wide(5.0).assign(item="pop", unit="head")])
    frame.to_csv(tmp_path / "d.csv", index=False)
    spec = keys(path="d.csv", indicator="item")
    panel = make_panel(read_data(spec, tmp_path), spec, "d.csv", ["gdp", "pop"])
    assert panel.column("pop").tolist() == [5, 6, 7, 15, 16, 17]
    assert [str(note) for note in panel.notes] == [
        "Columns that say several things of one region are left out: unit"
    ]


def test_a_csv_is_one_indicator_of_the_name_of_the_file(tmp_path):
    wide(1.0).to_csv(tmp_path / "gdp.csv", index=False)
    spec = keys(path="gdp.csv")
    assert read_data(spec, tmp_path)["gdp"].tolist() == [1, 2, 3, 11, 12, 13]


def test_a_faulty_cell_of_a_wide_sheet_is_named_where_it_stands(tmp_path):
    frame = wide(1.0).astype(object)
    frame.iloc[1, 2] = "oops"
    book(tmp_path / "d.xlsx", gdp=frame, pop=wide(5.0).iloc[:1])
    table = read_data(keys(), tmp_path)
    with pytest.raises(DataError, match="'oops'") as caught:
        make_panel(table, keys(), "d.xlsx", ["gdp"])
    assert caught.value.where == "d.xlsx, sheet gdp, row 3, column 2012年"
    assert [str(note) for note in table.attrs["notes"]] == ["pop has no row for b"]


def test_a_region_year_without_any_cell_has_no_row(tmp_path):
    frame = wide(1.0)
    frame.iloc[0, 3] = np.nan
    book(tmp_path / "d.xlsx", gdp=frame)
    spec = keys(sheet="gdp")
    assert len(read_data(spec, tmp_path)) == 5


WIDE = {
    "no years": ({"gdp": pd.DataFrame({"region": ["a"], "x": [1]})}, {}, "no column is a year"),
    "no region": ({"gdp": wide(1.0).rename(columns={"region": "city"})}, {}, "no column 'region'"),
    "twice": ({"gdp": pd.concat([wide(1.0), wide(2.0)])}, {}, "gdp of a stands in two rows"),
    "year twice": ({"gdp": wide(1.0).assign(**{"2011.0": 1})}, {}, "a year stands in two columns"),
    "no name": ({"gdp": wide(1.0).assign(region=["a", None])}, {}, "region is empty"),
    "no item": ({"gdp": wide(1.0).assign(item=["a", None])}, {"indicator": "item"}, "indicator is empty"),
    "split": ({"one": wide(1.0).assign(item="x"), "two": wide(1.0).assign(item="x")}, {"indicator": "item"},
              "x of a stands in two rows"),
}  # fmt: skip


@pytest.mark.parametrize(("sheets", "more", "what"), WIDE.values(), ids=WIDE)
def test_what_cannot_be_made_long_is_refused(tmp_path, sheets, more, what):
    book(tmp_path / "d.xlsx", **sheets)
    with pytest.raises(DataError, match=what) as caught:
        read_data(keys(**more), tmp_path)
    assert "d.xlsx" in caught.value.where


FIRST = "region,year,x\na,2011,1\na,2012,2\nb,2011,3\nb,2012,4\n"


def joined(folder, second, first=FIRST, **merge):
    (folder / "d.csv").write_text(first, encoding="utf-8")
    (folder / "e.csv").write_text(second, encoding="utf-8")
    spec = DataSpec(path="d.csv", entity="region", time="year", merge=(MergeSpec(path="e.csv", **merge),))
    return make_panel(read_data(spec, folder), spec, "d.csv", ["x"])


def test_a_file_of_regions_joins_on_the_region(tmp_path):
    panel = joined(tmp_path, "region,lon,zone\nb ,2.5,s\na,1.5,n\nc,9,n\n")
    assert panel.column("lon").tolist() == [1.5, 1.5, 2.5, 2.5]
    assert panel.groups["zone"].tolist() == ["n", "n", "s", "s"]
    assert [str(note) for note in panel.notes] == ["e.csv: not in the first file, and left out: c"]


def test_region_and_year_are_the_keys_where_both_are_there(tmp_path):
    panel = joined(tmp_path, "year,region,z\n2012年,a,7\n2011年,a,6\n2011年,b,8\n", check="1:1")
    np.testing.assert_array_equal(panel.column("z"), [6, 7, 8, np.nan])
    assert [str(note) for note in panel.notes] == ["e.csv has no row for b 2012"]


def test_an_outer_join_adds_rows_and_says_so(tmp_path):
    panel = joined(tmp_path, "region,year,z\na,2011,5\nc,2011,6\nc,2012,7\n", how="outer")
    assert panel.entities == ("a", "b", "c")
    np.testing.assert_array_equal(panel.column("z"), [5, np.nan, np.nan, np.nan, 6, 7])
    np.testing.assert_array_equal(panel.column("x"), [1, 2, 3, 4, np.nan, np.nan])
    assert [str(note) for note in panel.notes] == [
        "e.csv has no row for a 2012, b 2011, b 2012",
        "e.csv: not in the first file, and added: c 2011, c 2012",
    ]


def test_keys_of_other_names_and_chosen_columns(tmp_path):
    panel = joined(tmp_path, "city,x,z\na,9,7\nb,9,8\n", on={"region": "city"}, columns=("z",))
    assert panel.column("z").tolist() == [7, 7, 8, 8]
    assert panel.column("x").tolist() == [1, 2, 3, 4]


def test_another_sheet_of_the_same_file(tmp_path):
    book(tmp_path / "d.xlsx", one=pd.DataFrame({"region": ["a", "a", "b", "b"], "year": [1, 2, 1, 2]}).assign(
        year=[2011, 2012] * 2, x=1.0), two=pd.DataFrame({"region": ["a", "b"], "z": [5, "oops"]}))  # fmt: skip
    spec = DataSpec(path="d.xlsx", sheet="one", entity="region", time="year", merge=(MergeSpec(sheet="two"),))
    table = read_data(spec, tmp_path)
    with pytest.raises(DataError, match="'oops'") as caught:
        make_panel(table, spec, "d.xlsx", ["z"])
    assert caught.value.where.startswith("d.xlsx, two, row 3, column z")


JOINS = {
    "key twice": ("region,z\na,1\na,2\n", {}, "a stands in 2 rows", "e.csv, rows 2, 3"),
    "not one to one": ("region,z\na,1\nb,2\n", {"check": "1:1"}, "a stands in 2 rows", "d.csv, rows 2, 3"),
    "clash": ("region,x\na,1\n", {}, "columns stand in both files: x", "e.csv"),
    "no key": ("city,z\na,1\n", {}, "no column 'region' to join on", "e.csv, header"),
    "no named key": ("region,z\na,1\n", {"on": ("city",)}, "no column 'city' to join on", "header"),
    "no column": ("region,z\na,1\n", {"columns": ("zz",)}, "no column 'zz'", "e.csv"),
    "empty key": ("region,z\na,1\n,2\n", {}, "region is empty", "e.csv, row 3, column region"),
    "bad year": ("region,year,z\na,now,1\n", {}, "'now' is not a year", "e.csv, row 2, column year"),
    "outer by region": ("region,z\na,1\n", {"how": "outer"}, "which need a year", "e.csv"),
}


@pytest.mark.parametrize(("second", "merge", "what", "where"), JOINS.values(), ids=JOINS)
def test_what_cannot_be_joined_is_refused(tmp_path, second, merge, what, where):
    with pytest.raises(DataError, match=what) as caught:
        joined(tmp_path, second, **merge)
    assert any(where in fault.where for fault in getattr(caught.value, "faults", [caught.value]))
