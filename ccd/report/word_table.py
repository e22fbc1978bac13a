"""A three-line table of a Word document, written as one piece of WordprocessingML.

python-docx finds a cell by counting all cells of its table, so a table filled cell by cell takes quadratic time.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING, Any, NamedTuple

from ccd.report.table import Align, Table
from ccd.report.text import column_sizes, head_words, point, unbroken, width

if TYPE_CHECKING:
    from ccd.report.views.base import Context

#: Rules of a three-line table in eighths of a point: 1.5 pt above and below, 0.75 pt under the head.
THICK, THIN = 12, 6
#: The width of an upright page's text and of one that lies, in cm.
UPRIGHT, LYING = 16.0, 24.7
#: Sizes of a table's letters in half points: what a table takes where it has room, and where it is wide.
LETTERS = (18, 16, 14)
#: Tables of at most so many rows stay on one page.
WHOLE = 30
#: The width of a digit at 10.5 points (21 half points), of a cell's margins, and of one of them, in cm.
DIGIT, NORMAL, EDGES, MARGIN = 0.19, 21, 0.45, 0.19
#: Characters that every column has room for: less would break a count that stands on a tab.
LEAST = 6
#: Twentieths of a point in a cm, through the units that Office counts in.
EMU_PER_CM, EMU_PER_TWIP = 360000, 635
JUSTIFY = {"l": "left", "c": "center", "d": "center", "r": "right"}
SETTINGS = (
    '<w:tblW w:type="auto" w:w="0"/><w:jc w:val="center"/><w:tblLayout w:type="fixed"/>'
    '<w:tblLook w:firstColumn="1" w:firstRow="1" w:lastColumn="0" w:lastRow="0" w:noHBand="0" w:noVBand="1" '
    'w:val="04A0"/>'
)


def word_table(table: Table, ctx: Context) -> Any:
    """Return the element ``w:tbl`` of a three-line table (三线表).

    Thick rules stand above and below, a thin one under the head, and no others but under spanning heads and above
    marked rows. Head rows repeat on every page, rows stay whole, numbers stand on their decimal point.
    """
    from docx.oxml import parse_xml
    from docx.oxml.ns import nsdecls

    placed = layout(table, ctx)
    sizes = column_widths(table, ctx, placed)
    widths = [twips(size) for size in sizes]
    tabs = [twips(at) for at in decimal_places(table, ctx, sizes, placed.digit)]
    rows = [*_head(table, ctx, widths, placed.letters), *_body(table, ctx, widths, tabs, placed.letters)]
    if len(rows) <= WHOLE:  # each row stays with the next
        rows = [*map(_kept, rows[:-1]), rows[-1]]
    if table.notes:  # and the last with the notes
        rows = [*rows[:-1], _kept(rows[-1])]
    grid = "".join(f'<w:gridCol w:w="{size}"/>' for size in widths)
    return parse_xml(
        f"<w:tbl {nsdecls('w')}><w:tblPr>{SETTINGS}</w:tblPr><w:tblGrid>{grid}</w:tblGrid>{''.join(rows)}</w:tbl>"
    )


def _kept(row: str) -> str:
    """Return a row that stands on one page with what follows."""
    return row.replace("<w:pPr>", "<w:pPr><w:keepNext/>")


def twips(cm: float) -> int:
    """Return a length in twentieths of a point."""
    return round(int(cm * EMU_PER_CM) / EMU_PER_TWIP)


class Layout(NamedTuple):
    """How a table stands on a page: its letters in half points, the room in cm, and whether the page lies."""

    letters: int
    room: float
    lying: bool

    @property
    def digit(self) -> float:
        """Return the width of a digit in cm."""
        return DIGIT * self.letters / NORMAL


def layout(table: Table, ctx: Context) -> Layout:
    """Return the largest letters in which no number or word of a table breaks on an upright page.

    Where even the smallest would break one, the page lies.
    """
    words = unbroken(table, ctx)
    for letters in LETTERS:
        found = Layout(letters, UPRIGHT, lying=False)
        if sum(EDGES + found.digit * max(LEAST, size) for size in words) <= UPRIGHT:
            return found
    return Layout(LETTERS[0], LYING, lying=True)


def lies(table: Table, ctx: Context) -> bool:
    """Tell whether a table needs a page that lies."""
    return layout(table, ctx).lying


def column_widths(table: Table, ctx: Context, placed: Layout | None = None) -> list[float]:
    """Return column widths in cm by what stands in them, together at most the text width of the page.

    Where room is short, columns give way down to their longest number or word, so that no number is broken.
    """
    placed = placed or layout(table, ctx)
    room, digit = placed.room, placed.digit
    wanted = [EDGES + digit * max(LEAST, min(size, 40)) for size in column_sizes(table, ctx)]
    printed = [[width(ctx.show(row.cells[column])) for row in table.rows] for column in range(table.width)]
    body = [
        EDGES + digit * max(LEAST, longest, min(max(sizes, default=0), 40))
        for longest, sizes in zip(head_words(table, ctx), printed, strict=True)
    ]
    for asked in (wanted, body):  # heads break before the body does
        if sum(asked) <= room:
            return [size * min(room / sum(asked), 1.6) for size in asked]
    whole = [
        min(EDGES + digit * max(LEAST, size), most)
        for size, most in zip(unbroken(table, ctx), wanted, strict=True)
    ]
    spare, short = room - sum(whole), sum(wanted) - sum(whole)
    if spare <= 0:
        return [size * room / sum(whole) for size in whole]
    return [least + (most - least) * spare / short for least, most in zip(whole, wanted, strict=True)]


def decimal_places(table: Table, ctx: Context, widths: Sequence[float], digit: float) -> list[float]:
    """Return where the decimal point of each column stands, in cm, so that its numbers are centred together."""
    found = []
    for column, size in enumerate(widths):
        printed = [ctx.show(row.cells[column]) for row in table.rows]
        numbers = [words for words in printed if words[:1].isdigit() or words[:1] in {"-", "("}]
        before = max((point(words) for words in numbers), default=0)
        after = max((len(words) - point(words) for words in numbers), default=0)
        inner = size - 2 * MARGIN
        found.append(max(0.0, (inner - digit * (before + after)) / 2) + digit * before)
    return found


def _head(table: Table, ctx: Context, widths: Sequence[int], letters: int) -> list[str]:
    found, last = [], len(table.head) + len(table.rows) - 1
    for level, heads in enumerate(table.head):
        cells, column = [], 0
        for head in heads:
            spans, words = head.span > 1, ctx.show(head.cell)
            below = (
                THICK if level == last else THIN if level == len(table.head) - 1 or (spans and words) else 0
            )
            size = sum(widths[column : column + head.span])
            side = "c" if spans or table.align[column] != "l" else "l"
            rules = (THICK if level == 0 else 0, below)
            cells.append(
                _cell(words, size, letters, rules, f'<w:jc w:val="{JUSTIFY[side]}"/>', span=head.span)
            )
            column += head.span
        found.append(_row(cells, "<w:cantSplit/><w:tblHeader/>"))
    return found


def _body(table: Table, ctx: Context, widths: Sequence[int], tabs: Sequence[int], letters: int) -> list[str]:
    found, last = [], len(table.rows) - 1
    pointed = [any("." in ctx.show(row.cells[k]) for row in table.rows) for k in range(table.width)]
    for place, row in enumerate(table.rows):
        above = THICK if not table.head and place == 0 else THIN if place and row.rule else 0
        cells = []
        for column, cell in enumerate(row.cells):
            words, align = ctx.show(cell), table.align[column]
            rules = (above, THICK if place == last else 0)
            if _on_point(words, align) and ("." in words or not pointed[column]):
                tab = f'<w:tabs><w:tab w:pos="{tabs[column]}" w:val="decimal"/></w:tabs>'
                cells.append(_cell(words, widths[column], letters, rules, tab=tab))
            else:
                cells.append(
                    _cell(words, widths[column], letters, rules, f'<w:jc w:val="{JUSTIFY[align]}"/>')
                )
        found.append(_row(cells, "<w:cantSplit/>"))
    return found


def _on_point(words: str, align: Align) -> bool:
    """Tell whether a cell stands on its decimal point: Word aligns a cell's text on its first decimal tab."""
    return align == "d" and any(mark.isdigit() for mark in words) and not words.startswith("[")


