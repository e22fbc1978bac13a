"""Word and Excel: three-line tables in the order that Word demands, numbers that are numbers, same bytes."""

from __future__ import annotations

import io
import math
import zipfile
from dataclasses import replace

import openpyxl
import pandas as pd
import pytest
from docx import Document
from docx.oxml.ns import qn

from ccd.report.blocks import Block, Section
from ccd.report.excel import workbook
from ccd.report.page import Page
from ccd.report.style import Style
from ccd.report.table import Bracket, Count, Estimated, Head, Number, PValue, Row, Table, Word, heads
from ccd.report.views.base import Context
from ccd.report.word import report_docx, table_docx
from ccd.report.word_table import column_widths, layout
from ccd.words import Name, text

TITLE = text("Indicators and weights")
#: Children of a cell's properties in the order of the schema (ECMA-376, CT_TcPr).
CELL_ORDER = ("tcW", "gridSpan", "hMerge", "vMerge", "tcBorders", "shd", "noWrap", "tcMar", "vAlign")


def table(width: int = 3) -> Table:
    """A head with a span, an estimate with stars over its bracket, a count under a thin rule."""
    rest = width - 3
    return Table(
        "tiny",
        TITLE,
        ("l", "d", "d", *("d",) * rest),
        (
            (Head(Word("")), Head(Word("both"), 2), *(Head(Word("")),) * rest),
            (Head(Word("term")), Head(Word("(1)")), Head(Word("(2)")), *(Head(Word("more")),) * rest),
        ),
        (
            Row((Word(Name("x")), Estimated(0.0123, 0.004), Estimated(-0.5, 0.2), *(PValue(0.0001),) * rest)),
            Row((Word("=1+1"), Bracket(0.0040), Bracket(0.3), *(Number(math.nan),) * rest)),
            Row((Word("N"), Count(338), Count(338), *(Number(1.5, 2),) * rest), rule=True),
        ),
        (text("Standard errors in parentheses"),),
    )


@pytest.fixture(params=["en", "zh"])
def ctx(request) -> Context:
    return Context(language=request.param, label=lambda name: f"label of {name}")


def sides(cell) -> dict[str, tuple[str, int]]:
    found = cell._tc.tcPr.findall(qn("w:tcBorders"))
    assert len(found) == 1, "one border element a cell"
    return {b.tag.rpartition("}")[2]: (b.get(qn("w:val")), int(b.get(qn("w:sz")))) for b in found[0]}


def test_three_lines_and_no_vertical_ones(ctx):
    made = Document(io.BytesIO(table_docx(table(), ctx))).tables[0]
    for place, row in enumerate(made.rows):
        for cell in row.cells:
            drawn = sides(cell)
            assert drawn["left"][0] == drawn["right"][0] == "nil"
            assert drawn["top"] == (
                ("single", 12) if place == 0 else ("single", 6) if place == 4 else ("nil", 0)
            )
            if place in (1, 4):
                assert drawn["bottom"] == ("single", 6 if place == 1 else 12)


def test_properties_of_cells_stand_in_the_order_of_the_schema(ctx):
    made = Document(io.BytesIO(table_docx(table(), ctx))).tables[0]
    for cell in made._tbl.iter(qn("w:tc")):
        order = [CELL_ORDER.index(child.tag.rpartition("}")[2]) for child in cell.tcPr]
        assert order == sorted(set(order))


def test_no_cell_is_looked_up_in_its_table(ctx, monkeypatch):
    def counted(*_):
        raise AssertionError("python-docx counts all cells of the table for one: quadratic")

    monkeypatch.setattr("docx.table.Table._cells", property(counted))
    monkeypatch.setattr("docx.table.Table.cell", counted)
    assert table_docx(table(), ctx)


def test_breaks_tabs_and_blanks_of_a_cell_are_kept(ctx):
    words = ("a\nb\tc", " d & <e> ", "")
    rows = (Row(tuple(Word(one) for one in words)),)
    odd = Table("odd", TITLE, ("l", "c", "r"), (heads(("x", "y", "z")),), rows)
    made = Document(io.BytesIO(table_docx(odd, ctx))).tables[0]
    assert tuple(cell.text for cell in made.rows[1].cells) == words
    assert [cell.paragraphs[0].alignment for cell in made.rows[1].cells] == [0, 1, 2]


def test_cells_print_what_the_style_says(ctx):
    made = Document(io.BytesIO(table_docx(table(), ctx))).tables[0]
    shown = [[cell.text for cell in row.cells] for row in made.rows]
    assert shown[2] == ["label of x", "0.0123***", "-0.5000"]
    assert shown[3] == ["=1+1", "(0.0040)", "(0.3000)"]
    assert shown[0][1:] == ["both", "both"]


def test_letters_shrink_before_a_page_lies(ctx):
    assert [layout(table(n), ctx).letters for n in (3, 12)] == [18, 14]
    assert not layout(table(12), ctx).lying
    assert layout(table(20), ctx).lying


def test_wide_tables_lie_on_their_side_and_styles_name_eastern_fonts(ctx):
    document = Document(io.BytesIO(table_docx(table(20), ctx)))
    assert document.sections[0].page_width > document.sections[0].page_height
    fonts = document.styles["Normal"].element.rPr.rFonts
    assert fonts.get(qn("w:eastAsia")) in ("SimSun", "宋体")
    upright = Document(io.BytesIO(table_docx(table(), ctx))).sections[0]
    assert round(upright.page_width.cm, 1) == 21.0
    assert round(upright.page_height.cm, 1) == 29.7


