"""Word: editable three-line tables, figures with captions, and cross-references, in one document or a table each."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from ccd.methods import reference as cite
from ccd.report.formulas import formula_image, png_height
from ccd.report.package import fixed_zip
from ccd.report.table import Table
from ccd.report.word_table import lies, word_table
from ccd.report.word_xml import EPOCH, caption, east_asian, element, landscape, reference, spoken, turn
from ccd.words import Language, Name, Text, text

if TYPE_CHECKING:
    from docx.document import Document
    from docx.text.paragraph import Paragraph

    from ccd.report.blocks import Block, Section
    from ccd.report.page import Page
    from ccd.report.views.base import Context

#: The width of a figure of the body, and of one of two beside each other, in cm.
LARGE, SMALL = 12.5, 7.8
FONTS: Mapping[Language, tuple[str, str]] = {
    "en": ("Times New Roman", "SimSun"),
    "zh": ("Times New Roman", "宋体"),
}


def table_docx(table: Table, ctx: Context) -> bytes:
    """Return a document that holds one three-line table with its caption above and its notes below."""
    document = new_document(ctx.language)
    if lies(table, ctx):
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
        add_sentences(document, section, page)
        if section.appendix:
            add_appendix(document, section.blocks)
        for block in () if section.appendix else section.blocks:
            add_block(document, block)
        add_notes(document, section.notes, page.ctx)
    turn(document, wide=False)
    add_methods(document, page)
    return packed(document)


def add_sentences(document: Document, section: Section, page: Page) -> None:
    """Add the sentences of a section, each with the table or figure that shows it, and its equations."""
    from docx.shared import Pt

    places = {block.id: block for block in page.blocks()}
    small = section.key == "notes"
    listed = section.sentences
    if not section.links and not small and listed:
        document.add_paragraph(said(listed, page.ctx))
        listed = ()
    for place, sentence in enumerate(listed):
        paragraph = document.add_paragraph(page.ctx.say(sentence), "Notes" if small else None)
        if small:
            paragraph.paragraph_format.space_after = Pt(2)
        block = places.get(section.links[place]) if section.links else None
        if block is not None:
            refer(paragraph, block)
    for latex in section.equations:
        image = formula_image(latex, "png", page.kept)
        document.add_picture(io.BytesIO(image), height=Pt(png_height(image) * 72 / 300))
        document.paragraphs[-1].alignment = 1


def refer(paragraph: Paragraph, block: Block) -> None:
    """Add cross-references to a block's table and figure, in parentheses."""
    places = [("table", block.table_number), ("figure", block.figure_number)]
    shown = [(kind, number) for kind, number in places if number]
    for place, (kind, number) in enumerate(shown):
        paragraph.add_run(" (" if place == 0 else "; ")
        reference(paragraph, kind, number, numbered(kind, number, block.ctx))
    if shown:
        paragraph.add_run(")")


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
    works = page.works
    if works:
        document.add_heading(page.ctx.say(text("References")), 1)
        for key in works:
            document.add_paragraph(cite(key, page.ctx.language))


def add_block(document: Document, block: Block) -> None:
    """Add a block: its sentences with references to what follows, its table, its figure."""
    ctx = block.ctx
    turn(document, wide=is_wide(block))
    if block.sentences:
        refer(document.add_paragraph(said(block.sentences, ctx)), block)
    if block.table is not None:
        add_table(document, block.table, ctx, block.table_number)
    if "png" in block.images:
        turn(document, wide=False)
        add_figure(document, block)


def add_appendix(document: Document, blocks: Sequence[Block]) -> None:
    """Add the blocks of an appendix: figures two beside each other, tables as in the body."""
    waiting: list[Block] = []
    for block in blocks:
        if block.table is None and "png" in block.images:
            waiting.append(block)
        else:
            add_block(document, block)
    for place in range(0, len(waiting), 2):
        turn(document, wide=False)
        add_pair(document, waiting[place : place + 2])


def add_pair(document: Document, blocks: Sequence[Block]) -> None:
    """Add one or two small figures in a row, each with its caption below."""
    from docx.shared import Cm, Pt

    grid = document.add_table(1, 2)
    grid.alignment = 1
    grid.rows[0]._tr.get_or_add_trPr().append(element("cantSplit"))
    for cell, block in zip(grid.rows[0].cells, blocks, strict=False):
        paragraph = cell.paragraphs[0]
        paragraph.alignment = 1
        paragraph.add_run().add_picture(io.BytesIO(block.images["png"]), width=Cm(SMALL))
        label = numbered("figure", block.figure_number, block.ctx)
        words = block.ctx.say(block.caption) if block.caption is not None else block.name
        if block.model:
            words = block.ctx.say(text("{words} ({model})", words=words, model=Name(block.model)))
        caption(cell, "figure", block.figure_number, label, words)
        for run in cell.paragraphs[-1].runs:
            run.font.size = Pt(9)


def is_wide(block: Block) -> bool:
    """Tell whether a block's table needs a landscape page: too wide for an upright one, and not short."""
    return block.table is not None and lies(block.table, block.ctx)


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

    document.add_picture(io.BytesIO(block.images["png"]), width=Cm(LARGE))
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
    spoken(document)
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
