"""The catalogue of errors: each is three lines with its exit code, and what it leaves behind."""

from __future__ import annotations

import csv
import html
import io
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import pandas as pd
import pytest
from house import STUDY, cell, column, data, replaced, tree, write

from ccd.cli import main

USAGE, STUDY_FILE, DATA, ESTIMATION, INTERRUPTED = 2, 3, 4, 5, 130
ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Fault:
    """What is broken, and what the user must read: in the first, second and third line."""

    code: int
    what: str
    at: str
    fix: str
    study: dict[str, str] = field(default_factory=dict)
    data: dict[str, str] = field(default_factory=dict)
    table: str | None = None
    argv: tuple[str, ...] = ("run", "study.toml", "-o", "out")
    before: Callable[[], object] | None = None


def study(what: str, at: str, fix: str, **changes: str) -> Fault:
    """Return a fault of the study file; ``old`` becomes ``new``."""
    return Fault(STUDY_FILE, what, at, fix, study={changes["old"]: changes["new"]})


def path(name: str, make: Callable[[], object], what: str, fix: str) -> Fault:
    """Return a fault of a data file of another kind."""
    return Fault(DATA, what, name, fix, study={"d.csv": name}, before=make)


def raw(name: str, content: bytes) -> Callable[[], object]:
    return lambda: Path(name).write_bytes(content)


def two_sheets() -> None:
    with pd.ExcelWriter("d.xlsx") as book:
        pd.DataFrame({"x": [1]}).to_excel(book, sheet_name="one", index=False)
        pd.DataFrame({"x": [1]}).to_excel(book, sheet_name="two", index=False)


def foreign() -> None:
    Path("out").mkdir()
    Path("out/thesis.docx").write_bytes(b"mine")


