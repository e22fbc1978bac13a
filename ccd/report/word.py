"""Word: editable three-line tables, figures with captions, and cross-references, in one document or a table each."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from ccd.methods import cited
from ccd.methods import reference as cite
from ccd.report.formulas import formula_image, png_height
from ccd.report.package import fixed_zip
from ccd.report.table import Align, Cell, Table
from ccd.report.text import column_sizes, point, unbroken, width
from ccd.report.word_xml import (
    EPOCH,
    borders,
    caption,
    decimal_tab,
    east_asian,
    landscape,
    order_cell,
    reference,
    repeat_head,
    set_widths,
    turn,
)
from ccd.words import Language, Text, text

if TYPE_CHECKING:
    from docx.document import Document
    from docx.table import Table as WordTable
    from docx.table import _Cell as WordCell

    from ccd.report.page import Block, Page
    from ccd.report.views.base import Context

#: Rules of a three-line table in eighths of a point: 1.5 pt above and below, 0.75 pt under the head.
THICK, THIN = 12, 6
#: More columns than this stand on a landscape page.
WIDE = 7
#: The width of a digit and the margin of a cell, in cm.
DIGIT, MARGIN = 0.185, 0.19
#: Characters that every column has room for: less would break a count that stands on a tab.
LEAST = 6
FONTS: Mapping[Language, tuple[str, str]] = {
    "en": ("Times New Roman", "SimSun"),
    "zh": ("Times New Roman", "宋体"),
}


def table_docx(table: Table, ctx: Context) -> bytes:
    """Return a document that holds one three-line table with its caption above and its notes below."""
    document = new_document(ctx.language)
    if table.width > WIDE:
        landscape(document.sections[-1])
    add_table(document, table, ctx, 0)
    return packed(document)


def report_docx(page: Page) -> bytes:
    """Return the whole page as a document: sections, sentences, tables, figures, notes."""
    document = new_document(page.ctx.language)
    document.core_properties.title = page.title
    document.add_heading(page.title, 0)
    for section in page.sections:
        turn(document, wide=not section.sentences and bool(section.blocks) and is_wide(section.blocks[0]))
        document.add_heading(page.ctx.say(section.title), 1)
        for sentence in section.sentences:
            document.add_paragraph(page.ctx.say(sentence))
        for block in section.blocks:
            add_block(document, block)
        add_notes(document, section.notes, page.ctx)
    turn(document, wide=False)
    add_methods(document, page)
    return packed(document)


def add_methods(document: Document, page: Page) -> None:
    """Add the appendix: each choice with its formulas, the software, the references."""
    from docx.shared import Pt

    if not page.methods:
        return
    document.add_heading(page.ctx.say(text("Methods and choices")), 1)
    for method in page.methods:
        document.add_heading(method.title, 2)
        for latex in method.formulas:
            image = formula_image(latex, "png")
            document.add_picture(io.BytesIO(image), height=Pt(png_height(image) * 72 / 300))
        document.add_paragraph(method.words)
    if page.software:
        document.add_paragraph(said(page.software, page.ctx))
    works = cited(page.methods)
    if works:
        document.add_heading(page.ctx.say(text("References")), 1)
        for key in works:
            document.add_paragraph(cite(key))


def add_block(document: Document, block: Block) -> None:
    """Add a block: its sentences with references to what follows, its table, its figure."""
    ctx = block.ctx
    turn(document, wide=is_wide(block))
    if block.sentences:
        paragraph = document.add_paragraph(said(block.sentences, ctx) + " ")
        places = [("table", block.table_number), ("figure", block.figure_number)]
        shown = [(kind, number) for kind, number in places if number]
        for place, (kind, number) in enumerate(shown):
            paragraph.add_run("(" if place == 0 else "; ")
            reference(paragraph, kind, number, numbered(kind, number, ctx))
        if shown:
            paragraph.add_run(")")
    if block.table is not None:
        add_table(document, block.table, ctx, block.table_number)
    if "png" in block.images:
        turn(document, wide=False)
        add_figure(document, block)


def is_wide(block: Block) -> bool:
    """Tell whether a block's table needs a landscape page."""
    return block.table is not None and block.table.width > WIDE


