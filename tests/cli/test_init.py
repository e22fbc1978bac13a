"""What ``ccd init`` finds in files as people have them; every draft that computes something runs."""

from __future__ import annotations

import re
import tomllib

import numpy as np
import pandas as pd
import pytest

from ccd.cli import main
from ccd.draft.span import Span, span_of
from ccd.draft.unfilled import unfilled

CITIES = [f"市{name}" for name in "甲乙丙丁戊己庚辛壬癸"]
YEARS = range(2008, 2018)


def cities(**more):
    """Return ten cities of ten years with known indicators, a policy, coordinates, groups and a control."""
    rng = np.random.default_rng(3)
    rows = []
    for i, city in enumerate(CITIES):
        for year in YEARS:
            rows.append(
                {"城市": city, "年份": year, "发明专利授权量": 50 + 9 * i + rng.integers(20),
                 "城镇单位就业人员": 200 + 7 * i + rng.integers(30), "人均地区生产总值": 30000 + rng.integers(9000),
                 "年末常住人口": 100 + i, "试点年份": 2012 if i < 5 else np.nan, "开放度": rng.normal(),
                 "经度": 100.5 + i, "地带": "东部" if i % 2 else "西部"}
            )  # fmt: skip
    return pd.DataFrame(rows).assign(**more)


def draft(folder, capsys, path, *words):
    assert main(("init", str(path), "-o", str(folder / "new.toml"), *words)) == 0, capsys.readouterr().err
    told = capsys.readouterr().out
    words = (folder / "new.toml").read_text(encoding="utf-8")
    assert main(("estimate", str(folder / "new.toml"), "-o", str(folder / "out"), "--set", "output.figures=[]",
                 "--set", 'output.formats=["csv"]')) == 0, capsys.readouterr().err  # fmt: skip
    return tomllib.loads(words), words, told


def test_a_draft_sees_policy_coordinates_groups_and_controls(tmp_path, capsys):
    cities().to_csv(tmp_path / "d.csv", index=False)
    study, words, told = draft(tmp_path, capsys, tmp_path / "d.csv")
    assert study["policies"] == {"pilot": {"column": "试点年份"}}
    model = study["models"][0]
    assert (model["kind"], model["outcome"], model["policy"]) == ("did", "D", "pilot")
    assert model["controls"] == ["开放度"]
    assert "# coordinates: 经度" in words
    assert "# groups of regions, for where, subset and heterogeneity: 地带" in words
    assert "guessed: policy: 试点年份" in told


def test_five_missing_cells_are_interpolated_and_listed_and_no_year_is_lost(tmp_path, capsys):
    frame = cities()
    frame["发明专利授权量"] = frame["发明专利授权量"].astype(float)
    frame.loc[[3, 14, 25, 36, 47], "发明专利授权量"] = np.nan
    frame.to_csv(tmp_path / "d.csv", index=False)
    study, words, told = draft(tmp_path, capsys, tmp_path / "d.csv")
    assert "years" not in study["data"]
    assert study["transforms"]["发明专利授权量_filled"] == {"interpolate": "发明专利授权量"}
    assert study["subsystems"]["technology"] == {"发明专利授权量_pc": "+"}
    assert study["transforms"]["发明专利授权量_pc"]["per_capita"] == "发明专利授权量_filled"
    listed = next(line for line in words.splitlines() if line.startswith("# 5 cells are missing: "))
    assert all(cell in listed for cell in ("市甲 2011", "市乙 2012", "市丙 2013", "市丁 2014", "市戊 2015"))
    assert "guessed: 发明专利授权量 is interpolated" in told


def test_a_dummy_is_a_policy(tmp_path, capsys):
    on = [int(i < 5 and year >= 2012) for i in range(10) for year in YEARS]
    cities(试点=on).drop(columns=["试点年份"]).to_csv(tmp_path / "d.csv", index=False)
    study, words, _ = draft(tmp_path, capsys, tmp_path / "d.csv")
    assert study["policies"] == {"pilot": {"column": "试点"}}
    assert "0/1, switching on once" in words


def test_value_labels_of_stata_are_groups_and_labels_name_the_indicators(tmp_path, capsys):
    frame = cities().rename(columns={"城市": "city", "年份": "year", "发明专利授权量": "v1", "城镇单位就业人员": "v2",
        "人均地区生产总值": "v3", "年末常住人口": "population", "试点年份": "start", "开放度": "open", "经度": "lon",
        "地带": "zone"})  # fmt: skip
    frame["zone"] = frame["zone"].astype("category")
    labels = {"v1": "发明专利授权量", "v2": "城镇单位就业人员", "v3": "人均地区生产总值"}
    frame.to_stata(tmp_path / "d.dta", write_index=False, version=118, variable_labels=labels)
    study, words, _ = draft(tmp_path, capsys, tmp_path / "d.dta")
    assert list(study["subsystems"]) == ["technology", "factor", "industry"]
    assert "heterogeneity: zone" in words
    assert "zone" not in str(study["subsystems"]) + str(study["models"])


