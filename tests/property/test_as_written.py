"""A clean table written in any of the ways people write one reads back to the same panel."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ccd.cells import DataSpec, MergeSpec, make_panel, read_data

REGIONS = ("北京", "上海", "Inner Mongolia", "新疆", "010000")
YEARS = (2009, 2010, 2011, 2012)
FULL = str.maketrans("0123456789.-", "０１２３４５６７８９．－")

figures = st.integers(-(10**7), 10**8).map(lambda n: n / 100)
tables = st.lists(figures, min_size=40, max_size=40)


def clean(values):
    cells = np.array(values).reshape(len(REGIONS), len(YEARS), 2)
    rows = [(r, y, *cells[i, j]) for i, r in enumerate(REGIONS) for j, y in enumerate(YEARS)]
    return pd.DataFrame(rows, columns=["region", "year", "x", "z"])


def panel_of(folder, spec):
    return make_panel(read_data(spec, folder), spec, spec.path, ["x", "z"])


def same(found, frame):
    expected = frame.sort_values(["region", "year"]).set_index(["region", "year"])
    assert found.entities == tuple(sorted(REGIONS))
    np.testing.assert_array_equal(found.column("x"), expected["x"].to_numpy())
    np.testing.assert_array_equal(found.column("z"), expected["z"].to_numpy())


def number(value, how):
    plain = f"{value:.2f}"
    return {"plain": plain, "grouped": f"{value:,.2f}", "wide": plain.translate(FULL),
            "both": f"{value:,.2f}".translate(FULL).replace(",", "，")}[how]  # fmt: skip


def name(region, how):
    chinese = not region.isascii()
    return {"plain": region, "behind": f"{region} \u3000", "before": f"\u00a0{region}",
            "between": "\u3000".join(region) if chinese else region.replace(" ", "  ")}[how]  # fmt: skip


ways = st.fixed_dictionaries(
    {
        "numbers": st.lists(st.sampled_from(["plain", "grouped", "wide", "both"]), min_size=1, max_size=7),
        "names": st.lists(st.sampled_from(["plain", "behind", "before", "between"]), min_size=1, max_size=7),
        "year": st.sampled_from(["{}", "{}年", "{}.0", "{}-12-31", " {} 年"]),
        "above": st.integers(0, 3),
        "below": st.integers(0, 2),
        "encoding": st.sampled_from(["utf-8", "utf-8-sig", "gb18030", "utf-16"]),
        "delimiter": st.sampled_from([",", "\t", "|"]),
        "merged": st.booleans(),
        "order": st.permutations(range(20)),
    }
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(tables, ways)
def test_a_text_file_written_in_any_way_is_the_clean_panel(values, way):
    frame = clean(values)
    order = range(20) if way["merged"] else way["order"]
    lines = [f"表 {i + 1}" for i in range(way["above"])] + [way["delimiter"].join(frame.columns)]
    last = None
    for place, i in enumerate(order):
        region, year, *cells = frame.iloc[i]
        shown = (
            "" if way["merged"] and region == last else name(region, way["names"][place % len(way["names"])])
        )
        last = region
        numbers = [number(v, way["numbers"][(place + k) % len(way["numbers"])]) for k, v in enumerate(cells)]
        row = [shown, way["year"].format(year), *numbers]
        lines.append(way["delimiter"].join(f'"{cell}"' for cell in row))
    lines += [f"注 {i + 1}" for i in range(way["below"])]
    with tempfile.TemporaryDirectory() as work:
        (Path(work) / "d.csv").write_text("\n".join(lines) + "\n", encoding=way["encoding"])
        spec = DataSpec(path="d.csv", entity="region", time="year", skip_rows=way["above"],
                        skip_footer=way["below"], merged=way["merged"])  # fmt: skip
        same(panel_of(Path(work), spec), frame)


@settings(max_examples=25, deadline=None)
@given(tables, st.booleans(), st.booleans(), st.integers(0, 2))
def test_a_workbook_wide_merged_or_split_is_the_clean_panel(values, wide, merged, above):
    frame = clean(values)
    with tempfile.TemporaryDirectory() as work:
        folder = Path(work)
        book = xlsxwriter.Workbook(str(folder / "d.xlsx"))
        if wide:
            for column in ("x", "z"):
                sheet = book.add_worksheet(column)
                sheet.write_row(above, 0, ["region", *(f"{year}年" for year in YEARS)])
                for i, region in enumerate(REGIONS):
                    sheet.write_row(above + 1 + i, 0, [region, *frame[frame.region == region][column]])
        else:
            sheet, other = book.add_worksheet("one"), book.add_worksheet("two")
            sheet.write_row(above, 0, ["region", "year", "x"])
            other.write_row(above, 0, ["year", "region", "z"])
            for i, row in enumerate(frame.itertuples()):
                top = above + 1 + i
                sheet.write_row(top, 1, [row.year, row.x])
                other.write_row(above + 20 - i, 0, [f"{row.year}年", row.region, row.z])
                if not merged:
                    sheet.write(top, 0, row.region)
                elif i % 4 == 0:
                    sheet.merge_range(top, 0, top + 3, 0, row.region)
        book.close()
        merge = () if wide else (MergeSpec(sheet="two", skip_rows=above, check="1:1"),)
        spec = DataSpec(path="d.xlsx", entity="region", time="year", skip_rows=above, wide=wide,
                        sheet=None if wide else "one", merge=merge)  # fmt: skip
        same(panel_of(folder, spec), frame)
