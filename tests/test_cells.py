"""From cells to a panel: what is read, and the name of every cell that cannot be."""

from __future__ import annotations

import io

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccd.cells import DataSpec, make_panel
from ccd.errors import DataError

CSV = "region,name,year,x,y,zone\nb,Bee,2012,1,2,s\na,Ay,2011,3,,n\na,Ay,2012,5,6,n\nb,Bee,2011,7,8,s\n"


def spec(**keys):
    return DataSpec(**{"path": "d.csv", "entity": "region", "time": "year", **keys})


def table(text=CSV):
    return pd.read_csv(io.StringIO(text), dtype=str, keep_default_na=False, na_values=[""])


def test_a_panel_is_sorted_with_numbers_and_groups_apart():
    panel = make_panel(table(), spec(entity_label="name", labels={"x": "Ex"}), "d.csv", ["x"])
    assert panel.frame.index.tolist() == [("a", 2011), ("a", 2012), ("b", 2011), ("b", 2012)]
    assert panel.frame.index.names == ["region", "year"]
    assert panel.column("x").tolist() == [3, 5, 7, 1]
    assert np.isnan(panel.column("y")[0])
    assert list(panel.groups.columns) == ["name", "zone"]
    assert panel.labels == {"a": "Ay", "b": "Bee", "x": "Ex"}
    assert panel.source == "d.csv"
    assert panel.notes == ()


@given(st.permutations(range(6)))
def test_the_order_of_rows_changes_nothing(order):
    rows = table("r,year,x\na,2011,1\na,2012,2\nb,2011,3\nb,2012,4\nc,2011,5\nc,2012,6\n")
    one = make_panel(rows, spec(entity="r"), "d.csv", ["x"])
    two = make_panel(rows.iloc[order].reset_index(drop=True), spec(entity="r"), "d.csv", ["x"])
    pd.testing.assert_frame_equal(one.frame, two.frame)


@pytest.mark.parametrize(
    ("cell", "text"), [("010", "010"), ("110000.0", "110000"), (" 北京\u3000", "北京"), ("1.5", "1.5")]
)
def test_entities_are_text(cell, text):
    rows = table().replace({"region": {"a": cell}})
    assert text in make_panel(rows, spec(), "d.csv", []).entities


def test_exclude_and_years_choose_rows_before_cells_are_judged():
    rows = table(CSV + "c,Cee,2011,..,1,n\nc,Cee,2012,..,1,n\nd,Dee,2011,1,1,n\nd,Dee,2012,1,1,n\n")
    panel = make_panel(rows, spec(exclude=("c",), years=(2011, 2012)), "d.csv", ["x"])
    assert panel.entities == ("a", "b", "d")
    assert make_panel(rows, spec(exclude=("Cee",), entity_label="name"), "d.csv", ["x"]).entities[-1] == "d"


def test_markers_named_in_the_study_are_missing_and_counted():
    rows = table().replace({"x": {"5": " .. "}})
    panel = make_panel(rows, spec(missing=("..",)), "d.csv", ["x"])
    assert np.isnan(panel.column("x")[1])
    assert [str(note) for note in panel.notes] == ["1 cell of x marked as missing"]


def test_a_cell_of_blanks_is_empty():
    panel = make_panel(table().replace({"x": {"5": " \u3000 "}}), spec(), "d.csv", ["x"])
    assert np.isnan(panel.column("x")[1])
    with pytest.raises(DataError, match="region is empty"):
        make_panel(table().replace({"region": {"b": "  "}}), spec(), "d.csv", ["x"])


def test_an_unbalanced_panel_is_noted():
    panel = make_panel(table().iloc[:3], spec(), "d.csv", ["x"])
    assert [str(n) for n in panel.notes] == ["The panel is not balanced: 1 region-year has no row (b 2011)"]
    assert panel.notes[0].render("zh") == "非平衡面板：缺少 1 个地区-年份（b 2011 年）"