def test_titles_footers_years_and_names_as_written(tmp_path, capsys):
    frame = cities()
    names = [f"{name}{'　' if i % 2 else ''}" for i, name in enumerate(frame["城市"])]
    rows = [["表 1  各市主要指标", *[None] * 9], ["单位：略", *[None] * 9], list(frame.columns)]
    body = frame.assign(城市=names, 年份=[f"{year}年" for year in frame["年份"]]).astype(object)
    body = body.where(body.notna(), None).to_numpy().tolist()
    rows += [*body, ["资料来源：自编", *[None] * 9]]
    pd.DataFrame(rows).to_excel(tmp_path / "d.xlsx", index=False, header=False)
    study, _, _ = draft(tmp_path, capsys, tmp_path / "d.xlsx")
    assert (study["data"]["skip_rows"], study["data"]["skip_footer"]) == (2, 1)
    assert len(study["models"]) == 1


@pytest.mark.parametrize("layout", ["sheets", "column"])
def test_wide_files_are_seen(tmp_path, capsys, layout):
    frame = cities()
    sheets = {name: frame.pivot(index="城市", columns="年份", values=name).reset_index()
              for name in ("发明专利授权量", "城镇单位就业人员", "人均地区生产总值")}  # fmt: skip
    if layout == "sheets":
        with pd.ExcelWriter(tmp_path / "d.xlsx") as book:
            for name, sheet in sheets.items():
                sheet.to_excel(book, sheet_name=name, index=False)
        path = tmp_path / "d.xlsx"
    else:
        path = tmp_path / "d.csv"
        long = pd.concat([sheet.assign(指标=name) for name, sheet in sheets.items()])
        long[["城市", "指标", *YEARS]].to_csv(path, index=False)
    assert main(("init", str(path), "-o", str(tmp_path / "new.toml"))) == 0, capsys.readouterr().err
    study = tomllib.loads((tmp_path / "new.toml").read_text(encoding="utf-8"))
    assert study["data"]["wide"] is True
    assert study["data"].get("indicator") == (None if layout == "sheets" else "指标")
    assert len(study["subsystems"]) == 3
    assert main(("couple", str(tmp_path / "new.toml"), "-o", str(tmp_path / "out"))) == 0, (
        capsys.readouterr().err
    )


def test_merged_names_of_a_csv_are_seen(tmp_path, capsys):
    frame = cities()
    frame["城市"] = frame["城市"].where(~frame["城市"].duplicated(), None)
    frame.to_csv(tmp_path / "d.csv", index=False)
    study, _, _ = draft(tmp_path, capsys, tmp_path / "d.csv")
    assert study["data"]["merged"] is True


def test_a_sheet_of_notes_is_no_table(tmp_path, capsys):
    with pd.ExcelWriter(tmp_path / "d.xlsx") as book:
        cities().to_excel(book, sheet_name="数据", index=False)
        pd.DataFrame({"说明": ["本表仅供参考", "自编"]}).to_excel(book, sheet_name="说明", index=False)
    study, _, _ = draft(tmp_path, capsys, tmp_path / "d.xlsx")
    assert study["data"]["sheet"] == "数据"


def test_of_two_sheets_with_tables_none_is_guessed(tmp_path, capsys):
    with pd.ExcelWriter(tmp_path / "d.xlsx") as book:
        for name in ("一", "二"):
            cities().to_excel(book, sheet_name=name, index=False)
    assert main(("init", str(tmp_path / "d.xlsx"), "-o", str(tmp_path / "new.toml"))) == 4
    assert "2 sheets hold data" in capsys.readouterr().err


def test_a_file_with_holes_everywhere_gets_a_model_that_leaves_rows_out(tmp_path, capsys):
    frame = cities().drop(columns=["试点年份"])
    for j, name in enumerate(
        ["发明专利授权量", "城镇单位就业人员", "人均地区生产总值", "年末常住人口", "开放度"]
    ):
        frame[name] = frame[name].astype(float).where((frame.index * 7 + j) % 11 > 0)
    frame.to_csv(tmp_path / "d.csv", index=False)
    study, _, told = draft(tmp_path, capsys, tmp_path / "d.csv")
    assert "no two subsystems could be guessed" in told
    assert study["models"][0]["kind"] == "panel"
    assert "年末常住人口" not in study["models"][0].values(), "it does not move within a city"


