"""The page: one loop over parts, equal in both languages, drawn the same on every run; tests/browser looks at it."""

from __future__ import annotations

import csv
import hashlib
import html
import io
import re
import shutil
import subprocess
import sys
import warnings
from dataclasses import replace
from importlib.metadata import version
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from packaging.version import Version

from ccd.bundled import bundled_rows
from ccd.errors import StudyError
from ccd.pipeline import table_of
from ccd.report import figures
from ccd.report.delimited import render_csv
from ccd.report.errors import CLUSTERED, is_detail
from ccd.report.figures import Fonts, drawing, find_fonts, render
from ccd.report.html import render_page
from ccd.report.labels import Labels, is_latin
from ccd.report.latex import SETUP, render_latex
from ccd.report.models import in_parts, models_table
from ccd.report.page import NO_CHINESE, Composer, Page, compose
from ccd.report.style import OutputSpec, Style
from ccd.report.tiles import COLUMNS, ROWS, TILES, provinces
from ccd.report.views import VIEWS
from ccd.report.views.base import Context
from ccd.report.views.scores import place
from ccd.report.write import write_report
from ccd.results import ByYear, Part, Ranking, Results, ResultsTable
from ccd.study import load_study
from ccd.vary.run import evaluate
from tests.test_report_tables import from_html, from_latex, from_markdown, shown_cells

CONFIGS = Path(__file__).parents[1] / "configs"
LATIN = Fonts(("DejaVu Sans",), chinese=False)


def results_of(name: str) -> Results:
    file = load_study(CONFIGS / name, ("data.years=[2016, 2023]",), None)
    return evaluate(file, table_of(file))


@pytest.fixture(scope="module")
def english() -> Results:
    return results_of("new_areas.toml")


@pytest.fixture(scope="module")
def chinese() -> Results:
    return results_of("new_areas_zh.toml")


@pytest.fixture(scope="module")
def page(english) -> Page:
    return compose(english, Style(), find_fonts(), ("svg",))


@pytest.fixture(scope="module")
def page_zh(chinese) -> Page:
    return compose(chinese, Style(), find_fonts(chinese=True), ("svg",))


def test_the_page_asks_finds_shows_and_numbers_everything_once(page):
    keys = [section.key for section in page.sections]
    assert keys[:6] == ["asked", "found", "data", "index", "coupling", "results"]  # as a paper shows them
    assert "baseline" in keys
    tables = [block.table_number for block in page.blocks() if block.table]
    drawn = [block.figure_number for block in page.blocks() if block.images]
    assert tables == list(range(1, len(tables) + 1))
    assert drawn == list(range(1, len(drawn) + 1))
    names = [block.name for block in page.blocks()]
    assert len(names) == len(set(names))
    assert {"baseline", "summary", "weights", "by_year", "grades", "baseline_terms"} <= set(names)


def test_findings_are_sentences_with_the_numbers_of_the_results(page, english):
    found = " ".join(page.ctx.say(s) for section in page.sections[:2] for s in section.sentences)
    row = english.estimates["baseline"].term("new_area")
    assert f"{row.estimate:.4f}" in found
    by_year = next(part.value for part in english.describe if isinstance(part.value, ByYear))
    assert f"{by_year.degrees['D'][-1]:.3f} in 2023" in found
    assert not re.search(r"[{}]|nan", found)


def test_both_languages_show_the_same_numbers(page, page_zh):
    def cells(shown: Page) -> list[str]:
        rows = (row for block in shown.blocks() if block.table for row in block.table.rows)
        printed = (shown.ctx.show(cell) for row in rows for cell in row.cells)
        return [words for words in printed if re.fullmatch(r"[(\[]?-?\d.*", words) and "-20" not in words]

    assert cells(page) == cells(page_zh)
    assert len(cells(page)) > 300


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_table_of_the_page_prints_the_same_cells_in_every_format(language, page, page_zh):
    for block in {"en": page, "zh": page_zh}[language].blocks():
        if block.table is None:
            continue
        wanted = shown_cells(block.table, block.ctx)
        rows = list(csv.reader(io.StringIO(render_csv(block.table, block.ctx))))
        assert rows[len(block.table.head) :] == wanted
        assert from_latex(block.table, block.ctx) == wanted
        assert from_html(block.table, block.ctx) == wanted
        assert from_markdown(block.table, block.ctx) == wanted


