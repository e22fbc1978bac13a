"""ccd export: every model becomes code or a named comment, and nothing that a study holds becomes code by itself."""

from __future__ import annotations

import io
import json
import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from pydantic import TypeAdapter

from ccd.cli import main
from ccd.estimate import MODELS, Model
from ccd.estimate.rows.condition import condition
from ccd.estimate.rows.where import truth
from ccd.evaluate.base import build_base
from ccd.export import LANGUAGES, export
from ccd.export.condition import Syntax, expression
from ccd.export.r import tongue as r_tongue
from ccd.export.stata import tongue as stata_tongue
from ccd.panel import Panel
from ccd.pipeline import table_of
from ccd.report.style import Style
from ccd.results import Results
from ccd.study import load_study
from tests.cli.house import STUDY, data, replaced, write
from tests.property.test_models import CASES

ROOT = Path(__file__).parents[1]
CONFIGS = sorted(path.name for path in (ROOT / "configs").glob("*.toml"))
RSCRIPT = shutil.which("Rscript")
HOSTILE = 'a"b\'c\n`d\' $e \\f */ /* // ¥ \u2028 ); system("x") #'


def bare(panel: Panel, language: str = "en") -> Results:
    return Results("study", HOSTILE, language, panel, None, None, {}, versions={"ccd": "1"})  # type: ignore[arg-type]


