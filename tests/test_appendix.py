"""`formats = ["appendix"]`: one LaTeX document of all tables and figures, in English and Chinese."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from ccd.cli import main
from ccd.report.latex import LONG, render_latex
from ccd.report.table import Number, Row, Table, Word, heads
from ccd.report.views.base import Context
from ccd.words import text
from tests.cli.house import STUDY, replaced, write

ROOT = Path(__file__).parents[1]
LANGUAGES = ("en", "zh")


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """Return the folder of a small study by language, labels full of what LaTeX reads as commands."""
    folder = tmp_path_factory.mktemp("appendix")
    found = {}
    for language in LANGUAGES:
        (folder / language).mkdir()
        changes = {
            'title = "Small"': f'title = "Small & \\\\input{{x}} 100 %"\nlanguage = "{language}"',
            'formats = ["csv"]\nfigures = []': 'formats = ["appendix"]\nfigures = ["svg"]',
        }
        study = write(folder / language, replaced(STUDY, changes))
        found[language] = folder / language / "out"
        assert main(["run", str(study), "-o", str(found[language]), "-q"]) == 0
    return found


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_file_that_it_takes_is_there_and_every_file_is_taken(written, language):
    out = written[language]
    lines = (out / "appendix.tex").read_text(encoding="utf-8")
    tables = set(re.findall(r"\\input\{(tables/[^}]+)\}", lines))
    figures = set(re.findall(r"\\includegraphics\[[^]]*\]\{(figures/[^}]+)\}", lines))
    assert tables == {p.relative_to(out).as_posix() for p in (out / "tables").glob("*.tex")}
    assert figures == {p.relative_to(out).as_posix() for p in (out / "figures").glob("*.pdf")}
    assert tables and figures
    assert (out / "references.bib").is_file()
    assert ("ctexart" in lines) == (language == "zh")
    assert r"\input{x}" not in lines


@pytest.mark.skipif(
    not (shutil.which("xelatex") and shutil.which("pdftotext")), reason="there is no xelatex here"
)
@pytest.mark.parametrize(("language", "number"), [("en", "Table A1"), ("zh", "表 A1")])
def test_it_compiles_as_it_is(written, language, number):
    out = written[language]
    command = ["xelatex", "-interaction=nonstopmode", "-halt-on-error", "appendix.tex"]
    done = subprocess.run(command, cwd=out, capture_output=True, text=True, check=False, timeout=200)
    lacks = re.search(r"(File `.*' not found|font .* cannot be found)", done.stdout)
    if done.returncode and lacks:
        pytest.skip("this LaTeX lacks a package or a font")
    assert done.returncode == 0, done.stdout[-2000:]
    shown = subprocess.run(
        ["pdftotext", "-layout", "appendix.pdf", "-"], cwd=out, capture_output=True, text=True, check=True
    )
    assert number.replace(" ", "") in shown.stdout.replace(" ", "")
    assert "100%" in shown.stdout.replace(" ", "")


def test_a_long_table_breaks_over_pages():
    rows = tuple(Row((Word(f"r{j}"), Number(j / 7))) for j in range(LONG + 1))
    table = Table("long", text("A title"), ("l", "d"), (heads(["Region", "D"]),), rows, (text("A note"),))
    made = render_latex(table, Context())
    assert made.count(r"\begin{longtable}") == 1
    assert made.count("Region &") == 2  # once on the first page, once on the others
    assert r"\label{tab:long}" in made and "A note" in made
    assert "threeparttable}" not in made.replace(made.splitlines()[0], "")


def test_the_paths_of_the_page_are_those_of_a_result(written):
    page = (ROOT / "docs" / "appendix.md").read_text(encoding="utf-8")
    named = set(re.findall(r"results/new_areas/([\w/]+)\.(\w+)", page))
    assert {folder.split("/")[0] for folder, _ in named} == {"tables", "figures", "models"}
    assert (written["en"] / "models" / "base" / "terms.csv").is_file()
    assert (written["en"] / "figures" / "base_event_study.pdf").is_file()
