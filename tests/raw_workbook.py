"""Make ``data/examples/raw_workbook.xlsx``: the bundled provinces as a statistics office would hand them out.

python tests/raw_workbook.py [FILE]

A title and a unit above the names, merged cells of provinces, blanks inside names, years as 2011年, thousands
separators, full-width digits, markers, missing cells, sources below, and sheets of regions and of dates beside it.
"""

from __future__ import annotations

import csv
import sys
from datetime import datetime
from pathlib import Path

import xlsxwriter

ROOT = Path(__file__).parents[1]
TARGET = ROOT / "data" / "examples" / "raw_workbook.xlsx"
COLUMNS = {
    "省份": "province_zh",
    "年份": "year",
    "发明专利授权量": "pat_grant_inv",
    "城镇单位就业人员": "emp_urban_unit",
    "财政科技支出": "fisc_st",
    "地区生产总值": "gdp",
    "人均地区生产总值": "gdp_pc",
    "第三产业增加值占比": "ter_share",
    "年末常住人口": "population",
    "城镇化率": "urban_rate",
}
YEARS = range(2011, 2021)
FULL = str.maketrans("0123456789.", "０１２３４５６７８９．")
#: First years of an invented programme, for the example alone.
DATES = {
    "河北": "2014年",
    "江苏": "2014年",
    "湖北省": "2015",
    "四川": "2016",
    "陕西": "2016年",
    "广东": "2017",
}
#: Cells that nobody wrote down: provinces by their place, years, and the column.
HOLES = {(3, 2014, "财政科技支出"), (8, 2016, "财政科技支出"), (11, 2013, "城镇化率")}
MARKED = {(5, 2015, "城镇化率")}


def provinces() -> dict[str, list[dict[str, str]]]:
    """Return name -> rows of every province but Tibet."""
    found: dict[str, list[dict[str, str]]] = {}
    with (ROOT / "data" / "provinces.csv").open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            if row["province"] != "Tibet" and int(row["year"]) in YEARS:
                found.setdefault(row["province_zh"], []).append(row)
    return found


def spaced(name: str, i: int) -> str:
    """Return a name as office tables write it: two characters set apart, or with blanks behind."""
    return "\u3000".join(name) if len(name) == 2 and i % 2 else f"{name} " if i % 3 == 0 else name


def written(column: str, i: int, row: dict[str, str]) -> object:
    """Return one cell as it is written."""
    year, value = int(row["year"]), row[COLUMNS[column]]
    if (i, year, column) in HOLES:
        return None
    if (i, year, column) in MARKED:
        return "—"
    if column == "年份":
        return f"{year}年"
    number = float(value)
    if column == "人均地区生产总值":
        return f"{number:,.0f}"
    if column == "地区生产总值" and year % 4 == 0:
        return f"{number:,.1f}"
    if column == "城镇化率" and i % 7 == 2:
        return value.translate(FULL)
    return number


def make(path: Path) -> None:
    """Write the workbook; the same bytes each time."""
    book = xlsxwriter.Workbook(str(path))
    book.set_properties({"created": datetime(2020, 1, 1)})
    sheet = book.add_worksheet("指标")
    last = len(COLUMNS) - 1
    sheet.merge_range(0, 0, 0, last, "表 1　各省（区、市）主要指标")
    sheet.write(1, last, "单位：万件、万人、亿元、元、%")
    for j, column in enumerate(COLUMNS):
        sheet.write(2, j, column)
    top = 3
    for i, (name, rows) in enumerate(provinces().items()):
        sheet.merge_range(top, 0, top + len(rows) - 1, 0, spaced(name, i))
        for row in rows:
            for j, column in enumerate(COLUMNS):
                cell = None if j == 0 else written(column, i, row)
                if cell is not None:
                    sheet.write(top, j, cell)
            top += 1
    sheet.write(top + 1, 0, "注：西藏缺少部分指标，未列出。")
    sheet.write(top + 2, 0, "资料来源：data/README.md 所列来源。")
    regions = book.add_worksheet("地区")
    for i, line in enumerate(
        (("地区", "地带"), *((n, rows[0]["region3"]) for n, rows in provinces().items()))
    ):
        regions.write_row(i, 0, line)
    dates = book.add_worksheet("试点")
    for i, line in enumerate((("省份", "首批年份"), *DATES.items())):
        dates.write_row(i, 0, line)
    book.close()


if __name__ == "__main__":
    make(Path(sys.argv[1]) if len(sys.argv) > 1 else TARGET)