def _row(cells: Sequence[str], properties: str) -> str:
    return f"<w:tr><w:trPr>{properties}</w:trPr>{''.join(cells)}</w:tr>"


def _cell(
    words: str,
    size: int,
    letters: int,
    rules: tuple[int, int],
    side: str = "",
    *,
    tab: str = "",
    span: int = 1,
) -> str:
    """Return a cell, its properties in the order of the schema (ECMA-376, CT_TcPr)."""
    spans = f'<w:gridSpan w:val="{span}"/>' if span > 1 else ""
    return (
        f'<w:tc><w:tcPr><w:tcW w:type="dxa" w:w="{size}"/>{spans}<w:tcBorders>{_border("top", rules[0])}'
        f"{_border('left', 0)}{_border('bottom', rules[1])}{_border('right', 0)}</w:tcBorders></w:tcPr>"
        f'<w:p><w:pPr>{tab}<w:spacing w:before="20" w:after="20"/>{side}</w:pPr>{_run(words, letters)}</w:p></w:tc>'
    )


def _border(side: str, size: int) -> str:
    kind = "single" if size else "nil"
    return f'<w:{side} w:val="{kind}" w:sz="{size}" w:space="0" w:color="000000"/>'


def _run(words: str, letters: int) -> str:
    """Return a run: line breaks and tabs are elements, blanks at the ends are kept."""
    found = []
    for piece in re.split(r"([\n\r\t])", words):
        if piece in {"\n", "\r"}:
            found.append("<w:br/>")
        elif piece == "\t":
            found.append("<w:tab/>")
        elif piece:
            kept = ' xml:space="preserve"' if piece != piece.strip() else ""
            found.append(f"<w:t{kept}>{escape(piece, quote=False)}</w:t>")
    size = f'<w:rPr><w:sz w:val="{letters}"/><w:szCs w:val="{letters}"/></w:rPr>'
    return f"<w:r>{size}{''.join(found)}</w:r>" if found else "<w:r/>"
