"""Lines above and below a table, merged cells, UTF-16 and old workbooks."""

from __future__ import annotations

import sys
from datetime import date

import pandas as pd
import pytest
import xlsxwriter
import xlwt

from ccd.cells import DataSpec, make_panel
from ccd.errors import DataError
from ccd.readers import read_table

SPEC = DataSpec(path="", entity="region", time="year")


def test_lines_above_and_below_are_skipped_and_places_stay_those_of_the_file(tmp_path):
    rows = [["Table 1", None, None], ["unit: yuan", None, None], ["region", "year", "x"], ["a", 2011, 1.0],
            ["a", 2012, "oops"], [None, None, None], ["Source: NBS", None, None]]  # fmt: skip
    frame = pd.DataFrame(rows)
    frame.to_excel(tmp_path / "a.xlsx", index=False, header=False)
    lines = ["Table 1", '"unit: yuan"', "region,year,x", "a,2011,1.0", "a,2012,oops", ",,", "Source: NBS,,"]
    (tmp_path / "a.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    for name in ("a.xlsx", "a.csv"):
        table = read_table(tmp_path / name, skip_rows=2, skip_footer=1)
        assert table["region"].tolist() == ["a", "a"]
        with pytest.raises(DataError, match="oops") as caught:
            make_panel(table, SPEC, name, ["x"])
        faults = getattr(caught.value, "faults", [caught.value])
        assert f"{name}, row 5, column x" in [fault.where for fault in faults]
    with pytest.raises(DataError, match="no line is left after skip_rows = 9"):
        read_table(tmp_path / "a.xlsx", skip_rows=9)
    frame.astype(str).set_axis(["a", "b", "c"], axis=1).to_stata(tmp_path / "a.dta", write_index=False)
    with pytest.raises(DataError, match="have no lines to skip"):
        read_table(tmp_path / "a.dta", skip_rows=1)


@pytest.mark.parametrize(("encoding", "mark"), [("utf-16", b""), ("utf-16-be", b"\xfe\xff")])
def test_utf_16_is_read_by_its_mark(tmp_path, encoding, mark):
    words = "表 1\n地区\tyear\tx\n北京\t2011\t1\n"
    (tmp_path / "a.txt").write_bytes(mark + words.encode(encoding))
    table = read_table(tmp_path / "a.txt", text=["地区"], skip_rows=1)
    assert table["地区"].tolist() == ["北京"]
    assert table["x"].tolist() == [1]
    assert table.attrs["first_line"] == 3


def fill(write):
    """Write two regions of two years: region, code and a sum are merged over the rows of each."""
    for column, head in enumerate(["region", "code", "year", "x", "sum"]):
        write(0, 0, column, column, head)
    for i, (region, code) in enumerate([("甲", 7), ("乙", 8)]):
        top = 1 + 2 * i
        for column, value in ((0, region), (1, code), (4, 30 + i)):
            write(top, top + 1, column, column, value)
        for t in range(2):
            write(top + t, top + t, 2, 2, 2011 + t)
            write(top + t, top + t, 3, 3, i + t)


def workbooks(folder):
    book = xlsxwriter.Workbook(str(folder / "a.xlsx"))
    sheet = book.add_worksheet("one")

    def write(top, bottom, left, right, value):
        if top == bottom:
            sheet.write(top, left, value)
        else:
            sheet.merge_range(top, left, bottom, right, value)

    fill(write)
    book.close()
    old = xlwt.Workbook(encoding="utf-8")
    fill(old.add_sheet("one").write_merge)
    old.save(str(folder / "a.xls"))


@pytest.mark.parametrize("kind", ["xlsx", "xls"])
def test_merged_text_and_codes_stand_in_every_row_and_merged_figures_do_not(tmp_path, kind):
    workbooks(tmp_path)
    table = read_table(tmp_path / f"a.{kind}", text=["code"])
    assert table["region"].tolist() == ["甲", "甲", "乙", "乙"]
    assert table["code"].tolist() == [7, 7, 8, 8]
    assert [cell if pd.notna(cell) else None for cell in table["sum"]] == [30, None, 31, None]
    assert make_panel(table, SPEC, "a", ["x"]).column("x").tolist() == [1, 2, 0, 1]


def test_an_xls_workbook_has_dates_numbers_and_truths(tmp_path):
    book = xlwt.Workbook()
    sheet = book.add_sheet("one")
    day = xlwt.easyxf(num_format_str="yyyy-mm-dd")
    for column, head in enumerate(["region", "year", "x", "on"]):
        sheet.write(0, column, head)
    for i, year in enumerate([2011, 2012]):
        sheet.write(i + 1, 0, "a")
        sheet.write(i + 1, 1, date(year, 12, 31), day)
        sheet.write(i + 1, 2, 1.5 * i)
        sheet.write(i + 1, 3, i == 1)
    book.save(str(tmp_path / "a.xls"))
    table = read_table(tmp_path / "a.xls")
    assert [cell.year for cell in table["year"]] == [2011, 2012]
    assert table["x"].tolist() == [0, 1.5]
    assert table["on"].tolist() == [False, True]


def test_xls_without_xlrd_names_the_extra(tmp_path, monkeypatch):
    (tmp_path / "a.xls").write_bytes(b"")
    monkeypatch.setitem(sys.modules, "xlrd", None)
    with pytest.raises(DataError, match="xlrd") as caught:
        read_table(tmp_path / "a.xls")
    assert 'pip install "ccd-econ[xls]"' in caught.value.fix