def test_a_chinese_page_says_nothing_in_english(page_zh):
    words = render_page(page_zh, "")
    body = re.sub(r"<pre hidden.*?</pre>|<(style|script)>.*?</\1>|data:image[^\"]*", "", words, flags=re.S)
    body = re.sub(r'<ul class="references">.*?</ul>|<p class="formula".*?</p>', "", body, flags=re.S)
    body = re.sub(r"\w+\.csv|fit_years", "", body)  # names of files and keys are the same in every language
    body = html.unescape(re.sub(r"<[^>]+>", " ", body))
    # a machine without a Chinese font says which key of the study names one
    assert not set(re.findall(r"[A-Za-z]{5,}", body)) - {"LaTeX", "verify", "Bacon", "output"}


def test_every_shape_that_is_shown_has_a_caption_in_both_languages(page, page_zh):
    for shown in (page, page_zh):
        for block in shown.blocks():
            if block.images:
                caption = shown.ctx.say(block.caption)
                assert "{" not in caption
                assert is_latin(caption) == (shown is page)


def test_views_leave_their_parts_alone(english):
    maker = Composer(english, Style(), find_fonts(), ())
    for part in (*english.describe, *english.index.parts, *english.coupling.parts):
        before = part.frame.copy()
        maker.block(part, maker.ctx)
        pd.testing.assert_frame_equal(part.frame, before)


def test_a_long_study_shows_some_regions_and_still_all_in_the_files(english):
    rng = np.random.default_rng(0)
    cities = tuple(f"c{i:03d}" for i in range(280))
    first, last = rng.random(280), np.sort(rng.random(280))[::-1]
    rank = np.arange(1.0, 281)
    part = Part(Ranking(cities, (first + last) / 2, first, last, last - first, rank, 2001, 2002, "city"))
    axes = VIEWS["ranking"].figure(part, Context()).axes[0]
    named = [label.get_text() for label in axes.get_yticklabels()]
    assert named == [*cities[:20], *cities[-20:]]
    drawn = {line.get_label(): line.get_xdata() for line in axes.get_lines()}
    np.testing.assert_array_equal(drawn["2002"], np.r_[last[:20], last[-20:]])
    said = str(VIEWS["ranking"].sentences(part, Context())[0])
    assert said == f"In 2002 D was highest in c000 ({last[0]:.3f}) and lowest in c279 ({last[-1]:.3f})."
    table = VIEWS["ranking"].table(part, Context())
    assert [table.rows[k].cells[1].word for k in (0, 49, 50, 99)] == ["c000", "c049", "c230", "c279"]
    assert str(table.notes[-1]) == "The first and the last 50 of 280 rows; ranking.csv holds all"


def test_maps_are_drawn_for_provinces_alone(english, page):
    names = {block.name for block in page.blocks() if block.images}
    assert {"coupling_map", "coupling_bottleneck_map", "scores"} <= names
    found = english.coupling.parts[0].value
    part = Part(replace(found, entity=tuple(f"{name} city" for name in found.entity)))
    assert [extra.figure(part, Context()) for extra in VIEWS["coupling"].more] == [None, None]


def test_tiles_are_the_31_provinces_each_in_its_own_place():
    rows = {row["adcode"]: row for row in bundled_rows("regions.csv")}
    assert set(TILES) == set(rows)
    assert len({(tile.column, tile.row) for tile in TILES.values()}) == 31
    assert all(0 <= tile.column < COLUMNS and 0 <= tile.row < ROWS for tile in TILES.values())
    assert len({tile.zh for tile in TILES.values()}) == len({tile.en for tile in TILES.values()}) == 31
    assert TILES["110000"].zh == "京"
    pairs = [(row["adcode_a"], row["adcode_b"]) for row in bundled_rows("adjacency.csv")]
    near = [max(abs(TILES[a].column - TILES[b].column), abs(TILES[a].row - TILES[b].row)) for a, b in pairs]
    assert sum(gap <= 1 for gap in near) / len(near) > 0.75


