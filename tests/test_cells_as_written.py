"""Cells as people write them: separators, full-width digits, years, names; and every fault of a file at once."""

from __future__ import annotations

from datetime import datetime

import numpy as np
import pandas as pd
import pytest

from ccd.cells import DataSpec, make_panel, year_of
from ccd.cells.numbers import read_numbers
from ccd.errors import DataError, DataFaults
from ccd.words import chinese


def spec(**keys):
    return DataSpec(**{"path": "d.csv", "entity": "region", "time": "year", **keys})


def panel(numeric=("x",), attrs=None, keys=None, **columns):
    base = {"region": ["a", "a", "b", "b"], "year": ["2011", "2012"] * 2, "x": ["1", "2", "3", "4"]}
    table = pd.DataFrame({**base, **columns})
    table.attrs.update(attrs or {})
    return make_panel(table, spec(**(keys or {})), "d.csv", numeric)


def test_separators_and_full_width_digits_are_read_and_counted():
    found = panel(x=["1,234", "１２．５", "－１，２３４，５６７.25", "7"])
    assert found.column("x").tolist() == [1234, 12.5, -1234567.25, 7]
    assert [str(note) for note in found.notes] == [
        "Cells with thousands separators or full-width digits read as numbers: x (3)"
    ]
    assert found.notes[0].render("zh").endswith("x（3）")


def test_a_column_that_nobody_asks_for_is_numbers_only_where_all_its_cells_are():
    found = panel(numeric=(), y=["1,234", "2", "3", "4"], z=["1,234", "south", "3", "4"])
    assert found.column("y")[0] == 1234
    assert found.groups["z"].tolist() == ["1,234", "south", "3", "4"]


@pytest.mark.parametrize(
    ("cells", "delimiter"), [(["1,234", "3,5", "1", "1"], ","), (["1,234", "2", "1", "1"], ";")]
)
def test_what_may_be_a_decimal_comma_is_refused(cells, delimiter):
    with pytest.raises(DataError, match="'1,234' is not a number"):
        panel(x=cells, attrs={"delimiter": delimiter})


def test_two_groups_cannot_be_a_decimal_comma():
    values, mended = read_numbers(pd.Series(["1,234,567", "1,234"]), ";")
    assert values.tolist() == [1234567, 1234]
    assert mended.tolist() == [True, True]


YEARS = {
    "2006": 2006, "2006.0": 2006, "2006年": 2006, " 2006 年": 2006, "２００６": 2006, "2006-12-31": 2006,
    "2006/1/1": 2006, "2006年12月": 2006, "2006年度": 2006, 2006.0: 2006,
    datetime(2006, 5, 1): 2006, pd.Timestamp("2006-05-01"): 2006,
    "2006.5": None, "200601": None, "06": None, "2006年初": None, "9999": None, True: None, None: None,
    pd.NaT: None, "2006-12": None, 2006.5: None,
}  # fmt: skip


@pytest.mark.parametrize(("cell", "year"), YEARS.items(), ids=map(repr, YEARS))
def test_years_as_people_write_them(cell, year):
    assert year_of(cell) == year


def test_dates_keep_their_year_and_say_so():
    days = pd.to_datetime(["2011-12-31", "2012-12-31"] * 2)
    for column in (days, days.astype(object), [str(day.date()) for day in days]):
        found = panel(year=column)
        assert found.times == (2011, 2012)
        assert [str(note) for note in found.notes] == ["year: of dates the year is kept"]
    assert panel(year=["2011年", "2012年"] * 2).notes == ()


def test_blanks_do_not_make_two_regions_of_one():
    names = ["北　京", "北京 ", "New  York", "New York\u200b"]
    found = panel(region=names, keys={"exclude": ()})
    assert found.entities == ("New York", "北京")
    assert str(found.notes[0]) == "Names that differ in blanks alone are read as one: 北京, New York"


def test_a_column_of_groups_is_folded_too():
    assert panel(zone=["东 部", "东部", "西部", "西部\u3000"]).groups["zone"].tolist() == [
        "东部", "东部", "西部", "西部"
    ]  # fmt: skip


def test_merged_regions_of_a_csv_are_filled_on_demand():
    cells = ["a", None, "b", ""]
    assert panel(region=cells, keys={"merged": True}).entities == ("a", "b")
    with pytest.raises(DataError, match="region is empty \\(and 1 more\\)") as caught:
        panel(region=cells)
    assert "merged = true" in caught.value.fix


def test_every_fault_of_a_table_is_told_at_once_and_in_chinese():
    with pytest.raises(DataFaults) as caught:
        make_panel(
            pd.DataFrame(
                {"region": ["a", "a", "b", "b", None], "year": ["2011", "2012", "2011", "then", "2011"],
                 "x": ["12万", "..", "3", "4", "5"], "y": ["..", "—", "3", "4", "5"]}
            ),
            spec(exclude=("zz",), units={"w": "m"}), "d.csv", ["x", "y", "z"],
        )  # fmt: skip
    assert [fault.what for fault in caught.value.faults] == [
        "there is no column 'z'",
        "the name of the region is empty",
        "'then' is not a year",
        "'zz' is excluded but not in the data",
        "there is no column 'w' to have a unit",
        "'12万' is not a number (a unit)",
        "'..' is not a number (a marker)",
        "'—' is not a number (a marker)",
    ]
    assert caught.value.faults[6].where == "d.csv, row 2, column y; also row 3 x '..'"
    shown = caught.value.render("zh").splitlines()
    assert len(shown) == 24
    assert shown[0] == "错误：没有“z”列"
    assert "位置：d.csv，第 2 行，y 列；还有第 3 行 x“..”" in shown
    assert all(
        template in chinese() for fault in caught.value.faults for template in [fault.said[0].template]
    )


def test_cells_are_judged_where_the_keys_stand_alone():
    with pytest.raises(DataFaults) as caught:
        panel(year=["2011", "2012", "2011", "Source"], x=["1", "2", "oops", "note"])
    assert [fault.what for fault in caught.value.faults] == [
        "'Source' is not a year", "'oops' is not a number (text)"
    ]  # fmt: skip


def test_numbers_of_excel_and_of_text_are_the_same_panel():
    plain = panel(x=[1234.0, 12.5, 3.0, 4.0])
    text = panel(x=["1,234", "12.5", "３", "4"])
    np.testing.assert_array_equal(plain.column("x"), text.column("x"))
