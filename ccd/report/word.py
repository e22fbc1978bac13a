"""Word: editable three-line tables, figures with captions, and cross-references, in one document or a table each."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from ccd.methods import cited
from ccd.methods import reference as cite
from ccd.report.formulas import formula_image, png_height
from ccd.report.package import fixed_zip
from ccd.report.table import Table
from ccd.report.word_table import WIDE, word_table
from ccd.report.word_xml import EPOCH, caption, east_asian, landscape, reference, turn
from ccd.words import Language, Text, text

if TYPE_CHECKING:
    from docx.document import Document

    from ccd.report.page import Block, Page
    from ccd.report.views.base import Context

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
            image = formula_image(latex, "png", page.kept)
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
    document.element.body.insert_element_before(word_table(table, ctx), "w:sectPr")
    add_notes(document, table.notes, ctx)


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