def said(sentences: Sequence[Text], ctx: Context) -> str:
    """Return sentences as running text; Chinese sets no blanks between them."""
    return ("" if ctx.language == "zh" else " ").join(ctx.say(sentence) for sentence in sentences)


def add_table(document: Document, table: Table, ctx: Context, number: int) -> None:
    """Add a three-line table (三线表): thick rules above and below, a thin one under the head, no others."""
    label = numbered("table", number, ctx) if number else ""
    caption(document, "table", number, label, ctx.say(table.title), keep_next=True)
    made = document.add_table(rows=len(table.head) + len(table.rows), cols=table.width)
    made.alignment = 1
    widths = column_widths(table, ctx)
    set_widths(made, widths)
    _fill_head(made, table, ctx)
    tabs = decimal_places(table, ctx, widths)
    for place, row in enumerate(table.rows):
        for column, cell in enumerate(row.cells):
            _fill(made.cell(len(table.head) + place, column), cell, table.align[column], ctx, tabs[column])
    _rules(made, table)
    repeat_head(made, len(table.head))
    add_notes(document, table.notes, ctx)


def column_widths(table: Table, ctx: Context) -> list[float]:
    """Return column widths in cm by what stands in them, together at most the text width of the page.

    Where room is short, columns give way down to their longest number or word, so that no number is broken.
    """
    room = 24.7 if table.width > WIDE else 16.0
    wanted = [0.5 + 0.19 * max(LEAST, min(size, 40)) for size in column_sizes(table, ctx)]
    printed = [[width(ctx.show(row.cells[column])) for row in table.rows] for column in range(table.width)]
    body = [0.5 + 0.19 * max(LEAST, min(max(sizes, default=0), 40)) for sizes in printed]
    for asked in (wanted, body):  # heads break before the body does
        if sum(asked) <= room:
            return [size * min(room / sum(asked), 1.6) for size in asked]
    whole = [
        min(0.5 + 0.19 * max(LEAST, size), most)
        for size, most in zip(unbroken(table, ctx), wanted, strict=True)
    ]
    spare, short = room - sum(whole), sum(wanted) - sum(whole)
    if spare <= 0:
        return [size * room / sum(whole) for size in whole]
    return [least + (most - least) * spare / short for least, most in zip(whole, wanted, strict=True)]


def decimal_places(table: Table, ctx: Context, widths: Sequence[float]) -> list[float]:
    """Return where the decimal point of each column stands, in cm, so that its numbers are centred together."""
    found = []
    for column, size in enumerate(widths):
        printed = [ctx.show(row.cells[column]) for row in table.rows]
        numbers = [words for words in printed if words[:1].isdigit() or words[:1] in {"-", "("}]
        before = max((point(words) for words in numbers), default=0)
        after = max((len(words) - point(words) for words in numbers), default=0)
        inner = size - 2 * MARGIN
        found.append(max(0.0, (inner - DIGIT * (before + after)) / 2) + DIGIT * before)
    return found


def add_notes(document: Document, notes: Sequence[Text], ctx: Context) -> None:
    """Add notes in small print as one paragraph."""
    if notes:
        joined = "；" if ctx.language == "zh" else ". "
        body = joined.join(ctx.say(note).rstrip(".。") for note in notes)
        stop = "。" if ctx.language == "zh" else "."
        document.add_paragraph(f"{ctx.say(text('Notes:'))} {body}{stop}", "Notes")