def test_provinces_are_known_by_any_of_their_names():
    names = [row["short_zh"] for row in bundled_rows("regions.csv")]
    assert provinces(names)["北京"] == "110000"
    assert provinces(iter(["Beijing", "上海市", "120000", *names[3:]])) is not None
    assert provinces(["Beijing", "Atlantis"]) is None
    assert provinces(names[:5]) is None


def test_the_triangle_puts_pure_and_equal_shares_where_they_belong():
    at = place(np.array([[0.4, 0, 0], [0, 0.2, 0], [0, 0, 1], [0.3, 0.3, 0.3], [0, 0, 0]]))
    np.testing.assert_allclose(at[:4], [[0, 0], [1, 0], [0.5, 3**0.5 / 2], [0.5, 3**0.5 / 6]], atol=1e-12)
    assert np.isnan(at[4]).all()


class TestModels:
    def wanted(self, **options):
        return ResultsTable("t", ("fixed_effects", "baseline"), "Baseline", (), options)

    def cells(self, table):
        ctx = Context()
        return [[ctx.show(cell) for cell in row.cells] for row in table.rows]

    def test_focus_first_then_controls_then_effects_then_sample(self, english):
        rows = self.cells(models_table(self.wanted(), english, Context()))
        assert [row[0] for row in rows if row[0]] == [
            "new_area", "urban_rate", "fisc_exp_gdp", "Region effects", "Year effects",
            "Observations", "Regions", "Treated regions", "Within R²", "Mean of the outcome",
        ]  # fmt: skip
        assert rows[2] == ["urban_rate", "", rows[2][2]]

    def test_controls_fold_into_one_row(self, english):
        rows = self.cells(models_table(self.wanted(show_controls=False), english, Context()))
        assert ["Controls", "no", "yes"] in rows
        assert "urban_rate" not in {row[0] for row in rows}

    def test_notes_name_their_columns_unless_they_hold_for_all(self, english):
        notes = [str(note) for note in models_table(self.wanted(), english, Context()).notes]
        assert notes[0] == "Standard errors clustered by region in parentheses"
        assert any(note.startswith("Treated in 2016 or before, and left out") for note in notes)
        assert any(note.startswith("Column (2): Standard errors clustered") for note in notes)

    def test_groups_join_and_headings_replace(self, english):
        wanted = replace(self.wanted(groups=("OLS", "OLS")), headings=("plain", "full"))
        head = models_table(wanted, english, Context()).head
        assert [(Context().show(h.cell), h.span) for h in head[0]] == [("", 1), ("OLS", 2)]
        assert [Context().show(h.cell) for h in head[-1]] == ["", "plain", "full"]

    def test_many_models_stand_one_a_row_by_outcome(self, english):
        estimate = english.estimates["fixed_effects"]
        named = {f"m{k}": replace(estimate, outcome="D" if k % 2 else "T") for k in range(10)}
        wanted = ResultsTable("t", tuple(named))
        (table,) = in_parts(wanted, replace(english, estimates=named), Context())
        first = [row[0] for row in self.cells(table)]
        assert first == ["T", *(f"({k + 1}) m{k}" for k in range(0, 10, 2)),
                         "D", *(f"({k + 1}) m{k}" for k in range(1, 10, 2))]  # fmt: skip
        assert len(table.align) == 8

    def test_many_models_without_one_shared_term_stand_in_tables_of_eight_columns_at_most(self, english):
        estimate = english.estimates["baseline"]
        other = replace(estimate, controls=estimate.controls[:1])
        named = {f"m{k}": other if k else estimate for k in range(17)}
        wanted = ResultsTable("t", tuple(named), "Title", tuple(f"head {k}" for k in range(17)))
        tables = in_parts(wanted, replace(english, estimates=named), Context())
        assert [table.name for table in tables] == ["t", "t_2", "t_3"]
        assert [len(table.align) - 1 for table in tables] == [5, 6, 6]
        heads = [Context().show(head.cell) for table in tables for head in table.head[-1]]
        assert "head 0" in heads
        assert "head 16" in heads

    def test_a_model_without_such_effects_shows_a_dash(self, english):
        estimate = english.estimates["baseline"]
        plain = replace(estimate, effects=None)
        changed = replace(english, estimates={**english.estimates, "baseline": plain})
        rows = self.cells(models_table(self.wanted(), changed, Context()))
        assert ["Year effects", "–", "yes"] in rows or ["Year effects", "yes", "–"] in rows


