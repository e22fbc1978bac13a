"""Names that mean something elsewhere stay names: in every format, on the terminal, in packages; paths stay inside."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
import subprocess
import zipfile
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pandas as pd
import pytest

import ccd
from ccd.cells.names import as_text
from ccd.cli import main
from ccd.plain import guarded, unguarded
from ccd.words import visible
from tests import hostile
from tests.cli.house import tree

FORMATS = ("csv", "tex", "html", "docx", "xlsx", "md", "dta", "parquet", "appendix")
NAMES = {as_text(region) for region in hostile.REGIONS}
#: As every report shows them: without bells and marks that turn the order of words round.
SHOWN = {visible(name) for name in NAMES}
FORMULA = re.compile("'*[=+\\-@\t\r\n＝＋－＠]")
NUMBER = re.compile(r"[+-]?\d+(\.\d*)?([eE][+-]?\d+)?%?")


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """Return a folder with the hostile study, its result in every format and its package, and nothing else."""
    above = tmp_path_factory.mktemp("hostile")
    folder = above / "home"
    folder.mkdir()
    study = hostile.write(folder, FORMATS, ("svg",))
    assert main(["run", str(study), "-o", str(folder / "out"), "-q"]) == 0
    assert main(["pack", str(folder / "out"), "--study", str(study)]) == 0
    assert sorted(path.name for path in folder.iterdir()) == ["d.csv", "out", "out.zip", "study.toml"]
    assert [path.name for path in above.iterdir()] == ["home"]
    return folder


def files(home: Path, ending: str) -> dict[str, bytes]:
    found = {name: raw for name, raw in tree(home / "out").items() if name.endswith(ending)}
    assert found
    return found


def test_every_file_lies_below_the_result_under_a_plain_name(home):
    names = list(tree(home / "out"))
    assert all(re.fullmatch(r"[\w./=-]+", name) and ".." not in name for name in names)
    assert [name for name in names if re.fullmatch(r"describe/by_policy_=pilot_x__[0-9a-f]{8}\.csv", name)]


def test_a_spreadsheet_finds_no_formula_in_a_csv_file(home):
    for name, raw in files(home, ".csv").items():
        for row in csv.reader(io.StringIO(raw.decode("utf-8-sig"), newline="")):
            risky = [
                c
                for c in row
                if len(c) > 1 and c[0] in "=+-@\t\r\n＝＋－＠" and not NUMBER.fullmatch(c.rstrip("*"))
            ]
            assert not risky, name


def test_a_result_reads_back_with_the_names_of_the_data(home):
    found = ccd.load(home / "out").frame("coupling/coupling")
    assert set(found[hostile.REGION]) == NAMES
    scores = ccd.load(home / "out").frame("index/scores")
    assert list(scores.columns) == [hostile.REGION, "year", hostile.ONE, hostile.TWO]
    assert main(["verify", str(home / "out")]) == 0


@pytest.mark.parametrize(
    "words",
    ["=1", "'=1", "''=1", "'", "''", "'a", "=", "'=", "+", "-", "-1", "-1e5", "-1_0", "@x", "a=1", "", "＝1"],
)
def test_a_guarded_cell_is_read_back_as_it_was(words):
    cell = guarded(words)
    assert unguarded(cell) == words
    assert len(cell) < 2 or NUMBER.fullmatch(cell) or not FORMULA.match(cell) or cell[0] == "'"


def test_a_comparison_names_rows_as_the_data_do(home, tmp_path, capsys):
    other = tmp_path / "other"
    assert main(["run", str(home / "study.toml"), "-o", str(other), "-q", "--set", "output.formats=[]",
                 "--set", "output.figures=[]", "--set", "index.weights=equal"]) == 0  # fmt: skip
    capsys.readouterr()
    assert main(["compare", str(home / "out"), str(other), "--json"]) == 6
    moved = json.loads(capsys.readouterr().out)
    assert "=1+1 2011" in json.dumps(moved)
    report = tmp_path / "junit.xml"
    assert main(["compare", str(home / "out"), str(other), "--junit", str(report), "-v"]) == 6
    assert all(visible(line) == line for line in capsys.readouterr().out.splitlines())
    said = "".join(ElementTree.fromstring(report.read_text(encoding="utf-8")).itertext())
    assert hostile.ALERT in said


def test_a_workbook_holds_words_and_numbers_and_no_formula(home):
    from openpyxl import load_workbook

    raw = (home / "out/tables.xlsx").read_bytes()
    with zipfile.ZipFile(io.BytesIO(raw)) as book:
        sheets = [book.read(name) for name in book.namelist() if name.startswith("xl/worksheets/")]
    assert not [sheet for sheet in sheets if re.search(rb"<f[ >]|<hyperlink", sheet)]
    book = load_workbook(io.BytesIO(raw))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert {cell.data_type for cell in cells} <= {"s", "n", "b"}
    assert {"=1+1", "@SUM(A1)", hostile.ALERT} <= {cell.value for cell in cells}


class Page(HTMLParser):
    """Collects tags, attributes and words."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.words: list[str] = []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]

    def handle_data(self, data):
        self.words.append(data)


