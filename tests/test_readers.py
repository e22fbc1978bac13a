"""Reading: every encoding, delimiter and kind gives the same table; what cannot be read is named."""

from __future__ import annotations

import sys

import numpy as np
import pandas as pd
import pytest

from ccd.cells import DataSpec, make_panel
from ccd.errors import DataError
from ccd.readers import read_table

HEADER = ["地区", "year", "gdp", "note"]
ROWS = [["北京", "2011", "1.5", "a,b"], ["北京", "2012", "", "c"], ["天津", "2011", "2", "d"]]


def written(path, encoding="utf-8", delimiter=",", rows=ROWS):
    cells = [[f'"{c}"' if delimiter in c else c for c in row] for row in [HEADER, *rows]]
    path.write_text("\n".join(delimiter.join(row) for row in cells) + "\n", encoding=encoding)
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_csv_is_read_in_every_encoding_and_delimiter(tmp_path, encoding, delimiter):
    table = read_table(written(tmp_path / "a.csv", encoding, delimiter))
    assert list(table.columns) == HEADER
    assert table["地区"].tolist() == ["北京", "北京", "天津"]
    assert table["gdp"].tolist()[::2] == ["1.5", "2"]
    assert pd.isna(table["gdp"].iloc[1])
    assert table["note"].iloc[0] == "a,b"


@pytest.mark.parametrize(
    ("encoding", "said"), [("utf-8", []), ("gb18030", ["a.csv is not UTF-8 and was read as GB18030"])]
)
def test_a_guessed_encoding_and_old_line_ends_are_no_trouble(tmp_path, encoding, said):
    path = tmp_path / "a.csv"
    path.write_bytes("r,year,x\r甲,2011,1\r甲,2012,2\r乙,2011,3\r乙,2012,4\r".encode(encoding))
    spec = DataSpec(path="a.csv", entity="r", time="year")
    panel = make_panel(read_table(path), spec, "a.csv", ["x"])
    assert panel.frame["x"].tolist() == [3, 4, 1, 2]
    assert [str(note) for note in panel.notes] == said


