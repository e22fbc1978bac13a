"""Tables: one style, one value, the same numbers in every format."""

from __future__ import annotations

import csv
import io
import math
import re
from html.parser import HTMLParser

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from ccd.report.delimited import render_csv
from ccd.report.html import render_page
from ccd.report.latex import SPECIAL, escape, render_latex, stacked
from ccd.report.markdown import render_markdown
from ccd.report.page import Block, Page, Section
from ccd.report.style import OutputSpec, Style
from ccd.report.table import (
    BLANK,
    Bracket,
    Count,
    Estimated,
    Head,
    Number,
    PValue,
    Row,
    Table,
    Word,
    decimals,
    heads,
)
from ccd.report.text import render_text, width
from ccd.report.views.base import Column, Context, some, tabulate
from ccd.words import Name, text

NASTY = r"a_b & 50% $x$ #1 {y} ~z ^w \q <i> \"o\" '=1"


@pytest.mark.parametrize(
    ("cell", "shown"),
    [
        (Number(0.12345), "0.1235"),
        (Number(0.12345, 2), "0.12"),
        (Number(-0.0), "0.0000"),
        (Number(0.00001234), "1.2e-05"),
        (Number(-0.00001234), "-1.2e-05"),
        (Number(math.nan), "–"),
        (Number(math.inf), "∞"),
        (Estimated(0.02, 0.009), "0.0200***"),
        (Estimated(0.02, 0.01), "0.0200**"),
        (Estimated(0.02, 0.0999), "0.0200*"),
        (Estimated(0.02, 0.1), "0.0200"),
        (Estimated(0.02), "0.0200"),
        (Estimated(math.nan, 0.001), "–"),
        (PValue(0.0004), "<0.001"),
        (PValue(0.0005), "0.001"),
        (PValue(math.nan), "–"),
        (Count(12345), "12345"),
        (Bracket(0.01, 2.0, 0.04, 0.0, 0.04), "(0.0100)"),
        (Bracket(math.nan), ""),
        (Word("as it is"), "as it is"),
        (BLANK, ""),
    ],
)
def test_a_cell_is_shown(cell, shown):
    assert Style().show(cell) == shown


@pytest.mark.parametrize(
    ("brackets", "shown"),
    [("se", "(0.010)"), ("t", "(2.00)"), ("p", "(0.046)"), ("ci", "[0.001, 0.039]")],
)
def test_the_brackets_hold_what_is_asked_and_the_stars_stay(brackets, shown):
    style = Style(digits=3, brackets=brackets)
    assert style.show(Bracket(0.01, 2.0, 0.046, 0.001, 0.039)) == shown
    assert style.show(Estimated(0.02, 0.046)) == "0.020**"


@pytest.mark.parametrize(
    "bad", [{"stars": (1.5,)}, {"stars": (0.0,)}, {"digits": 9}, {"brackets": "sd"}, {"formats": ("ps",)}]
)
def test_an_output_that_makes_no_sense_is_refused(bad):
    with pytest.raises(ValidationError):
        OutputSpec(**bad)


def test_no_levels_no_stars_and_no_note_on_them():
    style = OutputSpec(stars=()).style()
    assert style.show(Estimated(0.02, 0.0)) == "0.0200"
    assert len(style.notes()) == 1
    assert str(OutputSpec(stars=(0.1, 0.01)).style().notes()[1]) == "** p<0.01, * p<0.1"


def test_what_rounds_to_zero_beside_numbers_that_print_is_zero():
    style = Style()
    assert style.show(Estimated(-4.9e-05, math.nan, 0.01)) == "0.0000"
    assert style.show(Number(2.4e-05, None, 0.0061)) == "0.0000"
    assert style.show(Number(2.4e-05, None, 3.1e-05)) == "2.4e-05"
    assert style.show(Number(8.4e-14, 1)) == "0.0"


