"""What a page says of its data: publisher, breaks, prices, regions left out and the series they lack."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

from ccd.evaluate.assemble import described_columns
from ccd.evaluate.sources import behind, sources
from ccd.report.views.base import evenly
from ccd.study import load_study

CONFIGS = Path(__file__).parents[1] / "configs"


def said(name: str) -> list[str]:
    file = load_study(CONFIGS / name)
    return [text.render(file.study.language) for text in sources(file, described_columns(file.study))]


def test_the_bundled_panel_tells_publisher_breaks_prices_and_who_is_left_out():
    lines = said("new_areas.toml")
    assert lines[0].startswith("Source of all series: National Bureau of Statistics of China")
    assert "emp_urban_unit: break at 2013: the scope of the units counted changes." in lines
    assert "gdp_pc: break at 2019/2020: mixed vintages in the source." in lines
    (money,) = [line for line in lines if "not deflated" in line]
    assert "gdp_pc" in money
    assert "road_km" not in money
    assert lines[-1] == "Tibet is left out: techmkt_out missing in 6 years from 2011 to 2016."
    assert not any(line.startswith("tax_rev:") for line in lines)  # its break lies before the first year


def test_a_chinese_study_is_told_in_chinese():
    lines = said("new_areas_zh.toml")
    assert lines[0] == "数据来源：国家统计局分省年度数据。"
    assert any("2019/2020年间断" in line for line in lines)


def test_other_data_tell_only_who_is_left_out(tmp_path):
    rows = "".join(f"{r},{t},{k}\n" for k, r in enumerate("ABC") for t in (2001, 2002))
    (tmp_path / "d.csv").write_text("region,year,y\n" + rows, encoding="utf-8")
    (tmp_path / "s.toml").write_text(
        '[data]\npath = "d.csv"\nentity = "region"\ntime = "year"\nexclude = ["B"]\n', encoding="utf-8"
    )
    file = load_study(tmp_path / "s.toml")
    assert [text.render() for text in sources(file, ["y"])] == ["B is left out."]


def test_a_made_column_stands_for_what_it_is_made_of():
    assert behind(["a_pc"], {"a_pc": frozenset({"a", "n"})}) == {"a_pc", "a", "n"}


def test_years_of_a_map_stand_in_equal_steps():
    assert evenly(list(range(2011, 2024)), 6) == [2011, 2014, 2017, 2020, 2023]
    assert evenly(list(range(2001, 2005)), 6) == [2001, 2002, 2003, 2004]
    for count in range(2, 60):
        shown = evenly(list(range(count)), 6)
        assert len(shown) <= 6
        assert shown[-1] == count - 1
        assert len({b - a for a, b in pairwise(shown)}) <= 1
