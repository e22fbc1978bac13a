"""Slips of TOML in their own words; errors, help and completion in the language of the study or of CCD_LANG."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from house import STUDY, data, write

from ccd.cli import main
from ccd.language import spoken

ROOT = Path(__file__).parents[2]
SLIPS = {
    "a Chinese key": ('[data]\n地区 = "a"', "the key 地区 wants quotes", 'write "地区"'),
    "a Chinese section": ("[subsystems.技术]", "the key 技术 wants quotes", 'write "技术"'),
    "a Chinese key inside": ('[data]\nlabels = { 产值 = "x" }', "the key 产值 wants quotes", '"产值"'),
    "full-width quotes": ("[data]\npath = “d.csv”", "“ is not a quote of TOML", "plain quotes"),
    "full-width equals": ('[data]\npath ＝ "d.csv"', "＝ is a full-width mark", "write ="),
    "full-width comma": ("[data]\nyears = [2011，2012]", "， is a full-width mark", "write ,"),
    "a Windows path": ('[data]\npath = "C:\\Users\\d.csv"', "a backslash in double quotes", "single quotes"),
    "another slip": ("[data]\npath = d.csv", "what follows = is no value", "text in quotes"),
}


@pytest.mark.parametrize(("toml", "what", "fix"), SLIPS.values(), ids=SLIPS)
def test_slips_of_toml_get_their_own_words(tmp_path, capsys, toml, what, fix):
    path = tmp_path / "study.toml"
    path.write_text(f'title = "“耦合”，"\n{toml}\n', encoding="utf-8")
    assert main(("check", str(path))) == 3
    lines = capsys.readouterr().err.splitlines()
    assert what in lines[0]
    assert "line " in lines[1]
    assert fix in lines[2]


def test_a_path_whose_backslashes_are_tabs_says_so(tmp_path, capsys):
    write(tmp_path, STUDY.replace('"d.csv"', '"C:\\new\\table.csv"'), data())
    assert main(("check", str(tmp_path / "study.toml"))) == 4
    assert "fix: a backslash in double quotes is no part of a path" in capsys.readouterr().err


def test_an_empty_study_and_a_model_that_is_not_there(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    top = STUDY[: STUDY.index("[subsystems.one]")]
    write(tmp_path, top, data())
    for command in ("check", "run"):
        assert main((command, "study.toml")) == 3
        assert "error: the study computes nothing" in capsys.readouterr().err
    write(tmp_path, STUDY[: STUDY.index("[[models]]")] + "[output]\nfigures = []\n", data())
    assert main(("check", "study.toml", "--only", "base")) == 2
    assert "fix: the study has no models" in capsys.readouterr().err


def test_errors_speak_the_language_of_the_study(tmp_path, capsys, monkeypatch):
    write(tmp_path, STUDY.replace("title", 'language = "zh"\ntitle'), data().replace("p,2012", "p,去年"))
    study = str(tmp_path / "study.toml")
    assert main(("check", study)) == 4
    assert capsys.readouterr().err.splitlines() == [
        "错误：“去年”不是年份",
        "位置：d.csv，第 3 行，year 列",
        "改法：年份写作 2011；删去表尾说明，或用 [data] skip_footer = N 跳过 N 行",
    ]
    monkeypatch.setenv("CCD_LANG", "en")
    assert main(("check", study)) == 4
    assert capsys.readouterr().err.startswith("error: '去年' is not a year")


def test_the_language_is_found_before_the_study_is_read(tmp_path, monkeypatch):
    monkeypatch.delenv("CCD_LANG", raising=False)
    (tmp_path / "base.toml").write_text('language = "zh"\n[broken\n', encoding="utf-8")
    (tmp_path / "over.toml").write_text('extends = "base.toml"\n[x]\nlanguage = "en"\n', encoding="utf-8")
    assert spoken(["run", str(tmp_path / "base.toml")]) == "zh"
    assert spoken(["run", str(tmp_path / "over.toml")]) == "zh"
    assert spoken(["run", str(tmp_path / "over.toml"), "--set", "language=en"]) == "en"
    assert spoken(["run", "none.toml"]) == "en"
    monkeypatch.setenv("CCD_LANG", "zh_CN.UTF-8")
    assert spoken([]) == "zh"


def said(*words, **env):
    done = subprocess.run(
        [sys.executable, "-m", "ccd", *words], cwd=ROOT, capture_output=True, encoding="utf-8", check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8", **env},
    )  # fmt: skip
    return done.stdout


def test_help_follows_ccd_lang():
    assert "运行整个研究" in said("run", "--help", CCD_LANG="zh")
    assert "Run a whole study" in said("run", "--help", CCD_LANG="en")


def test_the_shell_completes_commands():
    env = {"_CCD_COMPLETE": "complete_bash", "COMP_WORDS": "ccd ex", "COMP_CWORD": "1"}
    assert said(**env).split() == ["explain", "export"]