def add_figure(document: Document, block: Block) -> None:
    """Add a figure with its caption below."""
    from docx.shared import Cm

    document.add_picture(io.BytesIO(block.images["png"]), width=Cm(15))
    document.paragraphs[-1].alignment = 1
    document.paragraphs[-1].paragraph_format.keep_with_next = True
    ctx = block.ctx
    words = ctx.say(block.caption) if block.caption is not None else block.name
    caption(document, "figure", block.figure_number, numbered("figure", block.figure_number, ctx), words)


def numbered(kind: str, number: int, ctx: Context) -> str:
    """Return ``Table 3`` or ``Figure 2`` in the language of the page."""
    word = (
        text("Table {number}", number=number) if kind == "table" else text("Figure {number}", number=number)
    )
    return ctx.say(word)


def new_document(language: Language) -> Document:
    """Return an empty A4 document whose styles name a Latin and an East-Asian font."""
    import docx
    from docx.enum.style import WD_STYLE_TYPE
    from docx.shared import Cm, Pt, RGBColor

    document = docx.Document()
    section = document.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.left_margin = section.right_margin = Cm(2.5)
    section.top_margin = section.bottom_margin = Cm(2.5)
    latin, eastern = FONTS[language]
    styles = document.styles
    notes = styles.add_style("Notes", WD_STYLE_TYPE.PARAGRAPH)
    notes.base_style = styles["Normal"]
    sizes = {"Normal": 10.5, "Title": 16, "Heading 1": 14, "Heading 2": 12, "Caption": 10.5, "Notes": 9}
    for name, size in sizes.items():
        style = styles[name]
        style.font.name, style.font.size = latin, Pt(size)
        style.font.color.rgb = RGBColor(0, 0, 0)
        style.font.bold = name not in ("Normal", "Notes")
        east_asian(style, latin, "黑体" if language == "zh" and style.font.bold else eastern)
    styles["Notes"].paragraph_format.space_before = Pt(3)
    styles["Notes"].paragraph_format.space_after = Pt(12)
    styles["Caption"].paragraph_format.space_before = Pt(10)
    properties = document.core_properties
    properties.created = properties.modified = EPOCH
    properties.author, properties.comments, properties.revision = "", "", 1
    return document


def packed(document: Document) -> bytes:
    """Return the file of a document, the same bytes each time."""
    stream = io.BytesIO()
    document.save(stream)
    return fixed_zip(stream.getvalue())


def _fill_head(made: WordTable, table: Table, ctx: Context) -> None:
    for level, heads in enumerate(table.head):
        column = 0
        for head in heads:
            cell = made.cell(level, column)
            if head.span > 1:
                cell = cell.merge(made.cell(level, column + head.span - 1))
            _fill(cell, head.cell, "c" if head.span > 1 or table.align[column] != "l" else "l", ctx)
            column += head.span


def _fill(cell: WordCell, content: Cell, align: Align, ctx: Context, tab: float = 0.0) -> None:
    """Write a cell; a number stands with its decimal point at ``tab`` cm."""
    from docx.shared import Pt

    paragraph = cell.paragraphs[0]
    paragraph.paragraph_format.space_before = paragraph.paragraph_format.space_after = Pt(1.5)
    shown = ctx.show(content)
    paragraph.add_run(shown)
    if align == "d" and any(mark.isdigit() for mark in shown) and not shown.startswith("["):
        decimal_tab(paragraph, tab)
    else:
        paragraph.alignment = {"l": 0, "c": 1, "d": 1, "r": 2}[align]


def _rules(made: WordTable, table: Table) -> None:
    """Draw the three lines, the thin rules under spanning heads, and those above marked rows."""
    depth, last = len(table.head), len(table.head) + len(table.rows) - 1
    for place, row in enumerate(made.rows):
        body = place - depth
        for cell in dict.fromkeys(row.cells):
            below = THICK if place == last else THIN if place == depth - 1 else 0
            above = THICK if place == 0 else THIN if body > 0 and table.rows[body].rule else 0
            spans = cell.grid_span > 1 and place < depth - 1 and cell.text
            borders(cell, above, THIN if spans else below)
            order_cell(cell)