def page(ctx: Context) -> Page:
    block = Block("tiny", ctx, (text("Indicators and weights"),), table(), 1)
    return Page("A title", ctx, (Section("results", text("Results"), (), (block,)),))


def test_references_point_at_captions(ctx):
    body = Document(io.BytesIO(report_docx(page(ctx)))).element.body
    marks = {mark.get(qn("w:name")) for mark in body.iter(qn("w:bookmarkStart"))}
    codes = [code.text.split() for code in body.iter(qn("w:instrText"))]
    references = {code[1] for code in codes if code[0] == "REF"}
    assert references == marks == {"ccd_table_1"}
    assert ["SEQ", "Table", "\\*", "ARABIC"] in codes


def test_the_page_turns_once_for_neighbouring_wide_tables(ctx):
    blocks = [Block(f"t{k}", ctx, (), table(width), k) for k, width in enumerate((3, 20, 21, 3), 1)]
    made = report_docx(Page("A title", ctx, (Section("results", text("Results"), (), tuple(blocks)),)))
    sections = Document(io.BytesIO(made)).sections
    assert [part.page_width > part.page_height for part in sections] == [False, True, False]


def test_the_same_bytes_and_no_clock(ctx):
    data = report_docx(page(ctx))
    assert data == report_docx(page(ctx))
    book = workbook([(table(), ctx)], {"x": pd.DataFrame({"a": [1.0]})})
    assert book == workbook([(table(), ctx)], {"x": pd.DataFrame({"a": [1.0]})})
    for archive in (data, book):
        assert {info.date_time[0] for info in zipfile.ZipFile(io.BytesIO(archive)).infolist()} == {1980}


@pytest.mark.parametrize("brackets", ["se", "t", "p", "ci"])
def test_numbers_in_a_workbook_are_numbers_and_words_are_never_formulas(brackets):
    ctx = Context(style=Style(brackets=brackets))
    cell = Bracket(0.004, 3.075, 0.0002, 0.0045, 0.0201)
    rows = (Row((Word("=SUM(A1)"), Estimated(-0.0123, 0.004))), Row((Word("@x"), cell)))
    made = Table("t", TITLE, ("l", "d"), ((Head(Word("")), Head(Word("(1)"))),), rows)
    frame = pd.DataFrame({"name": ["=1+1", "http://x"], "value": [0.1 + 0.2, math.nan]})
    book = openpyxl.load_workbook(io.BytesIO(workbook([(made, ctx)], {"tidy": frame})))
    sheet = book["t"]
    assert (sheet["B3"].value, sheet["B3"].data_type) == (-0.0123, "n")
    assert sheet["B3"].number_format.split(";")[1] == '-0.0000"***"'
    assert sheet["A3"].data_type == sheet["A4"].data_type == "s"
    assert sheet["B4"].value == {"se": 0.004, "t": 3.075, "p": 0.0002, "ci": "[0.0045, 0.0201]"}[brackets]
    assert sheet.freeze_panes == "B3"
    tidy = book["tidy"]
    assert tidy["B2"].value == pytest.approx(0.1 + 0.2, rel=1e-15)
    assert tidy["B3"].value is None
    assert tidy["A2"].data_type == tidy["A3"].data_type == "s"
    assert tidy["A2"].hyperlink is None


def test_a_head_gives_way_by_words_not_by_letters():
    words = ("Model", "95% interval", "Observations", "Treated regions", "Mean of the outcome")
    row = Row((Word("a model of a long name"), Word("[-0.0265, 0.0155]"), *(Count(338),) * 3))
    asked = Table("t", TITLE, ("l", "c", "d", "d", "d"), (tuple(Head(Word(one)) for one in words),), (row,))
    head, cells = asked.head[0], row.cells
    crowded = replace(
        asked,
        align=asked.align[:2] * 2 + asked.align[2:],
        head=(head[:2] * 2 + head[2:],),
        rows=(Row(cells[:2] * 2 + cells[2:]),),
    )
    widths, placed = column_widths(crowded, Context()), layout(crowded, Context())
    for at, word in ((1, "[-0.0265, 0.0155]"), (4, "Observations"), (5, "Treated"), (6, "outcome")):
        assert widths[at] >= 0.38 + 0.185 * len(word) * placed.letters / 21


def test_the_last_row_stays_with_the_notes(ctx):
    def kept(asked):
        made = Document(io.BytesIO(table_docx(asked, ctx))).tables[0]
        return [row.cells[0].paragraphs[0].paragraph_format.keep_with_next for row in made.rows]

    assert all(kept(replace(table(), notes=(TITLE,))))
    assert kept(replace(table(), notes=()))[-1] is None


def test_no_number_or_word_is_broken_where_columns_give_way():
    headings = tuple(Head(Word(words)) for words in ("", "N", "Imputation", "Extended two-way fixed effects"))
    long = Word("a label that is much longer than the page is wide, for it goes on and on")
    row = Row((long, Count(390), Number(156751, 4), Number(-0.25, 4)))
    narrow = Table("t", TITLE, ("l", "d", "d", "d"), (headings,), (row,))
    wide = replace(narrow, align=narrow.align * 3, head=(headings * 3,), rows=(Row(row.cells * 3),))
    for shown, room in ((narrow, 16.0), (wide, 24.7)):
        widths, placed = column_widths(shown, Context()), layout(shown, Context())
        assert placed.room == room
        assert sum(widths) <= room + 1e-9
        for width, size in zip(widths[1:4], (6, 11, 8), strict=True):
            assert width >= 0.38 + 0.185 * size * placed.letters / 21  # margins of a cell, digits