DRAFT = ("init", "d.csv", "-o", "new.toml")
FAULTS: dict[str, Fault] = {
    # the command line
    "no such command": Fault(USAGE, "there is no command 'rum'", "ccd", "see ccd --help", argv=("rum",)),
    "no such option": Fault(
        USAGE, "there is no option --sead", "ccd run", "see ccd run --help", argv=("run", "study.toml", "--sead", "1")
    ),
    "option without value": Fault(
        USAGE, "--seed needs a value", "ccd", "--help", argv=("run", "study.toml", "--seed")
    ),
    "seed is not a number": Fault(
        USAGE, "--seed is a whole number", "ccd run", "--help", argv=("run", "study.toml", "--seed", "x")
    ),
    "no jobs": Fault(USAGE, "--jobs is 1 or more", "ccd run", "--help", argv=("run", "study.toml", "--jobs", "0")),
    "no study named": Fault(USAGE, "'STUDY' is missing", "ccd run", "--help", argv=("run",)),
    "set without value": Fault(
        USAGE, "'index.weights' is not KEY=VALUE", "--set", "index.weights=critic",
        argv=("run", "study.toml", "--set", "index.weights"),
    ),
    "only an unknown model": Fault(
        USAGE, "no model 'bass'", "--only", "did you mean 'base'?",
        argv=("run", "study.toml", "--only", "bass"),
    ),
    "estimate without models": Fault(
        USAGE, "no models", "study.toml", "[[models]]",
        study={STUDY[STUDY.index("[[models]]") : STUDY.index("[output]")]: ""},
        argv=("estimate", "study.toml"),
    ),
    "couple without subsystems": Fault(
        USAGE, "no subsystems", "study.toml", "[subsystems]",
        study={
            STUDY[STUDY.index("[subsystems.one]") : STUDY.index("[policies")]: "",
            'outcome = "D"': 'outcome = "a"',
        },
        argv=("couple", "study.toml"),
    ),
    # the output folder
    "output is a file": Fault(
        USAGE, "the output folder is a file", "out", "-o", before=raw("out", b"mine")
    ),
    "output is not ours": Fault(
        USAGE, "did not write: thesis.docx", "out", "--force", before=foreign
    ),
    "output cannot be written": Fault(
        USAGE, "nothing can be written here", "out", "-o",
        argv=("run", "study.toml", "-o", "out/below"), before=raw("out", b"mine"),
    ),
    "output has too long a name": Fault(
        USAGE, "nothing can be written here", "x" * 300, "-o", argv=("run", "study.toml", "-o", "x" * 300)
    ),
    "lock that cannot be written": Fault(
        USAGE, "nothing can be written here", "d.csv/lock", "-o",
        argv=("index", "study.toml", "-o", "out", "--lock", "d.csv/lock"),
    ),
    "policy without a panel": Fault(
        USAGE, "ask for a panel", "ccd policies", "--panel provinces", argv=("policies", "--policy", "ftz")
    ),
    "output holds the study": Fault(
        USAGE, "holds study.toml itself", ".", "-o", argv=("run", "study.toml", "-o", ".", "--force")
    ),
    "verify what is no result": Fault(
        DATA, "no manifest.json", "nothing", "folder that ccd run wrote", argv=("verify", "nothing")
    ),
    # the study file
    "no study": Fault(STUDY_FILE, "no such study file", "stdy.toml", "did you mean 'study.toml'?",
        argv=("run", "stdy.toml")),
    "study is a folder": Fault(STUDY_FILE, "cannot be read", "sub", "file",
        argv=("run", "sub"), before=lambda: Path("sub").mkdir()),
    "study is not UTF-8": Fault(STUDY_FILE, "cannot be read", "gb.toml", "UTF-8",
        argv=("run", "gb.toml"), before=raw("gb.toml", 'title = "耦合"'.encode("gbk"))),
    "not TOML": study("not valid TOML", "study.toml, line 2", "square brackets", old="[data]", new="[data"),
    "extends nothing": study("no such study file", "base.toml", "check the path",
        old="title", new='extends = "base.toml"\ntitle'),
    "extends itself": study("in a circle", "study.toml", "remove one",
        old="title", new='extends = "study.toml"\ntitle'),
    "extends a number": study("3 is not text", "study.toml, extends", "file name",
        old="title", new="extends = 3\ntitle"),
    "misspelt key": study("unknown key 'entty'", "data.entty", "did you mean 'entity'?",
        old='entity = "region"', new='entity = "region"\nentty = "region"'),
    "misspelt section": study("unknown key 'polices'", "polices", "did you mean 'policies'?",
        old="[policies.pilot]", new="[polices.pilot]"),
    "missing key": study("'time' is missing", "data.time", "add", old='time = "year"\n', new=""),
    "wrong kind": study("2011 is not text", "data.time", "quotes", old='time = "year"', new="time = 2011"),
    "wrong choice": study("'entropi' is not a choice", "index.weights", "did you mean 'entropy'?",
        old="[policies", new='[index]\nweights = "entropi"\n[policies'),
    "wrong direction": study("'*' is not a choice", "subsystems.one.a", "one of '+', '-'",
        old='a = "+"', new='a = "*"'),
    "years are not two": study("too short", "data.years", "write 2 values", old="[subsystems.one]",
        new="years = [2011]\n[subsystems.one]"),
    "seed is negative": study("-1", "seed", "0", old="title", new="seed = -1\ntitle"),
    "no such kind": study("no kind of model 'didd'", "models.base", "did you mean 'did'?",
        old='kind = "did"', new='kind = "didd"'),
    "no kind": study("'kind' is missing", "models.base", "add kind", old='kind = "did"\n', new=""),
    "no such estimator": study("did has no estimator 'twf'", "models.base", "did you mean 'twfe'?", old='kind = "did"',
        new='kind = "did"\nestimator = "twf"'),
    "a key of another model": study("unknown key 'match_on'", "models.base.match_on", "keys here",
        old='kind = "did"', new='kind = "did"\nmatch_on = ["x"]'),
    "a misspelt key of a model": study("unknown key 'controlls'", "models.base.controlls",
        "did you mean 'controls'?", old="controls", new="controlls"),
    "a model's name with a slash": study("'a/b'", "models.a/b.name", "letters", old='"base"', new='"a/b"'),
    "a model's name that leads out": study("'..'", "models....name", "letters", old='"base"', new='".."'),
    "a model without a name": study("'name' is missing", "models.1.name", "add",
        old='name = "base"\n', new=""),
    "two models of one name": study("two models are named 'base'", "models", "its own name",
        old="[output]", new='[[models]]\nname = "base"\nkind = "did"\npolicy = "pilot"\n[output]'),
    "two models that differ in case": study("two models are named 'base'", "models", "its own name",
        old="[output]", new='[[models]]\nname = "Base"\nkind = "did"\npolicy = "pilot"\n[output]'),
    "the outcome as a control": study("the outcome 'D' is a control too", "models.base.controls", "leave it out",
        old='["x"]', new='["x", "D"]'),
    "the policy as a control": study("the policy 'pilot' is a control too", "models.base.controls", "leave it out",
        old='["x"]', new='["pilot"]'),
    "no such policy": study("no policy 'pilt'", "models.base.policy", "did you mean 'pilot'?",
        old='policy = "pilot"', new='policy = "pilt"'),
    "no such policy in the registry": study("no policy 'new_aera'", "policies.pilot", "new_area",
        old='column = "start"', new='registry = "new_aera"'),
    "two sources of a policy": study("name one of registry, column", "policies.pilot", "column = 'start', registry",
        old='column = "start"', new='column = "start"\nregistry = "new_area"'),
    "one subsystem": study("one subsystem alone", "subsystems", "two",
        old='[subsystems.two]\nc = "+"\nd = "+"\n', new=""),
    "an empty subsystem": study("'two' has no indicators", "subsystems.two", "list",
        old='c = "+"\nd = "+"\n', new=""),
    "a reserved name": study("'D' is reserved", "subsystems.D", "another name",
        old="[subsystems.two]", new="[subsystems.D]"),
    "an indicator twice": study("'a' stands in 'one' and in 'two'", "subsystems.two", "keep it in one",
        old='c = "+"', new='a = "+"'),
    "two operations": study("exactly one of log, log1p", "transforms.z", "log = 'a', lag = 'b'", old="[policies",
        new='[transforms]\nz = { log = "a", lag = "b" }\n[policies'),
    "a check of an unknown key": study("unknown key 'wieghts'", "robustness 'r', index.wieghts",
        "did you mean 'weights'?", old="[output]",
        new='[[robustness]]\nmodel = "base"\nchecks.r = { "index.wieghts" = "cv" }\n[output]'),
    "a check of an unknown model": study("no model 'bass'", "robustness", "did you mean 'base'?", old="[output]",
        new='[[robustness]]\nmodel = "bass"\nchecks.r = { "index.weights" = "cv" }\n[output]'),
    "a set key that is not there": Fault(STUDY_FILE, "unknown key 'wieghts'", "index.wieghts",
        "did you mean 'weights'?", argv=("run", "study.toml", "--set", "index.wieghts=critic")),
    "a set key of no model": Fault(STUDY_FILE, "no 'bass'", "models.bass.controls", "did you mean 'base'?",
        argv=("run", "study.toml", "--set", "models.bass.controls=[]")),
    # the data file
    "no data file": path("e.csv", lambda: None, "no such file", "d.csv"),
    "data is a folder": path("sub.csv", lambda: Path("sub.csv").mkdir(), "a folder", "data file"),
    "unknown kind": path("d.sav", raw("d.sav", b"x"), "'.sav'", "csv"),
    "empty file": path("e.csv", raw("e.csv", b""), "empty", "saved"),
    "a quote never closed": path("e.csv", raw("e.csv", data().replace("p,2012", '"p,2012').encode() + b"x\n" * 70_000),
        "cannot be told apart", "quotes"),
    "a header never closed": path("e.csv", raw("e.csv", b'"region,year' + b"x" * 140_000),
        "cannot be told apart", "quotes"),
    "header alone": path("e.csv", raw("e.csv", b"region,year,a,b,c,d,x\n"), "no rows", "saved"),
    "no encoding": path("e.csv", raw("e.csv", b"region\n\xff\xff\n"), "neither UTF-8 nor GB18030", "UTF-8"),
    "half of utf-16": path("e.csv", raw("e.csv", data().encode("utf-16")[:-1]), "UTF-16", "UTF-8"),
    "another delimiter": path(
        "e.csv", raw("e.csv", data().replace(",", "!").encode()), "no column 'region'", "columns are"
    ),
    "a row too long": Fault(DATA, "a row has 10 cells where the header has 9", "row 2", "delimiter",
        data=cell(2, "zone", "n,extra")),
    "no workbook": path("d.xlsx", raw("d.xlsx", b"x"), "not an xlsx workbook", "xlsx"),
    "several sheets": path("d.xlsx", two_sheets, "2 sheets hold data", "one, two"),
    "no Stata file": path("d.dta", raw("d.dta", b"x" * 99), "not a Stata file", "Stata"),
    "no parquet": path("d.parquet", raw("d.parquet", b"x"), "not a parquet file", "write it again"),
    # its columns
    "no column": Fault(DATA, "no column 'yaer'", "d.csv, header", "did you mean 'year'?",
        study={'time = "year"': 'time = "yaer"'}),
    "no indicator": Fault(DATA, "no column 'aa'", "d.csv, header", "columns are",
        study={'a = "+"': 'aa = "+"'}),
    "no control": Fault(DATA, "no column 'xx'", "d.csv, header", "columns are",
        study={'controls = ["x"]': 'controls = ["xx"]'}),
    "no control, nearly a transform": Fault(DATA, "no column 'ln_aa'", "d.csv, header",
        "did you mean 'ln_a'?",
        study={'["x"]': '["ln_aa"]', "[policies": '[transforms]\nln_a = { log = "a" }\n[policies'}),
    "no cluster": Fault(DATA, "no column 'zoen'", "d.csv", "did you mean 'zone'?",
        study={'controls = ["x"]': 'cluster = "zoen"'}),
    "a column twice": Fault(DATA, "'a' stands more than once", "columns 3, 4", "rename",
        data={"year,a,b": "year,a,a"}),
    "a control of text": Fault(DATA, "'n' is not a number (text)", "row 2, column zone", "write a number",
        study={'["x"]': '["zone"]'}),
    "a taken name": Fault(DATA, "'x' is already a column", "[transforms] x", "another name",
        study={"[policies": '[transforms]\nx = { log = "a" }\n[policies'}),
    "a subsystem named as a column": Fault(DATA, "'x' is a subsystem of the study and a column", "d.csv, column x",
        "another name", study={"[subsystems.two]": "[subsystems.x]"}),
    "no logarithm": Fault(DATA, "0 has no logarithm", "column a, p 2011", "zeros",
        study={"[policies": '[transforms]\nz = { log = "a" }\n[policies'}, data=cell(2, "a", "0")),
    "a lag of nothing": Fault(DATA, "no column 'aa'", "d.csv, header", "did you mean 'a'?",
        study={"[policies": '[transforms]\nz = { lag = "aa" }\n[policies'}),
    # its rows
    "a region-year twice": Fault(DATA, "p 2011 stands in 2 rows", "rows 2, 3", "one row",
        data=cell(3, "year", "2011")),
    "no region": Fault(DATA, "region is empty", "row 4, column region", "remark", data=cell(4, "region", "")),
    "no year": Fault(DATA, "an empty cell is not a year", "row 4, column year", "2011",
        data=cell(4, "year", "")),
    "a year of text": Fault(DATA, "'2013年初' is not a year", "row 4, column year", "2011",
        data=cell(4, "year", "2013年初")),
    "a month": Fault(DATA, "'201301' is not a year", "row 4, column year", "2011",
        data=cell(4, "year", "201301")),
    "one region": Fault(DATA, "one region only", "d.csv", "two regions",
        study={'time = "year"': 'time = "year"\nexclude = ["q","r","s","t","u","v","w"]'}),
    "one year": Fault(DATA, "one year only", "d.csv", "two years",
        study={'time = "year"': 'time = "year"\nyears = [2012, 2012]'}),
    "years outside": Fault(DATA, "2010 to 2016 are not all in the data", "column year", "2011 to 2016",
        study={'time = "year"': 'time = "year"\nyears = [2010, 2016]'}),
    "excluded but absent": Fault(DATA, "'pp' is excluded but not in the data", "column region", "exclude",
        study={'time = "year"': 'time = "year"\nexclude = ["pp"]'}),
    # its cells
    "a cell of text": Fault(DATA, "'none given' is not a number (text)", "row 4, column a", "number",
        data=cell(4, "a", "none given")),
    "a unit": Fault(DATA, "'12万' is not a number (a unit)", "row 4, column a", "same unit",
        data=cell(4, "a", "12万")),
    "a percent sign": Fault(DATA, "'12%' is not a number (a percent sign)", "row 4, column c", "alone",
        data=cell(4, "c", "12%")),
    "a thousands separator": Fault(DATA, "'0,200' is not a number", "row 4, column x", "separators",
        data=cell(4, "x", '"0,200"')),
    "a dash": Fault(DATA, "'—' is not a number (a marker)", "row 4, column a", 'missing = ["—"]',
        data=cell(4, "a", "—")),
    "two dots": Fault(DATA, "'..' is not a number (a marker)", "row 4, column a", 'missing = [".."]',
        data=cell(4, "a", "..")),
    "NA": Fault(DATA, "'NA' is not a number (a marker)", "row 4, column a", 'missing = ["NA"]',
        data=cell(4, "a", "NA")),
    "infinite": Fault(DATA, "'inf' is not a number (an infinite value)", "row 4, column a", "zero",
        data=cell(4, "a", "inf")),
    "many faulty cells": Fault(DATA, "'..'", "and 43 more cells", "missing", table=column("a", "..")),
    "a missing indicator": Fault(DATA, "missing", "column a: p 2013", "impute", data=cell(4, "a", "")),
    "a constant indicator": Fault(DATA, "constant", "a", "leave", table=column("a", "3")),
    "an all-zero indicator": Fault(DATA, "zero", "a", "leave", table=column("a", "0")),
    # its policies
    "a dummy for a cohort": Fault(DATA, "varies within p", "column start", "0/1 column",
        table=column("start", "{t}")),
    "a cohort that is no year": Fault(DATA, "3 is not a year", "column start, p", "first treated year",
        table=column("start", "3")),
    "a cohort of text": Fault(DATA, "'never' is not a year", "column start, p 2011", "blank",
        table=column("start", "never")),
    "no cohort column": Fault(DATA, "no column 'strat'", "d.csv, header", "did you mean 'start'?",
        study={'"start"': '"strat"'}),
    "places unknown to the registry": Fault(DATA, "no region is known to the registry", "column region",
        "six-digit codes", study={'column = "start"': 'registry = "new_area"'}),
    # a draft
    "draft over a study": Fault(USAGE, "the study file exists", "study.toml", "--force",
        argv=("init", "d.csv", "-o", "study.toml")),
    "draft without years": Fault(DATA, "no column holds years", "d.csv", "one row per region and year",
        table=column("year", "early"), argv=DRAFT),
    "draft without regions": Fault(DATA, "no column names the regions", "d.csv", "repeated rows",
        table=column("region", "p"), argv=DRAFT),
    "draft of a table with a remark": Fault(DATA, "an empty cell is not a year", "row 49, column year",
        "delete rows of remarks", data={"w,2016": "Source: NBS,,,,,,,,\nw,2016"}, argv=DRAFT),
    "draft of a table with a row twice": Fault(DATA, "q 2013 stands in 2 rows", "rows 10, 11", "one row",
        data={"q,2014": "q,2013"}, argv=DRAFT),
    "draft of nothing": Fault(DATA, "no such file", "e.csv", "d.csv", argv=("init", "e.csv")),
}  # fmt: skip


