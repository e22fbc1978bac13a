"""The corners of WordprocessingML that python-docx leaves open: borders, fields, bookmarks, fonts, sections."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from docx.document import Document
    from docx.section import Section
    from docx.styles.style import BaseStyle
    from docx.table import _Cell
    from docx.text.paragraph import Paragraph

#: The date that every document carries, so that its bytes depend on its contents alone.
EPOCH = datetime(2000, 1, 1)


def element(tag: str, **attributes: object) -> Any:
    """Return a new element ``w:tag`` with ``w:`` attributes."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    made = OxmlElement(f"w:{tag}")
    for key, value in attributes.items():
        made.set(qn(f"w:{key}"), str(value))
    return made


def east_asian(style: BaseStyle, latin: str, eastern: str) -> None:
    """Set the fonts of a style for Latin and for East-Asian characters, over those of the theme."""
    from docx.oxml.ns import qn

    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    for attribute in list(fonts.attrib):
        del fonts.attrib[attribute]
    for kind, name in (("ascii", latin), ("hAnsi", latin), ("cs", latin), ("eastAsia", eastern)):
        fonts.set(qn(f"w:{kind}"), name)


def landscape(section: Section) -> None:
    """Turn a section to landscape A4."""
    from docx.enum.section import WD_ORIENT
    from docx.shared import Cm

    section.orientation = WD_ORIENT.LANDSCAPE
    section.page_width, section.page_height = Cm(29.7), Cm(21)


def turn(document: Document, *, wide: bool) -> None:
    """Begin a new page, landscape where ``wide`` and portrait otherwise, unless the document lies so already."""
    from docx.enum.section import WD_ORIENT, WD_SECTION
    from docx.shared import Cm

    if (document.sections[-1].orientation == WD_ORIENT.LANDSCAPE) == wide:
        return
    section = document.add_section(WD_SECTION.NEW_PAGE)
    if wide:
        landscape(section)
        return
    section.orientation = WD_ORIENT.PORTRAIT
    section.page_width, section.page_height = Cm(21), Cm(29.7)


def caption(
    document: Document | _Cell, kind: str, number: int, label: str, words: str, *, keep_next: bool = False
) -> None:
    """Add a caption; its label (``Table 3``) is a bookmark around a counting field, for cross-references."""
    paragraph = document.add_paragraph(style="Caption")
    paragraph.alignment = 1
    paragraph.paragraph_format.keep_with_next = keep_next
    if number:
        identity = number * 2 + (kind == "figure")
        start = element("bookmarkStart", id=identity, name=bookmark(kind, number))
        paragraph._p.append(start)
        before, digits, after = label.partition(str(number))
        paragraph.add_run(before)
        field(paragraph, f"SEQ {kind.capitalize()} \\* ARABIC", digits)
        paragraph.add_run(after)
        paragraph._p.append(element("bookmarkEnd", id=identity))
        paragraph.add_run("  ")
    paragraph.add_run(words)


def reference(paragraph: Paragraph, kind: str, number: int, shown: str) -> None:
    """Add a cross-reference to the caption of a table or figure."""
    field(paragraph, f"REF {bookmark(kind, number)} \\h", shown)


def bookmark(kind: str, number: int) -> str:
    """Return the bookmark of a caption's label."""
    return f"ccd_{kind}_{number}"


def field(paragraph: Paragraph, instruction: str, shown: str) -> None:
    """Add a field with the result that is shown until Word counts again."""
    for step in ("begin", None, "separate", shown, "end"):
        run = paragraph.add_run()
        if step is None:
            code = element("instrText")
            code.text = f" {instruction} "
            run._r.append(code)
        elif step == shown:
            run.text = shown
        else:
            run._r.append(element("fldChar", fldCharType=step))


def spoken(document: Document) -> None:
    """Name the language that words are checked and broken in: English letters, Chinese characters of the mainland."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    (properties,) = document.styles.element.xpath("w:docDefaults/w:rPrDefault/w:rPr")
    for old in properties.findall(qn("w:lang")):
        properties.remove(old)
    lang = OxmlElement("w:lang")
    for kind, code in (("val", "en-US"), ("eastAsia", "zh-CN"), ("bidi", "ar-SA")):
        lang.set(qn(f"w:{kind}"), code)
    properties.append(lang)
