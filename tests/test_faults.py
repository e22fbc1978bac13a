"""Every fault that a user can meet is a sentence with its Chinese: the source is walked, and faults are met."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from ccd.cli import main
from ccd.words import chinese

SOURCES = sorted((Path(__file__).parents[1] / "ccd").rglob("*.py"))
#: What makes a fault: class or function -> the arguments, by place, that are sentences.
MAKES = {
    "UsageError": (0,),
    "StudyError": (0,),
    "DataError": (0,),
    "EstimationError": (0,),
    "MachineError": (0,),
    "SpecError": (0,),
    "ConditionError": (0,),
    "fault": (0, 2),
    "fail": (0, 1),
}
#: Files whose ValueErrors tell who calls a function how to call it; no study and no data lead there.
OF_PROGRAMMERS = {
    "ccd/describe/diagnostics/levin_lin_chu.py",
    "ccd/unit_roots.py",
    "ccd/estimate/linear/counterfactual.py",
    "ccd/estimate/linear/ols.py",
    "ccd/estimate/matching/smoothing.py",
    "ccd/index/weights.py",
    "ccd/panel.py",
    "ccd/report/table.py",
    "ccd/results/estimate.py",
}


def plain(value: ast.expr) -> bool:
    """Tell whether an expression is a sentence without Chinese: a string of letters, an f-string, or made of them."""
    if isinstance(value, ast.Constant):
        return isinstance(value.value, str) and bool(re.search("[A-Za-z]", value.value))
    if isinstance(value, ast.IfExp):
        return plain(value.body) or plain(value.orelse)
    if isinstance(value, ast.BinOp):
        return plain(value.left) or plain(value.right)
    return isinstance(value, ast.JoinedStr)


def bare(value: ast.expr) -> bool:
    """Tell whether a place holds names alone, no words."""
    literal = value.value if isinstance(value, ast.Constant) else ""
    return isinstance(literal, str) and (" " not in literal or literal.startswith("ccd "))


def english_alone(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Yield line and source of every sentence of a fault that is not ``text(...)``."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        if name not in MAKES:
            continue
        told = [node.args[k] for k in MAKES[name] if k < len(node.args)]
        told += [word.value for word in node.keywords if word.arg in ("what", "fix")]
        yield from ((value.lineno, ast.unparse(value)) for value in told if plain(value))
        places = [word.value for word in node.keywords if word.arg == "where"]
        yield from ((one.lineno, ast.unparse(one)) for one in places if plain(one) and not bare(one))


def test_every_fault_is_a_sentence_with_its_chinese():
    found = {
        path.relative_to(SOURCES[0].parents[1]).as_posix(): list(
            english_alone(ast.parse(path.read_text(encoding="utf-8")))
        )
        for path in SOURCES
    }
    assert not {path: told for path, told in found.items() if told}


def test_a_sentence_in_english_alone_is_found():
    source = 'raise DataError(f"no {x}", where="study, y", fix="add it" if x else text("leave it out"))'
    assert [words for _, words in english_alone(ast.parse(source))] == [
        "f'no {x}'", "'add it' if x else text('leave it out')", "'study, y'"]  # fmt: skip


def test_value_errors_of_english_alone_are_those_of_programmers():
    found = set()
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
                made = node.exc
                if getattr(made.func, "id", "") == "ValueError" and made.args and plain(made.args[0]):
                    found.add(path.relative_to(SOURCES[0].parents[1]).as_posix())
    assert found == OF_PROGRAMMERS


STUDY = """
[data]
path = "d.csv"
entity = "region"
time = "year"
"""
ROWS = "region,year,x,y,z,g\n" + "".join(
    f"{region},{year},{k + year % 3},{(k * year) % 7},{k},{'a' if k < 2 else 'b'}\n"
    for k, region in enumerate(("P", "Q", "R", "S"))
    for year in range(2010, 2016)
)
SYSTEMS = '\n[subsystems.one]\nx = "+"\n[subsystems.two]\ny = "+"\n'
PANEL = '\n[[models]]\nname = "m"\nkind = "panel"\noutcome = "D"\n'
DID = '\n[[models]]\nname = "m"\nkind = "did"\nestimator = "twfe"\noutcome = "D"\npolicy = "p"\n'
WEIGHTS = '\n[weights.w]\nkind = "contiguity"\n[space]\nvariables = ["D"]\nweights = "w"\n'
#: What is wrong -> a study of it.
MET = {
    "no model": STUDY,
    "one subsystem": STUDY + '\n[subsystems.one]\nx = "+"\n',
    "an unknown key": STUDY + '\n[index]\nweigths = "critic"\n',
    "no choice": STUDY + SYSTEMS + '\n[index]\nscale = "max"\n',
    "a number in words": STUDY + SYSTEMS + '\n[index]\nshift = "1"\n',
    "out of range": "seed = -1\n" + STUDY + SYSTEMS,
    "no whole number": "seed = 1.5\n" + STUDY + SYSTEMS,
    "too long a list": STUDY + "years = [2010, 2012, 2014]\n" + SYSTEMS,
    "too short a list": STUDY + "years = [2010]\n" + SYSTEMS,
    "nothing in a list": STUDY + SYSTEMS + PANEL + "x = []\n",
    "an infinite number": STUDY + SYSTEMS + "\n[index]\nshift = inf\n",
    "keys that exclude each other": STUDY + SYSTEMS + '\n[index]\nscale = "rank"\nlock = "l.json"\n',
    "no policy": STUDY + SYSTEMS + DID,
    "a policy the registry lacks": STUDY + SYSTEMS + '\n[policies.p]\nregistry = "moon"\n',
    "no region the registry knows": STUDY + SYSTEMS + '\n[policies.p]\nregistry = "ftz"\n',
    "neighbours of no policy": STUDY + SYSTEMS + '\n[policies.p]\nneighbours_of = "q"\n',
    "two models of a name": STUDY + SYSTEMS + 2 * (PANEL + 'controls = ["z"]\n'),
    "a condition": STUDY + SYSTEMS + PANEL + 'controls = ["x"]\nwhere = "year => 2012"\n',
    "a column that the effects swallow": STUDY + SYSTEMS + PANEL + 'estimator = "fixed"\ncontrols = ["z"]\n',
    "the outcome as a control": STUDY + SYSTEMS + PANEL + 'estimator = "fixed"\ncontrols = ["D"]\n',
    "no group to compare": STUDY + SYSTEMS + '\n[diagnostics]\nvariables = ["x", "y"]\nby = "h"\n',
    "no neighbours": STUDY + SYSTEMS + WEIGHTS,
    "too few regions": STUDY + SYSTEMS + "\n[describe]\nvariables = [\"D\"]\nforecast = { holdout = 4 }\n",
    "not TOML": STUDY + "years = 2010年\n",
}  # fmt: skip
#: English words that no Chinese line may hold.
ENGLISH = re.compile(
    r"\b(the|is|are|of|it|not|no|write|name|there|leave|must|should|add|take|input|value error|unknown|missing|here"
    r"|valid|least|items?|finite)\b",
    re.I,
)


@pytest.mark.parametrize("fault", MET)
def test_what_a_user_meets_is_chinese(fault, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CCD_LANG", "zh")
    Path("d.csv").write_text(ROWS, encoding="utf-8")
    Path("s.toml").write_text(MET[fault], encoding="utf-8")
    assert main(["run", "s.toml", "--out", "out"]) != 0
    lines = [line for line in capsys.readouterr().err.splitlines() if not line.startswith("[")]
    assert lines and len(lines) % 3 == 0
    assert {line[:3] for line in lines} == {"错误：", "位置：", "改法："}
    for line in lines:
        assert not ENGLISH.search(re.sub(r"此处的键：.*|“[^”]*”|'[^']*'|\"[^\"]*\"", "", line)), line


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["run"], "缺少“STUDY”"),
        (["rum"], "没有命令“rum”"),
        (["run", "s.toml", "--seeed", "1"], "没有选项 --seeed"),
        (["run", "s.toml", "--seed", "x"], "--seed 须为整数"),
        (["run", "s.toml", "--seed", "-1"], "--seed 须不小于 0"),
        (["run", "s.toml", "--seed"], "--seed 需要取值"),
        (["run", "a.toml", "b.toml"], "多余的参数：b.toml"),
        (["explain"], "既没有研究文件，也没有 --keys"),
        (["check", "no.toml"], "没有这个研究文件"),
    ],
)
def test_the_shells_own_words_are_chinese(words, told, monkeypatch, capsys):
    monkeypatch.setenv("CCD_LANG", "zh")
    assert main(words) != 0
    assert capsys.readouterr().err.splitlines()[0] == f"错误：{told}"


def test_no_chinese_of_a_fault_is_empty():
    assert all(words.strip() for words in chinese().values())