#: Models that cannot be estimated: the rest of the study is written all the same.
LOST: dict[str, Fault] = {
    "nobody is treated": Fault(ESTIMATION, "no region is treated by 'pilot'", "model 'base'", "policy",
        table=column("start", "")),
    "treated outside the sample": Fault(ESTIMATION, "no region is treated by 'pilot' between 2012 and 2016",
        "model 'base'", "policy", table=column("start", "2020")),
    "everybody always treated": Fault(ESTIMATION, "every region is treated by 'pilot' in every year",
        "model 'base'", "begins before", table=column("start", "2011")),
    "everybody treated at once": Fault(ESTIMATION, "from 2013 on", "model 'base'",
        "not everywhere", table=column("start", "2013")),
    "an absorbed control": Fault(ESTIMATION, "x: no variation is left", "model 'base'", "leave it out",
        table=column("x", "{i}")),
    "a control of years": Fault(ESTIMATION, "x: no variation is left", "model 'base'", "leave it out",
        table=column("x", "{t}")),
    "collinear controls": Fault(ESTIMATION, "collinear", "model 'base'", "leave it out",
        table=column("zone", "2"),
        study={'["x"]': '["x", "z"]', "[policies": '[transforms]\nz = { ratio = ["x", "zone"] }\n[policies'}),
    "a subset of nothing": Fault(ESTIMATION, "column 'zone' has no value 'e'", "model 'base', subset", "values are",
        study={'["x"]': '["x"]\nsubset = { zone = ["e"] }'}),
}  # fmt: skip