CELLS = {
    "12万": ("a unit", "same unit"),
    "3.5 km": ("a unit", "same unit"),
    "12%": ("a percent sign", "number alone"),
    "12.5％": ("a percent sign", "number alone"),
    "0,123": ("a thousands separator", "separators"),
    "3,5": ("a decimal comma", "point"),
    "—": ("a marker", 'missing = ["—"]'),
    "..": ("a marker", 'missing = [".."]'),
    "NA": ("a marker", 'missing = ["NA"]'),
    "n/a": ("a marker", "empty"),
    "#DIV/0!": ("a marker", "empty"),
    "nan": ("a marker", "empty"),
    "-": ("a marker", "empty"),
    "inf": ("an infinite value", "zero"),
    "１２．．５": ("full-width digits", "0-9"),
    "1_000": ("a thousands separator", "separators"),
    "1 000": ("a thousands separator", "separators"),
    "about ten": ("text", "number"),
}


@pytest.mark.parametrize(("cell", "expected"), CELLS.items(), ids=list(CELLS))
def test_a_cell_that_is_not_a_number_is_named(cell, expected):
    look, fix = expected
    rows = table().replace({"x": {"5": cell}})
    with pytest.raises(DataError) as caught:
        make_panel(rows, spec(), "d.csv", ["x"])
    assert caught.value.what == f"'{cell}' is not a number ({look})"
    assert caught.value.where == "d.csv, row 4, column x"
    assert fix in caught.value.fix


def test_faulty_cells_of_all_columns_are_listed_and_counted():
    rows = pd.DataFrame(
        {"region": [*"aabbccdd"], "year": ["2011", "2012"] * 4, "x": [".."] * 8, "y": ["1"] * 7 + ["?"]}
    )
    with pytest.raises(DataError) as caught:
        make_panel(rows, spec(), "d.csv", ["x", "y"])
    assert caught.value.where.startswith("d.csv, row 2, column x; also row 3 x '..', row 4 x '..'")
    assert caught.value.where.endswith("and 3 more cells")
    assert [fault.where for fault in caught.value.faults][1] == "d.csv, row 9, column y"


FAULTS = {
    "no column": (CSV, {"time": "yaer"}, "no column 'yaer'", "did you mean 'year'?"),
    "same column": (CSV, {"time": "region"}, "same column", "two"),
    "empty entity": (CSV + ",,,,,\n,Source: NBS,,,,\n", {}, "region is empty", "remark"),
    "empty year": (CSV + "a,Ay,,1,1,n\n", {}, "an empty cell is not a year", "2011"),
    "text year": (CSV + "a,Ay,2013年初,1,1,n\n", {}, "'2013年初' is not a year", "2011"),
    "half year": (CSV + "a,Ay,2013.5,1,1,n\n", {}, "'2013.5' is not a year", "2011"),
    "month": (CSV + "a,Ay,201301,1,1,n\n", {}, "'201301' is not a year", "2011"),
    "twice": (CSV + "a,Ay,2011,1,1,n\n", {}, "a 2011 stands in 2 rows", "one row"),
    "excluded": (CSV, {"exclude": ("Bee",)}, "'Bee' is excluded but not", "exclude"),
    "years": (CSV, {"years": (2011, 2020)}, "2011 to 2020 are not all", "2011 to 2012"),
    "years turned": (CSV, {"years": (2012, 2011)}, "2012 to 2011 are not all", "first, last"),
    "one region": (CSV, {"exclude": ("b",)}, "one region only", "two regions"),
    "one year": (CSV, {"years": (2011, 2011)}, "one year only", "two years"),
    "none": (CSV, {"exclude": ("a", "b")}, "no row is left", "exclude"),
    "two names": (CSV.replace("a,Ay,2012", "a,Oh,2012"), {"entity_label": "name"}, "several names", "one"),
}


@pytest.mark.parametrize(("text", "keys", "what", "fix"), FAULTS.values(), ids=FAULTS)
def test_what_is_no_panel_is_refused(text, keys, what, fix):
    rows = table(text).dropna(how="all")
    with pytest.raises(DataError, match=what) as caught:
        make_panel(rows, spec(**keys), "d.csv", ["x"])
    assert caught.value.where.startswith("d.csv")
    assert fix in caught.value.fix


def test_duplicates_name_their_lines():
    with pytest.raises(DataError) as caught:
        make_panel(table(CSV + "a,Ay,2011,1,1,n\n"), spec(), "d.csv", [])
    assert caught.value.where == "d.csv, rows 3, 6"


def test_the_table_is_left_as_it_was():
    rows = table()
    before = rows.copy(deep=True)
    make_panel(rows, spec(missing=("..",)), "d.csv", ["x"])
    pd.testing.assert_frame_equal(rows, before)