def parsed(folder: Path, script: str) -> None:
    """Let R read a script without running it."""
    if RSCRIPT is None:
        return
    (folder / "models.R").write_text(script, encoding="utf-8")
    code = 'invisible(parse("models.R", encoding = "UTF-8"))'
    done = subprocess.run([RSCRIPT, "-e", code], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def code_lines(script: str) -> list[str]:
    return [line for line in script.splitlines() if line and not line.lstrip().startswith(("#", "*"))]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_model_has_a_line_in_the_registry(language):
    assert set(LANGUAGES[language].coders) == set(MODELS), (
        f"add it to CODERS in ccd/export/{language}/__init__.py"
    )


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", CONFIGS)
def test_every_model_of_the_bundled_studies_is_repeated_or_named(name, language, tmp_path):
    file = load_study(ROOT / "configs" / name)
    if not file.study.models:
        return
    base = build_base(file, table_of(file), {})
    made = export(file.study.models, bare(base.panel, file.study.language), language, Style())
    script = made.files[LANGUAGES[language].script].decode("utf-8")
    assert list(made.coded) == [model.name for model in file.study.models]
    for model, coded in made.coded.items():
        lacking = {"en": f"{model} has no counterpart here: ", "zh": f"{model} 在此没有对应命令："}
        assert coded != (lacking[file.study.language] in script)
    if language == "r":
        parsed(tmp_path, script)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("tag", CASES)
def test_every_estimator_under_any_names(tag, language, tmp_path):
    case = CASES[tag]
    panel = case.panel()
    regions = {entity: f"{entity} {HOSTILE}" for entity in panel.entities}
    index = panel.frame.index.set_levels([regions[e] for e in panel.frame.index.levels[0]], level=0)
    cohorts = {name: own.rename(index=regions) for name, own in panel.cohorts.items()}
    weights = {
        name: replace(w, regions=tuple(regions[r] for r in w.regions)) for name, w in panel.weights.items()
    }
    hostile = replace(
        panel,
        frame=panel.frame.set_axis(index),
        groups=panel.groups.set_axis(index),
        cohorts=cohorts,
        weights=weights,
    )
    section = {"name": "m", "outcome": "y", **case.keys}
    if section["kind"] == "loop":
        section.pop("outcome")
    if "drop" in MODELS[tag].model_fields:
        section["drop"] = (regions[panel.entities[-1]],)
    model = TypeAdapter(Model).validate_python(section)
    made = export([model], bare(hostile), language, Style())
    script = made.files[LANGUAGES[language].script].decode("utf-8")
    assert made.coded["m"] or "m has no counterpart here: " in script
    told = "\n".join(code_lines(script))
    assert 'system("x")' not in told.replace('\\"', "")
    if language == "stata":
        macros = re.findall(r"`[^']*'|\$\w", told)
        assert set(macros) <= {
            "`earliest'", "`before'", "`after'", "`e'", "`dummies'", "`_unit'", "`r(varlist)'"
        }  # fmt: skip
    else:
        parsed(tmp_path, script)


def test_texts_are_constants():
    assert stata_tongue.quoted("East") == '"East"'
    assert stata_tongue.quoted("") == '""'
    assert stata_tongue.quoted("a`b$") == '("a" + uchar(96) + "b" + uchar(36))'
    assert r_tongue.quoted('a"b\\\n`$') == '"a\\"b\\\\\\n`$"'
    assert r_tongue.quoted("\u2028") == '"\\u{2028}"'
    for tongue in (stata_tongue, r_tongue):
        line = tongue.comment(HOSTILE)
        assert len(line.splitlines()) == 1
    line = stata_tongue.comment(HOSTILE)
    assert not set("`$\\") & set(line)
    assert "/*" not in line and "//" not in line and "*/" not in line
    assert "/*" not in stata_tongue.comment("/ */*/ //*") and "*/" not in stata_tongue.comment("*/ x */")


def test_names_are_ascii_and_differ():
    found = r_tongue.names(["x", "城镇化率", "城镇", "a b", "a_b", "1st", "TRUE", "_x", "a.b"])
    assert list(found.values()) == [
        "x",
        "column2",
        "column3",
        "a_b",
        "a_b_2",
        "x_1st",
        "x_TRUE",
        "x__x",
        "a.b",
    ]
    for made in found.values():
        assert re.fullmatch(r"[A-Za-z][A-Za-z0-9._]*", made)


@pytest.mark.parametrize(
    "written",
    [
        "x > 1",
        "not (x > 1)",
        "not (x > 1 and side == 'a')",
        "x in [1, 2] or side != 'a'",
        "not x in [1, 2]",
        "not (not (1 <= x <= 2) or side == 'b')",
    ],
)
def test_conditions_hold_where_ccd_says(written):
    index = pd.MultiIndex.from_product([["p", "q"], [1, 2, 3, 4]], names=["region", "year"])
    x = [0.0, 1.0, 2.0, np.nan, 3.0, np.nan, 1.5, 2.0]
    side = ["a", "b", "", "a", "b", "b", "a", ""]
    panel = Panel(pd.DataFrame({"x": x}, index=index), pd.DataFrame({"side": side}, index=index), {})
    tree = condition(written)
    syntax = Syntax(
        lambda n: f"f.{n}", lambda n: f"f.{n}", repr, lambda n: f"(f.{n} == f.{n}) & (f.{n} != '')"
    )
    # & and | of Python bind closer than comparisons, so each comparison gets its own parentheses
    shown = re.sub(
        r"(f\.\w+|[\d.]+) (==|!=|<=|>=|<|>) (f\.\w+|'[^']*'|[\d.]+)", r"(\1 \2 \3)", expression(tree, syntax)
    )
    f = panel.frame.assign(side=pd.Series(side, index=index))  # noqa: F841
    holds = truth(tree, panel, "here").holds
    assert eval(shown).tolist() == holds.tolist()


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    folder = tmp_path_factory.mktemp("export")
    more = (
        '[[models]]\nname = "odd"\nkind = "panel"\noutcome = "D"\nregressors = ["开放度"]\n'
        'where = "region != \'p\'"\n[[models]]\nname = "circle"\nkind = "synergy"\nestimator = "imputation"\n'
        'outcome = "D"\npolicies = ["pilot", "late"]\nbootstrap = 30\npermutations = 0\n[output]\ndigits = 3\n'
    )
    text = replaced(
        STUDY, {"[output]\n": more, '"pilot"\ncontrols': '"pilot"\npermutation = { draws = 0 }\ncontrols'}
    )
    text = text.replace("[policies.pilot]", '[policies.late]\ncolumn = "late"\n[policies.pilot]')
    lines = data().splitlines()
    late = {"p": "2015", "s": "2015"}
    rows = [f"{lines[0]},开放度,late"]
    rows += [f"{line},{line.split(',')[6]},{late.get(line[0], '')}" for line in lines[1:]]
    return write(folder, text, "\n".join(rows) + "\n")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_study_becomes_a_folder(study, language, capsys):
    tongue, out = LANGUAGES[language], study.parent / language
    assert main(["export", str(study), "--code", language, "-o", str(out), "--json", "-q"]) in (0, 5)
    said = json.loads(capsys.readouterr().out)
    assert said["repeated"] == ["base", "odd"] and said["without_counterpart"] == ["circle"]
    script = (out / tongue.script).read_text(encoding="utf-8")
    assert sorted(p.name for p in out.iterdir()) == sorted([tongue.data, tongue.script, "manifest.json"])
    file = load_study(study)
    from ccd.vary.run import evaluate

    found = evaluate(file, table_of(file)).estimates["base"]
    term = found.leading
    assert f"pilot = {term.estimate:.3f} ({term.std_error:.3f})" in script
    assert f"n = {found.nobs}" in script
    read = (
        pd.read_stata(out / "panel.dta")
        if language == "stata"
        else pd.read_csv(io.BytesIO((out / "panel.csv").read_bytes()))
    )
    assert len(read) == 48
    own = {"stata": "开放度", "r": "column"}[language]
    assert any(own in column for column in read.columns)
    used = set(re.findall(r"column\d+", script))
    if language == "r":
        assert len(used) == 1 and used <= set(read.columns)
        assert re.search(r"# column\d+ = 开放度", script)
    first = (out / tongue.script).read_bytes(), (out / tongue.data).read_bytes()
    again = study.parent / f"{language}-again"
    main(["export", str(study), "--code", language, "-o", str(again), "-q"])
    assert first == ((again / tongue.script).read_bytes(), (again / tongue.data).read_bytes())


def test_chinese_comments(study):
    out = study.parent / "zh"
    main(["export", str(study), "--code", "stata", "-o", str(out), "-q", "--set", "language=zh"])
    script = (out / "models.do").read_text(encoding="utf-8")
    assert "* 用 Stata 重复 ccd" in script
    assert "circle 在此没有对应命令：" in script
    assert "has no counterpart" not in script


def test_faults(study, capsys):
    assert main(["export", str(study), "--code", "sas"]) == 2
    assert "there is no language 'sas'" in capsys.readouterr().err
    assert main(["export", str(study)]) == 2
    assert main(["export", "nowhere.toml", "--code", "r"]) == 3
    (study.parent / "mine").mkdir()
    (study.parent / "mine" / "notes.txt").write_text("mine", encoding="utf-8")
    assert main(["export", str(study), "--code", "r", "-o", str(study.parent / "mine"), "-q"]) == 2
    assert (study.parent / "mine" / "notes.txt").exists()


def test_a_model_that_fails_is_code_without_a_number(study, capsys):
    out = study.parent / "failed"
    words = ["export", str(study), "--code", "stata", "-o", str(out), "-q", "--only", "base"]
    assert main([*words, "--set", "models.base.years=[2011, 2012]"]) == 5
    assert "error:" in capsys.readouterr().err
    script = (out / "models.do").read_text(encoding="utf-8")
    assert "ccd could not estimate it" in script and "reghdfe D treat_pilot" in script


def test_the_script_that_r_ran_is_still_the_script(tmp_path):
    """tests/reference/exported.json holds what R printed of this code; change both by exported.R."""
    out = tmp_path / "out"
    path = ROOT / "tests" / "reference" / "exported.toml"
    assert main(["export", str(path), "--code", "r", "-o", str(out), "-q"]) == 0
    stored = (ROOT / "tests" / "reference" / "exported_code.R").read_text(encoding="utf-8")
    assert code_lines((out / "models.R").read_text(encoding="utf-8")) == code_lines(stored)


def test_models_of_two_chinese_names_have_weights_of_their_own():
    from types import SimpleNamespace

    from ccd.errors import DataError
    from ccd.export.weights import matrix_file

    def prepare(*_: object) -> None:
        raise DataError("none", where="", fix="")  # type: ignore[arg-type]

    models = [SimpleNamespace(name=name, x=(), prepare=prepare) for name in ("基准", "稳健", "base")]
    names = [matrix_file(one, SimpleNamespace(panel=None))[0] for one in models]  # type: ignore[arg-type]
    assert len(set(names)) == 3
    assert all(name.isascii() for name in names)
    assert names[2] == "weights_base.csv"