class TestFigures:
    def part(self, english) -> Part:
        return english.estimates["baseline"].part("event_study")

    @pytest.mark.parametrize("kind", ["png", "svg", "pdf"])
    def test_a_figure_has_the_same_bytes_twice_and_no_date(self, english, kind):
        made = []
        for _ in range(2):
            with drawing(find_fonts()):
                made.append(render(VIEWS["event_study"].figure(self.part(english), Context()), kind))
        assert made[0] == made[1]
        assert not re.search(rb"CreationDate|ModDate|<dc:date>|Matplotlib v|matplotlib\.org", made[0])

    def test_a_format_does_not_depend_on_the_others(self, english):
        with drawing(find_fonts()):
            alone = render(VIEWS["event_study"].figure(self.part(english), Context()), "svg")
            figure = VIEWS["event_study"].figure(self.part(english), Context())
            render(figure, "png")
            assert render(figure, "svg") == alone

    def test_the_hash_seed_changes_nothing(self):
        code = (
            "import hashlib\n"
            "from ccd.report.figures import canvas, drawing, find_fonts, render\n"
            "with drawing(find_fonts()):\n"
            "    figure, axes = canvas(); axes.plot([1, 2], [3, 4], 'o-'); axes.fill_between([1, 2], [0, 1])\n"
            "    print(*(hashlib.sha256(render(figure, k)).hexdigest() for k in ('svg', 'pdf')))\n"
        )
        seen = {
            subprocess.run([sys.executable, "-c", code], env={"PYTHONHASHSEED": seed, "MPLBACKEND": "svg"},
                           cwd=CONFIGS.parent, capture_output=True, text=True, check=True).stdout
            for seed in ("1", "2")
        }  # fmt: skip
        assert len(seen) == 1

    def test_drawing_leaves_the_users_settings_as_they_were(self):
        import matplotlib

        matplotlib.rcParams["axes.linewidth"] = 3.5
        with drawing(LATIN):
            assert matplotlib.rcParams["axes.linewidth"] != 3.5
        assert matplotlib.rcParams["axes.linewidth"] == 3.5
        matplotlib.rcParams["axes.linewidth"] = 0.8

    def test_pyplot_is_never_loaded(self):
        code = (
            "import sys, numpy as np\nfrom ccd.words import Name\n"
            "from ccd.report.figures import drawing, find_fonts, render\n"
            "from ccd.report.views import VIEWS\nfrom ccd.report.views.base import Context\n"
            "from ccd.results import Density, Part\n"
            "curve = Density(('a',) * 3, np.arange(3.0), np.array([0.0, 1, 0]), Name('x'))\n"
            "with drawing(find_fonts()):\n"
            "    render(VIEWS['density'].figure(Part(curve), Context()), 'png')\n"
            "sys.exit('matplotlib.pyplot' in sys.modules)\n"
        )
        assert subprocess.run([sys.executable, "-c", code], cwd=CONFIGS.parent, check=False).returncode == 0

    def test_a_font_that_is_none_is_refused(self, tmp_path):
        bad = tmp_path / "font.ttf"
        bad.write_text("no font", encoding="utf-8")
        for name in ("font.ttf", "absent.ttf"):
            with pytest.raises(StudyError, match="cannot read the font") as error:
                find_fonts(name, tmp_path)
            assert error.value.where == "study, output.font"

    def test_a_font_file_is_tried_first(self):
        from matplotlib import font_manager

        path = font_manager.findfont("DejaVu Serif")
        assert find_fonts(path).families == ("DejaVu Serif", "DejaVu Sans")
        assert not find_fonts(path).chinese

    def test_without_a_chinese_font_figures_speak_english_and_say_why(self, chinese, tmp_path, monkeypatch):
        monkeypatch.setattr(figures, "CJK", ())
        output = OutputSpec(figures=("svg",))
        few = replace(
            chinese, describe=chinese.describe[:2], coupling=None, estimates={}, conclusions=(), tables=()
        )
        assert write_report(few, tmp_path, output).warnings == (NO_CHINESE,)
        assert NO_CHINESE.render("zh") in (tmp_path / "report.html").read_text(encoding="utf-8")
        maker = Composer(chinese, Style(), LATIN, ("svg",))
        assert maker.ctx.label("Beijing") == "北京"
        assert maker.drawn.label("北京") == "Beijing"
        assert all(
            is_latin(maker.drawn.label(name)) for name in (*chinese.panel.entities, "technology", "East")
        )

    @pytest.mark.skipif(shutil.which("pdffonts") is None, reason="no pdffonts on this machine")
    @pytest.mark.parametrize("language", ["en", "zh"])
    def test_fonts_in_a_pdf_are_embedded_and_what_they_say_they_are(self, english, language, tmp_path):
        with drawing(find_fonts(chinese=language == "zh")):
            figure = VIEWS["event_study"].figure(self.part(english), Context(language=language))
            (tmp_path / "figure.pdf").write_bytes(render(figure, "pdf"))
        told = subprocess.run(
            ["pdffonts", tmp_path / "figure.pdf"], capture_output=True, text=True, check=True
        )
        assert "Mismatch" not in told.stderr
        listed = told.stdout.splitlines()[2:]
        assert listed
        said = [re.search(r" (yes|no) +(yes|no) +(yes|no) ", line) for line in listed]
        new = Version(version("matplotlib")) >= Version("3.11")  # before, Type 3 fonts cannot be searched
        searchable = "yes" if new else "no"
        assert all(one and one.groups() == ("yes", "yes", searchable) for one in said), told.stdout

    def test_chinese_names_in_an_english_study_need_the_font_too(self, english, monkeypatch):
        monkeypatch.setattr(figures, "CJK", ())
        labels = {**english.panel.labels, "technology": "技术创新"}
        named = replace(english, panel=replace(english.panel, labels=labels), describe=english.describe[:2])
        for results, told in ((named, True), (english, False)):
            few = replace(
                results,
                index=None,
                coupling=None,
                estimates={},
                conclusions=(),
                tables=(),
                describe=results.describe[:2],
            )
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                made = compose(few, Style(), find_fonts(), ("svg",))
            assert any(NO_CHINESE in section.notes for section in made.sections) == told

    def test_a_chinese_figure_lacks_no_character(self, chinese):
        fonts = find_fonts(chinese=True)
        if not fonts.chinese:
            pytest.skip("no Chinese font on this machine")
        maker = Composer(chinese, Style(), fonts, ("svg",))
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # matplotlib warns of a glyph that no family has
            for part in chinese.describe:
                maker.block(part, maker.ctx)


