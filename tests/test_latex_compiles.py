"""The tables as a LaTeX document takes them: two lines in the preamble, plain S columns, compiled where xelatex is."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from ccd.report.latex import SETUP, render_latex
from ccd.report.table import Bracket, Count, Estimated, Number, PValue, Row, Table, Word, heads
from ccd.report.views.base import Context
from ccd.words import text

TABLE = Table(
    "models",
    text("Effects on {what}", what="D & <C>"),
    ("l", "d", "d"),
    (heads(["", "(1)", "outcome in 100 % of #1"]),),
    (
        Row((Word("new_area"), Estimated(0.0025, 0.8), Estimated(-1.20471, 0.001))),
        Row((Word(""), Bracket(0.0108), Bracket(0.2003))),
        Row((Word("p"), PValue(0.0001), PValue(0.25)), rule=True),
        Row((Word("N"), Count(338), Count(12345))),
        Row((Word("small"), Number(2.3e-7), Number(float("nan")))),
    ),
    (text("Errors in parentheses; {sign}", sign="a_b ~ 5 %"),),
)


def test_the_columns_are_plain_and_their_setting_is_said_once() -> None:
    shown = render_latex(TABLE, Context())
    assert r"\begin{tabular}{lSS}" in shown
    assert [line[2:] for line in shown.splitlines()[:2]] == [*SETUP]
    assert shown.count("input-open-uncertainty") == 1


@pytest.mark.skipif(
    not (shutil.which("xelatex") and shutil.which("pdftotext")), reason="there is no xelatex here"
)
def test_xelatex_takes_a_table_as_it_is(tmp_path: Path) -> None:
    lines = [r"\documentclass{article}", *SETUP, r"\begin{document}", render_latex(TABLE, Context())]
    (tmp_path / "a.tex").write_text("\n".join([*lines, r"\end{document}"]), encoding="utf-8")
    command = ["xelatex", "-interaction=nonstopmode", "-halt-on-error", "a.tex"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=120)
    if "not found" in done.stdout and ".sty" in done.stdout:
        pytest.skip("this LaTeX lacks a package")
    assert done.returncode == 0, done.stdout[-2000:]
    shown = subprocess.run(
        ["pdftotext", "-layout", "a.pdf", "-"], cwd=tmp_path, capture_output=True, text=True, check=True
    ).stdout.replace("\N{MINUS SIGN}", "-")
    rows = [line.split() for line in shown.splitlines()]
    assert ["new_area", "0.0025", "-1.2047∗∗∗"] in [[w.replace("*", "∗") for w in row] for row in rows]
    assert ["(0.0108)", "(0.2003)"] in rows
    assert ["N", "338", "12345"] in rows
