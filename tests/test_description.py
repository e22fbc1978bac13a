"""The section [describe]: its parts, what it refuses, what it leaves out with a note, its bytes and its page."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from ccd.describe import keys
from ccd.errors import UsageError
from ccd.pipeline import Options, run_describe
from ccd.report.figures import Fonts
from ccd.report.files import write_numbers
from ccd.report.page import compose
from ccd.report.style import Style
from ccd.results import Results
from ccd.study import Study, StudyFile
from ccd.vary.run import evaluate

ROOT = Path(__file__).parents[1]
YEARS = range(2010, 2020)
REGIONS = ("Beijing", "Tianjin", "Hebei", "Shanxi", "Inner Mongolia", "Liaoning", "Jilin", "Heilongjiang", "Shandong",
           "Henan", "Jiangsu", "Anhui")  # fmt: skip


def table() -> pd.DataFrame:
    random = np.random.default_rng(2)
    rows = []
    for k, region in enumerate(REGIONS):
        a, b = np.cumsum(random.uniform(0, 2, (2, len(YEARS))), axis=1) + 1 + k / 3
        for t, year in enumerate(YEARS):
            half = "north" if k < 6 else "south"
            rows.append((region, half, year, a[t], b[t], random.uniform(1, 2), (year - 2009) * (1 + k)))
    return pd.DataFrame(rows, columns=["region", "half", "year", "a", "b", "x", "people"])


EVERYTHING = {
    "variable": ["D"],
    "inequality": {"by": "half", "weights": "people"},
    "density": {"draws": 99},
    "convergence": {"by": "half", "conditional": ["x"], "clubs": True, "draws": 99},
    "markov": {"lag": True, "draws": 99, "cuts": [0.4, 0.6]},
    "ellipse": {},
    "drivers": {"factors": ["x", "people"], "strata": ["half"], "intervals": [2, 3], "draws": 99},
    "grey": {"factors": ["x", "people"]},
    "lead_lag": {"draws": 99},
    "forecast": {"horizon": 2, "holdout": 3},
}
PARTS = {
    "inequality", "gaps", "densities", "modes", "sigma", "sigma_tests", "convergence", "clubs", "club_tests",
    "transitions", "chain", "tests", "path", "drivers", "interactions", "grey", "lead_lag", "leads", "forecast",
    "forecast_errors", "gm11",
}  # fmt: skip


def study(describe: dict[str, object] | None, **more: object) -> StudyFile:
    raw: dict[str, object] = {
        "data": {"path": "p.csv", "entity": "region", "time": "year"},
        "subsystems": {"A": {"a": "+"}, "B": {"b": "+"}},
        **more,
    }
    if describe is not None:
        raw["describe"] = describe
    return StudyFile(
        Study.model_validate_json(pd.io.json.ujson_dumps(raw), strict=False), raw, Path("toy.toml")
    )


@pytest.fixture(scope="module")
def told() -> Results:
    return evaluate(study(EVERYTHING), table())


def part(results: Results, name: str):
    return next(one for one in results.chapters[0].parts if one.name == name)


def test_every_part_is_told(told):
    assert not told.failures
    assert {one.name for one in told.chapters[0].parts} - {"passages"} == PARTS
    assert not told.chapters[0].notes


def test_the_page_shows_every_part_in_both_languages(told):
    for language in ("en", "zh"):
        page = compose(
            Results(**{**vars(told), "language": language}),
            Style(),
            Fonts(("DejaVu Sans",), chinese=False),
            ("png",),
        )
        (section,) = [one for one in page.sections if one.key == "describe"]
        names = {block.name.removeprefix("describe_") for block in section.blocks}
        assert names - {"passages"} == PARTS
        drawn = {block.name.removeprefix("describe_") for block in section.blocks if block.images}
        assert drawn == {"inequality", "densities", "sigma", "clubs", "transitions", "path", "drivers", "lead_lag",
                         "forecast"}  # fmt: skip


def test_inequality_adds_up(told):
    value = part(told, "inequality").value
    found = {name: value.estimate[value.of(name)] for name in dict.fromkeys(value.measure)}
    assert np.allclose(found["within"] + found["between"] + found["overlap"], found["gini"], atol=1e-12)
    assert np.allclose(found["theil_within"] + found["theil_between"], found["theil"], atol=1e-12)
    rows = value.of("gini")
    assert (value.conf_low[rows] < value.estimate[rows]).all()
    assert (value.estimate[rows] < value.conf_high[rows]).all()


def test_the_same_study_gives_the_same_bytes(told, tmp_path):
    again = evaluate(study(EVERYTHING), table())
    for results, folder in ((told, "one"), (again, "two")):
        write_numbers(results, tmp_path / folder)
    files = sorted((tmp_path / "one" / "describe").iterdir())
    assert len(files) > len(PARTS)
    for file in files:
        assert file.read_bytes() == (tmp_path / "two" / "describe" / file.name).read_bytes()


def test_without_the_section_nothing_is_told():
    assert not evaluate(study(None), table()).chapters


def test_several_variables_have_files_of_their_own():
    results = evaluate(study({"variable": ["D", "A"], "inequality": {}, "lead_lag": {"draws": 99}}), table())
    names = [one.name for one in results.chapters[0].parts]
    assert names == ["inequality_D", "lead_lag", "leads", "inequality_A"]


def test_what_cannot_be_told_is_a_note_and_the_rest_stands():
    results = evaluate(
        study({"variable": ["x"], "density": {"draws": 99}, "grey": {"factors": ["people"]}}), table()
    )
    assert [one.name for one in results.chapters[0].parts] == ["grey"]
    (note,) = results.chapters[0].notes
    assert "leaves [0, 1]" in str(note)


@pytest.mark.parametrize(
    ("describe", "more", "reason"),
    [
        ({"inequality": {}}, {"index": {"scale": "per-year"}}, "no level over years"),
        ({"variable": ["x"], "density": {"draws": 99}}, {}, "leaves [0, 1]"),
        ({"forecast": {"holdout": 5}}, {}, "leave fewer than 6"),
        ({"drivers": {"factors": ["x"], "year": 1999}}, {}, "no year 1999"),
        ({"drivers": {"factors": ["x"], "intervals": [7, 8]}}, {}, "too few"),
        ({"variable": ["A"], "markov": {"states": "grades"}}, {}, "no grades"),
        ({"markov": {"cuts": [0.6, 0.4]}}, {}, "do not rise"),
        ({"ellipse": {"at": ["people", "x"]}}, {}, "not one degree"),
        ({"inequality": {"by": "year"}}, {}, "one group for all years"),
    ],
)
def test_refusals(describe, more, reason):
    results = evaluate(study(describe, **more), table())
    assert reason in str(results.failures["describe"].what)


def test_clubs_need_eight_years():
    short = table()
    short = short[short["year"] < 2017]
    results = evaluate(study({"convergence": {"clubs": True, "draws": 99}}), short)
    assert "clubs need 8 years" in str(results.chapters[0].notes[0])


def test_years_with_a_gap_and_regions_without_a_year():
    data = table()
    lost = data[~((data["region"] == "Hebei") & (data["year"] == 2012))]
    results = evaluate(study({"ellipse": {}, "inequality": {}}), lost)
    assert any("Hebei" in str(note) for note in part(results, "path").notes)
    gap = evaluate(study({"ellipse": {}}), data[data["year"] != 2012])
    assert "do not follow" in str(gap.failures["describe"].what)


def test_bottlenecks_and_grades_are_states():
    results = evaluate(study({"markov": {"states": "bottleneck"}}), table())
    assert set(part(results, "chain").value.state) == {"A", "B"}
    graded = evaluate(study({"markov": {"states": "grades"}}), table())
    assert part(graded, "transitions").value.count.sum() == len(REGIONS) * (len(YEARS) - 1)


def test_keys_that_contradict_are_refused():
    with pytest.raises(ValidationError, match="factors or strata"):
        keys.DriversKeys()
    with pytest.raises(ValidationError, match="fewest, most"):
        keys.DriversKeys(factors=("x",), intervals=(5, 3))


def test_the_command_writes_the_chapter_alone(tmp_path, monkeypatch):
    from contextlib import nullcontext

    monkeypatch.chdir(tmp_path)
    table().to_csv("p.csv", index=False)
    text = '[data]\npath = "p.csv"\nentity = "region"\ntime = "year"\n[output]\nformats = ["html"]\nfigures = []\n'
    Path("s.toml").write_text(text + '[describe]\nvariable = ["x"]\ninequality = {}\n', encoding="utf-8")
    done = run_describe(Path("s.toml"), None, Options(), lambda _: nullcontext())
    assert "describe/inequality.csv" in done.files
    assert not [name for name in done.files if name.startswith(("index", "coupling", "models"))]
    Path("none.toml").write_text(text, encoding="utf-8")
    with pytest.raises(UsageError, match="describes nothing"):
        run_describe(Path("none.toml"), None, Options(), lambda _: nullcontext())


def test_the_docs_hold_every_key():
    spec = importlib.util.spec_from_file_location("docs_build", ROOT / "docs" / "build.py")
    build = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(build)
    page = (ROOT / "docs" / "description.md").read_text(encoding="utf-8")
    tables = [kind for name, kind in vars(keys).items() if name.endswith("Keys")]
    assert len(tables) == 9
    for kind in tables:
        assert build.keys_table(kind).strip() in page