def test_colours_keep_their_order_in_grey():
    def grey(colour: str) -> float:
        r, g, b = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
        return 0.2126 * r + 0.7152 * g + 0.0722 * b

    steps = [grey(colour) for colour in figures.SEQUENTIAL]
    assert steps == sorted(steps, reverse=True)
    assert min(a - b for a, b in pairwise(steps)) > 0.04
    lines = sorted(grey(colour) for colour in figures.COLOURS[:5])
    assert len(set(figures.DASHES)) == len(figures.DASHES) >= len(figures.COLOURS)
    assert lines[-1] - lines[0] > 0.3


def test_colours_stay_apart_for_colour_blind_eyes():
    # Machado, Oliveira & Fernandes (2009), severity 1: deuteranopia and protanopia, on linear RGB
    views = {
        "deuteranopia": [[0.367, 0.861, -0.228], [0.280, 0.673, 0.047], [-0.012, 0.043, 0.969]],
        "protanopia": [[0.152, 1.053, -0.205], [0.115, 0.786, 0.099], [-0.004, -0.048, 1.052]],
    }
    colours = np.array([[int(c[i : i + 2], 16) / 255 for i in (1, 3, 5)] for c in figures.COLOURS[:6]]) ** 2.2
    for matrix in views.values():
        seen = np.clip(colours @ np.array(matrix).T, 0, 1) ** (1 / 2.2)
        gaps = np.linalg.norm(seen[:, None] - seen[None], axis=2) + 10 * np.eye(len(seen))
        assert gaps.min() > 0.12