@given(st.floats(-1e6, 1e6), st.integers(0, 8))
def test_a_shown_number_reads_back_within_its_last_digit(value, digits):
    shown = Style(digits).number(value)
    error = abs(float(shown) - value)
    assert error <= (0.05 * abs(value) if "e" in shown else 0.5 * 10.0**-digits + 1e-9)
    assert (float(shown) == 0) == (abs(value) <= 1e-12) or "e" in shown or digits == 0


@pytest.mark.parametrize(
    ("values", "found"), [([0.02], 4), ([14000, 3], 0), ([60.5], 2), ([], 4), ([math.nan], 4)]
)
def test_decimals_follow_the_size(values, found):
    assert decimals(values) == found


@pytest.mark.parametrize("bad", [((Head(BLANK),),), ((Head(BLANK), Head(BLANK, 2)),)])
def test_a_table_that_does_not_fill_its_columns_is_refused(bad):
    with pytest.raises(ValueError, match="does not fill"):
        Table("t", text("{name}", name="t"), ("l", "d"), bad, ())
    with pytest.raises(ValueError, match="1 cells"):
        Table("t", text("{name}", name="t"), ("l", "d"), (), (Row((BLANK,)),))


def some_table(labels=("x", "y"), values=(0.0213, -1.5)) -> Table:
    rows = []
    for k, (label, value) in enumerate(zip(labels, values, strict=True)):
        rows += [
            Row((Word(Name(label)), Estimated(value, 0.004), Number(value, 2)), rule=k == 1),
            Row((BLANK, Bracket(abs(value) / 3), Count(390))),
        ]
    head = ((Head(BLANK), Head(Word("both"), 2)), heads(["", "(1)", "(2)"]))
    return Table(
        "models", text("{title}", title="A & B"), ("l", "d", "d"), head, tuple(rows), Style().notes()
    )


def shown_cells(table: Table, ctx: Context) -> list[list[str]]:
    return [[ctx.show(cell) for cell in row.cells] for row in table.rows]


class Cells(HTMLParser):
    """The texts of body cells, row by row."""

    def __init__(self):
        super().__init__()
        self.rows, self.open, self.body = [], False, False

    def handle_starttag(self, tag, attrs):
        self.body |= tag == "tbody"
        if tag == "tr" and self.body:
            self.rows.append([])
        if tag in ("td", "th") and self.body:
            self.rows[-1].append("")
            self.open = True

    def handle_endtag(self, tag):
        self.body &= tag != "tbody"
        self.open &= tag not in ("td", "th")

    def handle_data(self, data):
        if self.open:
            self.rows[-1][-1] += data


def from_html(table: Table, ctx: Context) -> list[list[str]]:
    title = text("{title}", title="t")
    page = Page("t", ctx, (Section("s", title, (), (Block("t", ctx, (), table),)),))
    cells = Cells()
    cells.feed(render_page(page))
    return cells.rows


def from_latex(table: Table, ctx: Context) -> list[list[str]]:
    lines = render_latex(table, ctx).split("\\midrule\n", 1)[1].split("\\bottomrule")[0].splitlines()
    rows = [re.split(r"(?<!\\) & ", line.removesuffix(r" \\")) for line in lines if line.endswith(r" \\")]
    return [[unescape(cell) for cell in row] for row in rows]


def unescape(cell: str) -> str:
    cell = cell[1:-1] if cell.startswith("{") and not cell.startswith(("{[}", "{]}")) else cell
    back = {spelt: char for char, spelt in SPECIAL.items() if char not in "\n\r\t"}
    pattern = "|".join(re.escape(spelt) for spelt in sorted(back, key=len, reverse=True))
    return re.sub(pattern, lambda found: back[found.group()], cell)


LABELS = st.text(
    st.characters(codec="utf-8", exclude_categories=("C", "Z")) | st.sampled_from("&%$#_{}~^\\<>\"'[]|"),
    min_size=1,
    max_size=12,
)


