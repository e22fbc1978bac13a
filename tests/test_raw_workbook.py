"""The workbook of configs/raw_workbook.toml is what its script makes, and says what the bundled file says."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import openpyxl
from raw_workbook import COLUMNS, HOLES, MARKED, ROOT, TARGET, make, provinces

from ccd.evaluate.base import build_base
from ccd.pipeline import table_of
from ccd.study import load_study


def cells(path: Path):
    book = openpyxl.load_workbook(path)
    return {sheet.title: ([*sheet.iter_rows(values_only=True)], sorted(map(str, sheet.merged_cells.ranges)))
            for sheet in book}  # fmt: skip


def test_the_workbook_is_what_the_script_makes_and_the_same_bytes_again(tmp_path):
    make(tmp_path / "one.xlsx")
    make(tmp_path / "two.xlsx")
    assert (tmp_path / "one.xlsx").read_bytes() == (tmp_path / "two.xlsx").read_bytes()
    assert cells(tmp_path / "one.xlsx") == cells(TARGET)


def test_its_study_reads_the_bundled_figures_back():
    file = load_study(ROOT / "configs" / "raw_workbook.toml")
    panel = build_base(file, table_of(file), {}, coupled=False).panel
    rows = {(name, int(row["year"])): row for name, found in provinces().items() for row in found}
    assert len(panel.frame) == len(rows) == 300
    order = {name: i for i, name in enumerate(provinces())}
    for column, source in COLUMNS.items():
        if column in ("省份", "年份"):
            continue
        for (entity, year), value in panel.frame[column].items():
            if (order[entity], year, column) in HOLES | MARKED:
                assert np.isnan(value)
            else:
                assert value == round(
                    float(rows[entity, year][source]), 0 if column == "人均地区生产总值" else 9
                ) or (column == "地区生产总值" and abs(value - float(rows[entity, year][source])) < 0.051)
    assert panel.cohort("pilot").dropna().to_dict() == {
        "河北": 2014, "江苏": 2014, "湖北": 2015, "四川": 2016, "陕西": 2016, "广东": 2017
    }  # fmt: skip
    assert panel.column("pilot").sum() == 7 + 7 + 6 + 5 + 5 + 4
    with (ROOT / "data" / "provinces.csv").open(encoding="utf-8", newline="") as stream:
        zones = {row["province_zh"]: row["region3"] for row in csv.DictReader(stream)}
    assert all(zones[entity] == zone for (entity, _), zone in panel.groups["地带"].items())