def test_labels_come_from_study_codebook_bundle_words_name():
    label = Labels({"D": "own"}, "zh")
    assert label("D") == "own"
    assert label("gdp_pc") == "人均地区生产总值"
    assert label("Beijing") == "北京"
    assert label("technology") == "技术"
    assert label("nothing_known") == "nothing_known"
    assert Labels({}, "en")("北京市") == "Beijing"


def test_files_are_the_same_twice_and_only_the_formats_asked_for(english, tmp_path):
    spec = OutputSpec(formats=("csv", "html"), figures=("png",))  # references.bib comes with the page
    few = replace(
        english, describe=english.describe[:2], coupling=None, estimates={}, conclusions=(), tables=()
    )
    sums = []
    for folder in (tmp_path / "a", tmp_path / "b"):
        assert write_report(few, folder, spec, rerun="ccd run study.toml").warnings == ()
        files = sorted(path for path in folder.rglob("*") if path.is_file())
        sums.append(
            {p.relative_to(folder).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}
        )
    assert sums[0] == sums[1]
    assert {name.rsplit(".", 1)[1] for name in sums[0]} == {"bib", "csv", "html", "png"}
    assert (tmp_path / "a/tables/summary.csv").read_bytes().startswith(b"\xef\xbb\xbf")


def test_no_figures_no_matplotlib_and_a_page_without_images(english, tmp_path):
    write_report(english, tmp_path, OutputSpec(formats=("html",), figures=()))
    assert "<img" not in (tmp_path / "report.html").read_text(encoding="utf-8")
    assert not (tmp_path / "figures").exists()


def test_the_page_holds_itself_and_escapes_what_users_typed(english):
    nasty = '<script>alert(1)</script> & "quotes" </pre>'
    named = replace(
        english, title=nasty, panel=replace(english.panel, labels={"D": nasty, "new_area": nasty})
    )
    words = render_page(compose(named, Style(), LATIN, ()), nasty)
    assert "<script>alert" not in words
    assert words.count("<script>") == 1
    assert "</pre> <" not in words
    plain = re.sub(r"data:image/[^\"]*", "", words)
    assert not re.search(r"(src|href|action|url)\s*[=(]\s*[\"']?(https?:)?//", plain)
    assert not re.search(r"@import|<link|<iframe", plain)


TEX = {"en": ("pdflatex", "siunitx.sty"), "zh": ("xelatex", "ctex.sty")}


def has_tex(language: str) -> bool:
    program, package = TEX[language]
    find = shutil.which("kpsewhich")
    return bool(shutil.which(program) and find) and all(
        subprocess.run([find, name], capture_output=True, check=False).returncode == 0
        for name in (package, "threeparttable.sty", "siunitx.sty", "rotating.sty")
    )