@given(st.tuples(LABELS, LABELS), st.tuples(st.floats(-1e4, 1e4), st.floats(-1, 1)))
def test_every_format_prints_the_same_cells(labels, values):
    table, ctx = some_table(labels, values), Context()
    wanted = shown_cells(table, ctx)
    read = [[cell.removeprefix("'") if cell[1:2] in tuple("=+-@") and cell[:1] == "'" else cell for cell in row]
            for row in csv.reader(io.StringIO(render_csv(table, ctx)))][2:]  # fmt: skip
    assert read == wanted
    assert from_html(table, ctx) == wanted
    assert from_latex(table, ctx) == wanted
    lines = render_text(table, ctx).splitlines()
    for row in wanted:
        assert any(all(cell in line for cell in row) for line in lines)


def from_markdown(table: Table, ctx: Context) -> list[list[str]]:
    lines = [line for line in render_markdown(table, ctx).splitlines() if line.startswith("| ")][2:]
    rows = [re.split(r"(?<!\\)\|", line)[1:-1] for line in lines]
    return [[re.sub(r"\\(.)", r"\1", cell).strip() for cell in row] for row in rows]


@given(st.tuples(LABELS, LABELS), st.tuples(st.floats(-1e4, 1e4), st.floats(-1, 1)))
def test_markdown_prints_the_same_cells(labels, values):
    table, ctx = some_table(labels, values), Context()
    assert from_markdown(table, ctx) == shown_cells(table, ctx)


@pytest.mark.parametrize(
    ("columns", "environment"), [(3, "table"), (9, "table"), (11, "table"), (12, "sidewaystable")]
)
def test_wide_latex_tables_shrink_and_then_turn(columns, environment):
    head = (heads([f"head {k}" for k in range(columns)]),)
    row = Row(tuple(Number(-0.1234) for _ in range(columns)))
    table = Table("wide", text("{title}", title="w"), tuple("d" * columns), head, (row,))
    lines = render_latex(table, Context()).splitlines()
    assert rf"\begin{{{environment}}}[htbp]" in lines
    assert any("tabcolsep" in line for line in lines) == (columns > 3)


def test_a_long_heading_over_numbers_is_broken_and_escaped():
    assert stacked("Two-way fixed effects & more") == r"\shortstack{Two-way fixed\\effects \& more}"
    assert stacked("(1)") == "(1)"


def test_every_character_that_latex_reads_is_spelt_out():
    spelt = escape(NASTY)
    assert not re.search(r"(?<!\\)[&%$#_]", spelt)
    assert r"\textbackslash{}q" in spelt
    assert r"\{y\}" in spelt


def test_words_that_a_spreadsheet_would_run_are_quoted_and_numbers_are_not():
    table = some_table(("=cmd|x", "+1+1"), (-0.5, -0.25))
    rows = list(csv.reader(io.StringIO(render_csv(table, Context()))))
    assert rows[2][0] == "'=cmd|x"
    assert rows[4][0] == "'+1+1"
    assert rows[2][1].startswith("-0.5")


def test_the_text_table_stands_on_its_decimal_points_in_both_languages():
    for label in ("x", "耦合协调度"):
        lines = render_text(some_table((label, "y"), (0.5, -12.25)), Context()).splitlines()
        body = [line for line in lines if "." in line and not line.startswith(("*", "Standard"))]
        columns = {width(line[: line.index(".")]) for line in body}
        assert len(columns) == 1


def test_a_table_of_columns_keeps_order_kinds_and_missing_cells():
    columns = [
        Column("v", [1234.6, 2], "auto"), Column("who", [Name("a"), ""]), Column("n", [3, 4], "count"),
        Column("b", [0.5, math.nan], "estimate"), Column("p", [0.001, math.nan], "p"),
    ]  # fmt: skip
    table = tabulate("t", text("{name}", name="t"), columns, p_value=np.array([0.001, math.nan]))
    assert shown_cells(table, Context()) == [
        ["1235", "a", "3", "0.5000***", "0.001"],
        ["2", "", "4", "–", "–"],
    ]


@given(st.integers(1, 60), st.integers(2, 12))
def test_some_years_are_spread_from_the_first_to_the_last(count, most):
    chosen = some(list(range(count)), most)
    assert chosen == sorted(set(chosen))
    assert len(chosen) == min(count, most)
    assert chosen[0] == 0
    assert chosen[-1] == count - 1