def parsed(source: str) -> Page:
    page = Page()
    page.feed(source)
    page.close()
    return page


def harmless(page: Page) -> bool:
    led = [value for name, value in page.attributes if name in ("href", "src")]
    return not [name for name, _ in page.attributes if name.startswith("on")] and not [
        value
        for value in led
        if not value.startswith(("#", "data:image/svg+xml;base64,", "https://doi.org/"))
    ]


def test_the_page_shows_names_and_runs_none(home):
    page = parsed((home / "out/report.html").read_text(encoding="utf-8"))
    assert page.tags.count("script") == 1
    assert harmless(page)
    words = "".join(page.words)
    for name in (hostile.ALERT, hostile.IMAGE, "{{7*7}}{% raw %}", "$x$ and $y_", hostile.INPUT):
        assert name in words, name
    assert visible(hostile.TITLE) in words


def test_notebooks_show_names_and_run_none(home):
    done = ccd.run(home / "study.toml", keys={"output.formats": ["csv"], "output.figures": []})
    for shown in (done._repr_html_(), ccd.load(home / "out")._repr_html_()):
        page = parsed(shown)
        assert harmless(page)
        assert not {"script", "img", "b"} & set(page.tags)


#: Every command that our LaTeX is made of.
OURS = """
    appendix arabic begin bfseries bibitem bottomrule caption center centering clearpage cmidrule date documentclass end
    endfirsthead endfoot endgroup endhead begingroup footnotesize includegraphics infty input item label linewidth
    maketitle midrule multicolumn newpage noindent par renewcommand section setcounter setlength shortstack sisetup
    small tabcolsep tabularnewline textasciicircum textasciitilde textbackslash textbar textendash textgreater
    textheight textless textsuperscript thefigure thetable times title toprule usepackage
"""


def test_latex_holds_no_command_of_the_data(home):
    for name, raw in files(home, ".tex").items():
        source = raw.decode("utf-8")
        source = re.sub(r"\\[&%$#_{}\\]", " ", source.replace(r"\textbackslash{}", " "))
        assert set(re.findall(r"\\([A-Za-z]+)", source)) <= set(OURS.split()), name
        assert not re.search(r"\\[^A-Za-z]", source), name
        assert all(path.startswith("tables/") for path in re.findall(r"\\input\{(.*?)\}", source))
        assert "^" not in source, name
        assert not [
            line for line in source.splitlines() if "$" in re.sub(r"\$\\(times|infty)\$", "", line)
        ], name


@pytest.mark.slow
@pytest.mark.skipif(
    not (shutil.which("xelatex") and shutil.which("pdftotext")), reason="there is no xelatex here"
)
def test_the_appendix_compiles_and_prints_the_names(home, tmp_path):
    shutil.copytree(home / "out", tmp_path / "out")
    command = ["xelatex", "-interaction=nonstopmode", "-halt-on-error", "-no-shell-escape", "appendix.tex"]
    done = subprocess.run(command, cwd=tmp_path / "out", capture_output=True, check=False, timeout=300)
    said = done.stdout.decode("utf-8", "replace")
    if "not found" in said and ".sty" in said:
        pytest.skip("this LaTeX lacks a package")
    assert done.returncode == 0, said[-2000:]
    printed = subprocess.run(
        ["pdftotext", "appendix.pdf", "-"], cwd=tmp_path / "out", capture_output=True, text=True, check=True
    ).stdout
    assert "root:" not in printed
    assert "@SUM(A1)" in printed


def test_markdown_holds_no_link_no_code_and_no_html(home):
    for name, raw in files(home, ".md").items():
        for line in raw.decode("utf-8").replace("<br>", " ").splitlines():
            left = re.sub(r"\\.", "", line)
            assert not re.search(r"[<>`\[\]$]", left), name