@pytest.mark.parametrize("language", ["en", "zh"])
def test_all_tables_compile_in_one_document(language, page, page_zh, tmp_path):
    if not has_tex(language):
        pytest.skip("no TeX with these packages on this machine")
    shown = {"en": page, "zh": page_zh}[language]
    tables = [render_latex(block.table, block.ctx) for block in shown.blocks() if block.table]
    packages = "\\usepackage{ctex}" if language == "zh" else ""
    head = f"\\documentclass{{article}}{packages}\\usepackage[margin=2.2cm]{{geometry}}"
    head += "".join(SETUP) + "\\begin{document}"
    body = "\n\\clearpage\n".join(tables)
    (tmp_path / "all.tex").write_text(f"{head}\n{body}\n\\end{{document}}\n", encoding="utf-8")
    done = subprocess.run(
        [TEX[language][0], "-interaction=nonstopmode", "-halt-on-error", "all.tex"],
        cwd=tmp_path, capture_output=True, timeout=200, check=False,
    )  # fmt: skip
    log = (tmp_path / "all.log").read_text(encoding="utf-8", errors="replace")
    assert done.returncode == 0, log[-2000:]
    wide = [float(points) for points in re.findall(r"Overfull .hbox \(([\d.]+)pt", log)]
    assert max(wide, default=0) < 15


@pytest.fixture(scope="module")
def paper(english) -> Page:
    return compose(english, Style(), LATIN, ("svg",), "paper")


def test_a_paper_has_its_order_and_what_it_leaves_out_stays_in_the_files(page, paper):
    keys = [section.key for section in paper.sections if not section.appendix]
    wanted = ["found", "asked", "data", "index", "facts", "results", "trends", "placebo"]
    assert [key for key in keys if key in wanted] == wanted
    assert [section.appendix for section in paper.sections] == sorted(s.appendix for s in paper.sections)
    assert {block.name for block in paper.files} == {block.name for block in page.blocks()}
    shown = {block.name for block in paper.blocks()}
    assert {"baseline_terms", "weights_before", "fixed_effects_bacon"}.isdisjoint(
        shown
    )  # in the results table, or surplus
    ids = [block.id for block in paper.blocks()]
    assert len(ids) == len(set(ids))
    tables = [block.table_number for block in paper.blocks() if block.table]
    drawn = [block.figure_number for block in paper.blocks() if block.images]
    assert tables == list(range(1, len(tables) + 1))
    assert drawn == list(range(1, len(drawn) + 1))


def test_a_table_of_a_quantity_by_year_follows_its_figure(paper):
    order = [(block.name, block.table is not None) for block in paper.blocks()]
    assert order.index(("by_year", False)) < order.index(("by_year", True))


def test_notes_take_five_lines_and_what_is_left_is_said_once(page, paper):
    ctx = paper.ctx
    for block in paper.blocks():
        if block.table is not None:
            assert sum(len(ctx.say(note)) + 2 for note in block.table.notes) <= 5 * 118
    (notes,) = [section for section in paper.sections if section.key == "notes"]
    said = [ctx.say(sentence) for sentence in notes.sentences]
    assert len(said) == len(set(said))
    under = {ctx.say(note) for block in paper.blocks() if block.table for note in block.table.notes}
    everywhere = " ".join((*said, *under))
    for section in page.sections:  # no note of the full page is lost
        for note in section.notes:
            assert ctx.say(note) in everywhere or is_detail(note)
    (errors,) = [block.table for block in paper.blocks() if block.table and block.table.name == "errors"]
    first = [ctx.show(cell) for cell in errors.rows[0].cells]
    (factor,) = [
        dict(note.values)["factor"]
        for section in page.sections
        for note in section.notes
        if note.template.startswith(CLUSTERED) and section.key == "baseline"
    ]
    assert f"{factor:.4f}" in {ctx.show(row.cells[2]) for row in errors.rows}
    assert first[1] == "12"


def test_every_finding_links_to_its_table(paper):
    (found,) = [section for section in paper.sections if section.key == "found"]
    assert len(found.links) == len(found.sentences)
    assert found.links[0] == "baseline"
    words = render_page(paper)
    assert 'href="#baseline"' in words.partition('id="s1"')[0]