def test_only_the_named_columns_stay_text(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("code,year,x,y\n010,2011,1e3,NA\n020,2012,-2,3\n", encoding="utf-8")
    table = read_table(path, text=("code",))
    assert table["code"].tolist() == ["010", "020"]
    assert table["x"].tolist() == [1000.0, -2.0]
    assert table["y"].tolist() == ["NA", "3"], "a marker is not taken for a missing cell"
    assert read_table(path)["x"].tolist() == ["1e3", "-2"]


def test_blank_lines_keep_the_line_numbers(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("r,year,x\na,2011,1\n\nb,2011,oops\n\n", encoding="utf-8")
    table = read_table(path, text=("r",))
    assert len(table) == 2
    with pytest.raises(DataError, match="oops") as caught:
        make_panel(
            table.assign(year=[2011, 2012]), DataSpec(path="", entity="r", time="year"), "a.csv", ["x"]
        )
    assert "row 4, column x" in caught.value.where


def test_xlsx_dta_and_parquet_give_the_same_panel(tmp_path):
    frame = pd.DataFrame(
        {"adcode": [110000, 110000, 120000, 120000], "year": [2011, 2012] * 2, "x": [1.5, np.nan, 3, 4]}
    )
    frame.to_csv(tmp_path / "a.csv", index=False)
    frame.astype({"adcode": float}).to_excel(tmp_path / "a.xlsx", index=False)
    frame.to_stata(tmp_path / "a.dta", write_index=False)
    frame.to_parquet(tmp_path / "a.parquet")
    spec = DataSpec(path="", entity="adcode", time="year")
    panels = [
        make_panel(read_table(tmp_path / f"a.{kind}"), spec, "a", ["x"])
        for kind in ("csv", "xlsx", "dta", "parquet")
    ]
    assert panels[0].entities == ("110000", "120000")
    for panel in panels[1:]:
        pd.testing.assert_frame_equal(panel.frame, panels[0].frame)


def test_stata_labels_and_value_labels_are_used(tmp_path):
    frame = pd.DataFrame(
        {
            "region": pd.Categorical(["Jilin", "Jilin", "Hubei", "Hubei"]),
            "year": [2011, 2012] * 2,
            "pilot": pd.Categorical(["no", "yes", "no", "no"]),
            "x": [1.0, 2.0, 3.0, 4.0],
        }
    )
    frame.to_stata(tmp_path / "a.dta", write_index=False, variable_labels={"x": "Output"})
    table = read_table(tmp_path / "a.dta")
    spec = DataSpec(path="", entity="region", time="year", labels={"year": "Year"})
    panel = make_panel(table, spec, "a.dta", ["x"])
    assert panel.entities == ("Hubei", "Jilin")
    assert panel.labels == {"x": "Output", "year": "Year"}
    assert panel.groups["pilot"].tolist() == ["no", "no", "no", "yes"]
    assert make_panel(table, spec, "a.dta", ["pilot"]).column("pilot").tolist() == [0, 0, 0, 1]


def test_chinese_in_old_stata_files_is_mended(tmp_path):
    def old(text):
        return text.encode("gb18030").decode("latin-1")

    frame = pd.DataFrame({"region": [old("北京"), old("天津")], "x": [1.0, 2.0]})
    frame.to_stata(tmp_path / "a.dta", write_index=False, version=114, variable_labels={"x": old("产出")})
    table = read_table(tmp_path / "a.dta")
    assert table["region"].tolist() == ["北京", "天津"]
    assert table.attrs["labels"] == {"x": "产出"}


def test_a_workbook_with_several_filled_sheets_needs_a_name(tmp_path):
    path = tmp_path / "a.xlsx"
    with pd.ExcelWriter(path) as book:
        pd.DataFrame({"x": [1]}).to_excel(book, sheet_name="one", index=False)
        pd.DataFrame({"x": [2]}).to_excel(book, sheet_name="two", index=False)
        pd.DataFrame().to_excel(book, sheet_name="empty", index=False)
    assert read_table(path, "two")["x"].tolist() == [2]
    with pytest.raises(DataError, match="2 sheets hold data") as caught:
        read_table(path)
    assert "one, two" in caught.value.fix
    with pytest.raises(DataError, match="no sheet 'three'"):
        read_table(path, "three")


def test_a_title_above_the_names_is_refused(tmp_path):
    path = tmp_path / "a.xlsx"
    rows = [["Table 1", None, None], ["region", "year", "x"], ["a", 2011, 1.0]]
    pd.DataFrame(rows).to_excel(path, index=False, header=False)
    with pytest.raises(DataError, match="a row has 3 cells where the header has 1") as caught:
        read_table(path)
    assert caught.value.where.endswith("a.xlsx, row 2")
    assert "no title above" in caught.value.fix


FAULTS = {
    "missing": (None, "a.csv", "no such file"),
    "kind": (b"x", "a.sav", "kind '.sav'"),
    "empty": (b"", "a.csv", "empty"),
    "header only": (b"a,b\n", "a.csv", "no rows"),
    "no header": (b",,\n1,2,3\n", "a.csv", "no column names"),
    "twice": (b"a,b,a\n1,2,3\n", "a.csv", "column 'a' stands more than once"),
    "long row": (b"a,b\n1,2\n1,2,3\n", "a.csv", "a row has 3 cells where the header has 2"),
    "all rows long": (b"a,b\n1,2,3\n1,2,3\n", "a.csv", "a row has 3 cells where the header has 2"),
    "utf-16": ("a,b\n1,2\n".encode("utf-16") + b"x", "a.csv", "begins as UTF-16"),
    "binary": (b"PK\x03\x04\x00\x00", "a.csv", "not a text file"),
    "no encoding": (b"a,b\n1,\xff\xff\n", "a.csv", "neither UTF-8 nor GB18030"),
    "xlsx": (b"not a workbook", "a.xlsx", "not an xlsx workbook"),
    "xls": (b"<html><table></table></html>", "a.xls", "not an xls workbook"),
    "dta": (b"not stata" * 20, "a.dta", "not a Stata file"),
    "parquet": (b"not parquet", "a.parquet", "not a parquet file"),
}


@pytest.mark.parametrize(("raw", "name", "what"), FAULTS.values(), ids=FAULTS)
def test_what_cannot_be_read_is_named(tmp_path, raw, name, what):
    path = tmp_path / name
    if raw is not None:
        path.write_bytes(raw)
    with pytest.raises(DataError, match=what) as caught:
        read_table(path)
    assert name in caught.value.where
    assert caught.value.fix


def test_parquet_without_pyarrow_names_the_extra(tmp_path, monkeypatch):
    (tmp_path / "a.parquet").write_bytes(b"")
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(DataError, match="pyarrow") as caught:
        read_table(tmp_path / "a.parquet")
    assert 'pip install "ccd-econ[parquet]"' in caught.value.fix


def test_a_folder_is_not_a_file(tmp_path):
    with pytest.raises(DataError, match="folder"):
        read_table(tmp_path)