def test_word_shows_names_and_holds_fields_of_ours_alone(home):
    from docx import Document

    for name, raw in files(home, ".docx").items():
        with zipfile.ZipFile(io.BytesIO(raw)) as held:
            parts = {part: held.read(part) for part in held.namelist()}
        for part in (p for p in parts if p.endswith((".xml", ".rels"))):
            ElementTree.fromstring(parts[part])
        codes = re.findall(rb"<w:instrText[^>]*>(.*?)</w:instrText>", parts["word/document.xml"])
        assert all(re.fullmatch(rb" (SEQ|REF|TOC|PAGE)\b[^=<{]* ?", code) for code in codes), name
        assert b"TargetMode" not in parts.get("word/_rels/document.xml.rels", b"")
    document = Document(str(home / "out/report.docx"))
    words = {cell.text for table in document.tables for row in table.rows for cell in row.cells}
    assert hostile.ALERT in "".join(words)


def test_figures_show_dollar_signs_and_hold_no_script(home):
    for raw in files(home, ".svg").values():
        root = ElementTree.fromstring(raw)
        assert not [e for e in root.iter() if e.tag.endswith(("}script", "}a", "}foreignObject"))]
        led = [value for e in root.iter() for name, value in e.attrib.items() if name.endswith("href")]
        assert all(
            value.startswith(("#", "data:image/png;base64,")) for value in led
        )  # colour bars are pixels


def test_files_of_the_panel_hold_the_names(home):
    assert set(pd.read_parquet(home / "out/panel.parquet")[hostile.REGION]) == NAMES
    stata = pd.read_stata(home / "out/panel.dta")
    assert set(stata.iloc[:, 0]) == NAMES


def test_the_readme_of_a_package_holds_no_html_and_no_link(home):
    with zipfile.ZipFile(home / "out.zip") as archive:
        assert all(name.startswith("out/") and ".." not in name for name in archive.namelist())
        readme = re.sub(r"\\.", "", archive.read("out/README.md").decode("utf-8"))
    assert "<script" not in readme
    assert not re.search(r"\]\(", readme)
    assert readme.count("\n# ") == 0, "the title alone is a heading of the first order"


def test_check_prints_what_can_be_seen(home, capsys):
    assert main(["check", str(home / "study.toml")]) == 0
    shown = capsys.readouterr()
    assert all(visible(line) == line for line in (shown.out + shown.err).splitlines())


@pytest.mark.parametrize(
    "name", ["../x", "a/../../x", "/tmp/x", "a\\..\\x", "C:/x", "a/x\x00y", "other/x", "..", "a/\nx"]
)
def test_a_package_that_leads_elsewhere_is_refused(name, home, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    with zipfile.ZipFile(home / "out.zip") as old, zipfile.ZipFile("p.zip", "w") as new:
        for one in old.namelist():
            new.writestr(one, old.read(one))
        entry = zipfile.ZipInfo("x")
        entry.filename = name
        new.writestr(entry, b"mine")
    before = tree(tmp_path.parent)
    for argv in (["verify", "p.zip", "--rerun"], ["verify", "p.zip"]):
        assert main(argv) == 4
        assert "this is not a replication package" in capsys.readouterr().err
    assert tree(tmp_path.parent) == before


SAID = {
    "a study elsewhere": ({"study": "../../study.toml"}, "this is not a replication package"),
    "files elsewhere": ({"files": {"../x": "0"}}, "this is not a replication package"),
    "files as a list": ({"files": []}, "this is not a replication package"),
    "no command": ({"command": None}, "this is not a replication package"),
    "a command of words": ({"command": "ccd run x"}, "this is not a replication package"),
    "another command": ({"command": ["ccd", "rm", "x"]}, "not repeated: ccd rm"),
    "data elsewhere": (
        {"command": ["ccd", "run", "study.toml", "--set", "data.path=../../../d.csv"]},
        "outside of it",
    ),
}


@pytest.mark.parametrize("said", SAID)
def test_a_package_that_says_what_it_must_not_is_refused(said, home, tmp_path, capsys):
    changes, what = SAID[said]
    package = tmp_path / "p.zip"
    with zipfile.ZipFile(home / "out.zip") as old, zipfile.ZipFile(package, "w") as new:
        for one in old.namelist():
            raw = old.read(one)
            new.writestr(one, json.dumps(json.loads(raw) | changes) if one.endswith("package.json") else raw)
    assert main(["verify", str(package), "--rerun", "-q"]) == 4
    assert what in capsys.readouterr().err