def said(err: str) -> list[str]:
    """Return the lines on stderr but for those of the steps."""
    return [line for line in err.splitlines() if not line.startswith("[")]


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_a_fault_is_three_lines_and_leaves_nothing(fault, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    write(tmp_path, replaced(STUDY, fault.study), fault.table or replaced(data(), fault.data))
    if fault.before is not None:
        fault.before()
    before = tree(tmp_path)
    code = main(fault.argv)
    shown = capsys.readouterr()
    assert code == fault.code, shown.err
    assert shown.out == ""
    lines = said(shown.err)
    assert len(lines) == 3, shown.err
    for line, head, part in zip(
        lines, ("error: ", "at: ", "fix: "), (fault.what, fault.at, fault.fix), strict=True
    ):
        assert line.startswith(head)
        assert part in line
    assert tree(tmp_path) == before


@pytest.mark.parametrize("fault", LOST.values(), ids=LOST)
def test_a_model_that_cannot_be_estimated_is_named_and_the_rest_is_written(
    fault, tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    pages = {'["csv"]': '["csv", "md", "html"]', **fault.study}
    write(tmp_path, replaced(STUDY, pages), fault.table or replaced(data(), fault.data))
    assert main(["run", "study.toml", "-o", "out", "-q"]) == ESTIMATION
    shown = capsys.readouterr()
    assert shown.out == ""
    for line, head, part in zip(
        said(shown.err), ("error: ", "at: ", "fix: "), (fault.what, fault.at, fault.fix), strict=True
    ):
        assert line.startswith(head)
        assert part in line
    written = tree(tmp_path / "out")
    assert {"index/scores.csv", "coupling/coupling.csv", "describe/summary.csv"} <= set(written)
    assert not [name for name in written if name.startswith("models/")]
    what = said(shown.err)[0].removeprefix("error: ")
    note = f"base cannot be estimated: {what}"
    assert f"base: {note}" in json.loads(written["manifest.json"])["warnings"]
    table = written["tables/models_did.csv"].decode("utf-8-sig").splitlines()
    assert "Estimate,–" in table
    assert note in written["tables/models_did.md"].decode("utf-8")
    assert note in html.unescape(written["report.html"].decode("utf-8"))
    assert main(["verify", "out"]) == 0


def test_every_fault_of_a_study_is_told_at_once(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    wrong = {
        'time = "year"': "time = 2011\nyaers = [2011, 2012]",
        '"+"\n[policies': '"up"\n[policies',
        '"base"': '"a/b"',
        "controls": "contrls",
        'policy = "pilot"': 'policy = "pilt"',
    }
    write(tmp_path, replaced(STUDY, wrong))
    assert main(["check", "study.toml"]) == STUDY_FILE
    shown = said(capsys.readouterr().err)
    assert shown[0::3] == [
        "error: 2011 is not text in quotes",
        "error: unknown key 'yaers'",
        "error: 'up' is not a choice",
        "error: 'a/b' is not a plain name",
        "error: unknown key 'contrls'",
        "error: there is no policy 'pilt'",
    ]
    assert [line.startswith("at: study.toml, ") for line in shown[1::3]] == [True] * 6
    assert [line.startswith("fix: ") for line in shown[2::3]] == [True] * 6


def test_parquet_without_pyarrow_names_the_extra(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    write(tmp_path, replaced(STUDY, {"d.csv": "d.parquet"}))
    Path("d.parquet").write_bytes(b"x")
    assert main(["check", "study.toml"]) == DATA
    assert 'fix: install the extra: pip install "ccd-econ[parquet]"' in capsys.readouterr().err


def test_a_file_that_may_not_be_read_is_named(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    write(tmp_path)

    def refused(self: Path) -> bytes:
        raise PermissionError(13, "Permission denied", str(self))

    monkeypatch.setattr(Path, "read_bytes", refused)
    assert main(["check", "study.toml"]) == DATA
    assert said(capsys.readouterr().err) == [
        "error: the file cannot be read",
        "at: d.csv",
        "fix: check it (Permission denied)",
    ]


def test_a_full_disk_leaves_nothing(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    write(tmp_path)
    before = tree(tmp_path)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("ccd.manifest.write_manifest", full)
    assert main(["run", "study.toml", "-o", "out"]) == USAGE
    assert "\n".join(said(capsys.readouterr().err)).startswith(
        "error: nothing can be written here: No space left on device"
    )
    assert tree(tmp_path) == before


def test_a_failing_model_leaves_the_others_as_they_are_alone_and_in_processes(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    second = '[[models]]\nname = "b2"\nkind = "did"\npolicy = "pilot"\ncontrols = ["start"]\n[output]'
    write(tmp_path, replaced(STUDY, {"[output]": second}))
    assert main(["run", "study.toml", "-o", "two", "--jobs", "2"]) == ESTIMATION
    told = capsys.readouterr()
    assert main(["run", "study.toml", "-o", "one"]) == ESTIMATION
    shown = capsys.readouterr()
    assert said(told.err) == said(shown.err)
    assert len(said(shown.err)) == 3
    assert shown.out.splitlines()[1].split()[:3] == ["base", "pilot", "D"]
    one, two = tree(tmp_path / "one"), tree(tmp_path / "two")
    assert {**one, "manifest.json": b""} == {**two, "manifest.json": b""}
    table = list(csv.reader(io.StringIO(one["tables/models_did.csv"].decode("utf-8-sig"))))
    effect = next(row for row in table if row[0] == "pilot")
    assert effect[1].startswith(("0.", "-0."))
    assert effect[2] == "–"
    write(tmp_path)
    assert main(["run", "study.toml", "-o", "alone", "-q"]) == 0
    kept = {name: raw for name, raw in tree(tmp_path / "alone").items() if name.startswith("models/")}
    assert kept == {name: raw for name, raw in one.items() if name.startswith("models/")}


def test_a_check_without_an_answer_leaves_its_model_and_is_named(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    write(tmp_path, replaced(STUDY, {'["x"]': '["x"]\nheterogeneity = "zone"'}), column("zone", "n"))
    assert main(["run", "study.toml", "-o", "out"]) == ESTIMATION
    shown = capsys.readouterr()
    assert shown.out.splitlines()[1].split()[:3] == ["base", "pilot", "D"]
    what, where, fix = said(shown.err)
    assert what.startswith("error: Heterogeneity could not be computed: 'zone' has one value in all regions")
    assert where == "at: model 'base'"
    assert fix == "fix: turn this check off, or mend what it asks for"
    written = tree(tmp_path / "out")
    summary = json.loads(written["models/base/summary.json"])
    assert summary["failed"] == [what.removeprefix("error: ")]
    warnings = json.loads(written["manifest.json"])["warnings"]
    assert [line for line in warnings if "Heterogeneity" in line] == [f"base: {summary['failed'][0]}"]


def test_json_names_what_failed(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    write(tmp_path, STUDY, column("start", ""))
    assert main(["estimate", "study.toml", "--json"]) == ESTIMATION
    told = json.loads(capsys.readouterr().out)
    assert told["models"] == {}
    assert told["failures"]["base"]["error"].startswith("no region is treated by 'pilot'")


def test_a_variation_that_cannot_be_estimated_is_named_too(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    checks = '[[robustness]]\nmodel = "base"\nname = "r"\n[robustness.checks]\n'
    checks += '"early" = { "model.years" = [2011, 2012] }\n"lone" = { "index.fit_years" = [1990, 1991] }\n'
    checks += '"plain" = { "model.controls" = [] }\n[output]'
    write(tmp_path, replaced(STUDY, {"[output]": checks}))
    assert main(["run", "study.toml", "-o", "out", "-q"]) == ESTIMATION
    shown = said(capsys.readouterr().err)
    assert [line.partition(",")[0] for line in shown[1::3]] == [
        "at: robustness 'early'",
        "at: robustness 'lone'",
    ]
    rows = list(csv.DictReader(io.StringIO(tree(tmp_path / "out")["comparisons/r.csv"].decode("utf-8"))))
    assert [bool(row["estimate"]) for row in rows] == [True, False, False, True]
    assert main(["check", "study.toml"]) == DATA, "what can be foreseen is: no such years"
    assert "1990" in capsys.readouterr().err


def test_check_foresees_columns_and_values_of_models_and_variations(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    wrong = {
        "no column 'zoen'": 'cluster = "zoen"',
        "no column 'zne'": 'heterogeneity = "zne"',
        "no column 'zon'": 'fixed_effects = ["zon x year"]',
        "no column 'zonn'": 'leave_out = "zonn"',
        "no column 'sone'": 'subset = { sone = ["n"] }',
        "no value 'e'": 'subset = { zone = ["e"] }',
        "no region 'z' to drop": 'drop = ["z"]',
    }
    for what, key in wrong.items():
        write(tmp_path, replaced(STUDY, {'["x"]': f'["x"]\n{key}'}))
        assert main(["check", "study.toml"]) == DATA, key
        assert what in capsys.readouterr().err
        name, _, value = key.partition(" = ")
        varied = f'[[robustness]]\nmodel = "base"\nchecks.r = {{ "model.{name}" = {value} }}\n[output]'
        if name not in ("leave_out", "heterogeneity"):
            write(tmp_path, replaced(STUDY, {"[output]": varied}))
            assert main(["check", "study.toml"]) == DATA, key
            assert what in capsys.readouterr().err


def test_a_policy_among_what_is_matched_on_is_refused(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    matched = {'kind = "did"': 'kind = "psm-did"\nmatch_on = ["pilot", "x"]', 'controls = ["x"]': ""}
    write(tmp_path, replaced(STUDY, matched))
    assert main(["check", "study.toml"]) == STUDY_FILE
    assert "the policy 'pilot' is adjusted for too" in capsys.readouterr().err


def ccd(*argv: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the program itself."""
    return subprocess.run(
        [sys.executable, "-m", "ccd", *argv],
        cwd=folder, capture_output=True, text=True, encoding="utf-8", check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8", **environment},
    )  # fmt: skip


CODES = {
    0: ({}, ("check", "study.toml")),
    USAGE: ({}, ("run", "study.toml", "--jobs", "none")),
    STUDY_FILE: ({"entity": "entty"}, ("run", "study.toml")),
    DATA: ({"d.csv": "e.csv"}, ("run", "study.toml")),
    ESTIMATION: ({'controls = ["x"]': 'controls = ["start"]'}, ("run", "study.toml")),
}


@pytest.mark.parametrize("code", CODES)
def test_the_program_itself_exits_with_the_code(code, tmp_path):
    changes, argv = CODES[code]
    write(tmp_path, replaced(STUDY, changes))
    before = tree(tmp_path)
    done = ccd(*argv, folder=tmp_path)
    assert done.returncode == code, done.stderr
    assert ("error:" in done.stderr) == bool(code)
    assert bool(done.stdout) == (code in (0, ESTIMATION))
    assert "Traceback" not in done.stderr
    assert (tree(tmp_path) == before) == (code != ESTIMATION)


def test_a_bug_shows_its_traceback_and_exits_with_one(tmp_path):
    write(tmp_path)
    broken = (
        "import sys, ccd.pipeline.runs as p; p.table_of = None; from ccd.cli import main; sys.exit(main())"
    )
    done = subprocess.run(
        [sys.executable, "-c", broken, "run", "study.toml"],
        cwd=tmp_path, capture_output=True, text=True, check=False, env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert done.returncode == 1
    assert "Traceback" in done.stderr
    assert sorted(tree(tmp_path)) == ["d.csv", "study.toml"]


@pytest.mark.skipif(sys.platform == "win32", reason="named pipes and SIGINT as Unix has them")
def test_ctrl_c_exits_with_130_and_leaves_nothing(tmp_path):
    write(tmp_path)
    pipe = tmp_path / "d.csv"
    pipe.unlink()
    os.mkfifo(pipe)
    running = subprocess.Popen(
        [sys.executable, "-m", "ccd", "run", "study.toml"],
        cwd=tmp_path, stderr=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": str(ROOT)},
        preexec_fn=partial(signal.signal, signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509 - a background shell ignores it
    )  # fmt: skip
    with pipe.open("wb"):  # waits until the program reads its data
        running.send_signal(signal.SIGINT)
        _, shown = running.communicate(timeout=60)
    assert running.returncode == INTERRUPTED
    assert shown.strip() == "interrupted; nothing was written"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["d.csv", "study.toml"]


def test_ctrl_c_while_writing_leaves_the_earlier_result(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    write(tmp_path)
    assert main(["run", "study.toml", "-o", "out", "-q"]) == 0
    before = tree(tmp_path)

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("ccd.manifest.write_manifest", interrupted)
    assert main(["run", "study.toml", "-o", "out", "--set", "seed=3"]) == INTERRUPTED
    assert "\n".join(said(capsys.readouterr().err)) == "interrupted; nothing was written"
    assert tree(tmp_path) == before


def chinese_study(folder: Path) -> None:
    changes = {'title = "Small"': 'title = "耦合 ²·✓"\nlanguage = "zh"', '"region"': '"地区"'}
    write(folder, replaced(STUDY, changes), replaced(data(), {"region": "地区", "p,20": "²é,20"}))


COMMANDS = (("--help",), ("policies",), ("data",), ("check", "study.toml"), ("run", "study.toml", "-v"))


@pytest.mark.parametrize("encoding", ["gbk", "ascii", "cp1252"])
@pytest.mark.parametrize("argv", [*COMMANDS, ("run", "study.toml", "--json"), ("check", "stdy²地.toml")])
def test_no_console_breaks_the_program(encoding, argv, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    chinese_study(tmp_path)
    streams = {name: io.TextIOWrapper(io.BytesIO(), encoding=encoding) for name in ("stdout", "stderr")}
    for name, stream in streams.items():
        monkeypatch.setattr(sys, name, stream)
    code = main(argv)
    for stream in streams.values():
        stream.flush()
    out, err = (streams[name].buffer.getvalue().decode(encoding) for name in ("stdout", "stderr"))
    assert code == (STUDY_FILE if "²" in argv[-1] else 0), err
    assert err.startswith("error: there is no such study") if code else out
    if "--json" in argv:
        assert json.loads(out)["models"]["base"]["terms"][0]["term"] == "pilot"


def test_a_gbk_console_in_a_process_of_its_own(tmp_path):
    chinese_study(tmp_path)
    done = subprocess.run(
        [sys.executable, "-m", "ccd", "check", "study.toml"],
        cwd=tmp_path, capture_output=True, check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "gbk"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr.decode("gbk")
    assert done.stdout.decode("gbk").startswith("耦合 ?·?\n") or done.stdout.decode("gbk").startswith("耦合")