def test_regions_that_never_fill_a_column_are_left_out_and_named(tmp_path, capsys):
    frame = cities()
    missing = frame["城市"] == "市癸"
    for name in ("发明专利授权量", "人均地区生产总值"):
        frame[name] = frame[name].astype(float).where(~missing)
    frame.to_csv(tmp_path / "d.csv", index=False)
    study, words, told = draft(tmp_path, capsys, tmp_path / "d.csv")
    assert study["data"]["exclude"] == ["市癸"]
    assert "# 市癸: no cell from 2008 to 2017 in 发明专利授权量, 人均地区生产总值" in words.splitlines()
    assert "guessed: left out: 市癸, never filled: 发明专利授权量, 人均地区生产总值" in told.splitlines()
    assert "发明专利授权量_pc" in study["subsystems"]["technology"]
    assert list(study["subsystems"]) == ["technology", "factor", "industry"]


def test_a_column_that_many_regions_lack_costs_no_region(tmp_path, capsys):
    frame = cities()
    frame["发明专利授权量"] = (
        frame["发明专利授权量"].astype(float).where(~frame["城市"].isin(["市癸", "市壬"]))
    )
    frame.to_csv(tmp_path / "d.csv", index=False)
    study, words, _ = draft(tmp_path, capsys, tmp_path / "d.csv")
    assert "exclude" not in study["data"]
    assert "# not used: 发明专利授权量: 20 cells are missing" in words


def test_regions_left_out_are_those_of_the_fewest_first():
    years = np.tile(np.arange(2001, 2007), 20)
    regions = pd.Series(np.repeat([f"r{k:02d}" for k in range(20)], 6))
    table = pd.DataFrame({name: np.arange(120.0) for name in ("one", "two", "late", "whole")})
    table.loc[regions.isin(["r03"]), "one"] = np.nan
    table.loc[regions.isin(["r07", "r08"]), "two"] = np.nan  # with r03 three of 20, more than a tenth
    table.loc[regions.isin(["r05"]) | (years < 2004), "late"] = np.nan  # whole in three years alone
    assert unfilled(table, regions, years, table.columns) == {"r03": ("one",)}
    assert unfilled(table, regions, years, ["two"]) == {"r07": ("two",), "r08": ("two",)}


def test_guesses_and_comments_are_chinese_when_the_command_is(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("CCD_LANG", "zh")
    frame = cities(**{"fixed": 1.0, "words": "a"}).rename(columns={"发明专利授权量": "patents"})
    frame["patents"] = frame["patents"].astype(float).where(frame["城市"] != "市癸")
    frame.loc[3, "开放度"] = np.nan
    frame.to_csv(tmp_path / "d.csv", index=False)
    study, words, told = draft(tmp_path, capsys, tmp_path / "d.csv")
    assert study["data"]["exclude"] == ["市癸"]
    comments = [line.split("# ", 1)[1] for line in words.splitlines() if "# " in line]
    assert len(comments) > 15
    assert all(re.search("[\u4e00-\u9fff]", line) for line in (*comments, *told.splitlines()))
    said = re.compile(r"\b(guessed|missing|not used|codebook|cells?|the|of|in|are|is)\b")
    assert not [
        line for line in (*comments, *told.splitlines()[:-1]) if said.search(re.sub("（.*）", "", line))
    ]


def holed(cities_=40, first=2001, last=2014):
    """A panel in which no column is complete: ends cut off, single years lost, and regions that never report."""
    rng = np.random.default_rng(11)
    years = np.arange(first, last + 1)
    frame = pd.DataFrame(
        {
            "city": np.repeat([f"c{k:02d}" for k in range(cities_)], len(years)),
            "year": np.tile(years, cities_),
        }
    )
    for column in ("patents", "rd_exp", "employees", "loans", "gdp_pc"):
        frame[column] = rng.uniform(10, 90, len(frame))
    frame["open"] = rng.normal(size=len(frame))
    code = np.repeat(np.arange(cities_), len(years))
    frame.loc[(frame["year"] < 2004) & (code % 3 == 0), ["patents", "rd_exp"]] = np.nan
    frame.loc[(frame["year"] > 2012) & (code % 5 == 0), "loans"] = np.nan
    frame.loc[(frame["year"] < 2003) & (code % 4 == 1), "gdp_pc"] = np.nan
    frame.loc[(frame["year"] == 2007) & (code == 5), "patents"] = np.nan
    frame.loc[(frame["year"] == 2009) & (code < 3), "gdp_pc"] = np.nan
    frame.loc[code >= cities_ - 3, ["patents", "rd_exp", "loans"]] = np.nan
    frame.loc[(code == 7) & (frame["year"] > 2005) & (frame["year"] < 2010), "employees"] = np.nan
    return frame.drop(frame.index[(code == 9) & (frame["year"] < 2006)])


def test_where_every_column_has_gaps_few_are_filled_and_few_regions_left_out(tmp_path, capsys):
    holed().to_csv(tmp_path / "d.csv", index=False)
    study, words, told = draft(tmp_path, capsys, tmp_path / "d.csv")
    assert study["data"]["years"] == [2004, 2012]
    assert study["data"]["exclude"] == ["c07", "c37", "c38", "c39"]
    assert study["transforms"] == {
        "patents_filled": {"interpolate": "patents"}, "gdp_pc_filled": {"interpolate": "gdp_pc"}
    }  # fmt: skip
    assert set(study["subsystems"]) == {"technology", "factor", "industry"}
    assert "# 3 cells are missing: c00 2009, c01 2009, c02 2009" in words.splitlines()
    assert (
        "# patents, rd_exp, loans: no number in 2004, in 2012 or in a run of years longer than 3, in c37, c38, c39"
        in words.splitlines()
    )
    assert "guessed: left out: 1 region that cannot be filled in employees" in told.splitlines()
    assert main(("check", str(tmp_path / "new.toml"))) == 0
    assert "36 regions x 9 years" in capsys.readouterr().out


def test_a_region_is_kept_rather_than_one_column_of_many():
    years = np.tile(np.arange(2001, 2009), 20)
    regions = pd.Series(np.repeat([f"r{k:02d}" for k in range(20)], 8))
    rng = np.random.default_rng(2)
    columns = ["patents_a", "patents_b", "patents_c", *(f"invest_{k}" for k in range(20))]
    table = pd.DataFrame({name: rng.uniform(size=160) for name in columns})
    table.loc[regions == "r03", "invest_4"] = np.nan
    assert span_of(table, regions, years) == Span((2001, 2008), {})
    table = table[["patents_a", "invest_4"]]
    assert span_of(table, regions, years) == Span((2001, 2008), {"r03": ("invest_4",)})
    table.loc[regions < "r08", "invest_4"] = np.nan  # too many
    assert span_of(table, regions, years) is None


def test_emissions_are_guessed_to_be_better_less(tmp_path, capsys):
    frame = cities().assign(工业废水排放量=np.random.default_rng(4).uniform(1, 9, 100))
    frame.to_csv(tmp_path / "d.csv", index=False)
    study, _, _ = draft(tmp_path, capsys, tmp_path / "d.csv")
    assert study["subsystems"]["environment"] == {"工业废水排放量": "-"}


def test_sheets_of_the_same_regions_are_joined(tmp_path, capsys):
    frame = cities()
    with pd.ExcelWriter(tmp_path / "d.xlsx") as book:
        frame[["城市", "年份", "发明专利授权量", "年末常住人口", "试点年份"]].to_excel(
            book, sheet_name="科技", index=False
        )
        other = frame[["城市", "年份", "城镇单位就业人员", "人均地区生产总值", "年末常住人口"]]
        other.rename(columns={"城市": "地级市"}).to_excel(book, sheet_name="经济", index=False, startrow=1)
        frame[["城市", "经度", "地带"]].drop_duplicates().to_excel(book, sheet_name="地区", index=False)
        pd.DataFrame({"说明": ["自编"]}).to_excel(book, sheet_name="说明", index=False)
    study, words, told = draft(tmp_path, capsys, tmp_path / "d.xlsx")
    assert study["data"]["sheet"] == "科技"
    assert study["data"]["merge"] == [
        {"sheet": "经济", "skip_rows": 1, "on": {"城市": "地级市", "年份": "年份"},
         "columns": ["城镇单位就业人员", "人均地区生产总值"]},
        {"sheet": "地区"},
    ]  # fmt: skip
    assert set(study["subsystems"]) == {"technology", "factor", "industry"}
    assert study["models"][0]["policy"] == "pilot"
    assert "# coordinates: 经度" in words
    assert "guessed: joined to it: 经济" in told


def test_files_of_the_same_regions_are_joined(tmp_path, capsys):
    frame = cities()
    (tmp_path / "more").mkdir()
    frame[["城市", "年份", "发明专利授权量", "年末常住人口"]].to_csv(tmp_path / "a.csv", index=False)
    frame[["城市", "年份", "城镇单位就业人员", "开放度"]].to_csv(tmp_path / "more" / "b.csv", index=False)
    study, _, told = draft(tmp_path, capsys, tmp_path / "a.csv", str(tmp_path / "more" / "b.csv"))
    assert study["data"]["merge"] == [{"path": "more/b.csv"}]
    assert list(study["subsystems"]) == ["technology", "factor"]
    assert "guessed: joined to it: more/b.csv" in told
    pd.DataFrame({"x": [1, 2], "y": [3, 4], "z": [5, 6]}).to_csv(tmp_path / "c.csv", index=False)
    words = ("init", str(tmp_path / "a.csv"), str(tmp_path / "c.csv"), "-o", str(tmp_path / "n.toml"))
    assert main(words) == 4
    assert "no regions in common" in capsys.readouterr().err
