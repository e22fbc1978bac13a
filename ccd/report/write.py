"""Tables, figures and pages as files."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from ccd.report.delimited import render_csv
from ccd.report.figures import Fonts, find_fonts
from ccd.report.html import render_page
from ccd.report.latex import render_latex
from ccd.report.page import NO_CHINESE, Page, compose
from ccd.report.style import OutputSpec
from ccd.report.table import Table
from ccd.report.views.base import Context
from ccd.results import Results
from ccd.words import Text

#: Format -> (ending, encoding, renderer) of one table; csv has a byte order mark for Excel.
TABLES: Mapping[str, tuple[str, Callable[[Table, Context], str]]] = {
    "csv": ("utf-8-sig", render_csv),
    "tex": ("utf-8", render_latex),
}


def write_report(
    results: Results, folder: Path, output: OutputSpec, *, base: Path | None = None, rerun: str = ""
) -> tuple[Text, ...]:
    """Write tables/, figures/ and the report under ``folder``; return warnings that arose in drawing.

    ``base`` is the folder that a relative font starts from, ``rerun`` the command that made the results.
    Raises StudyError where the font cannot be read.
    """
    kinds = tuple(dict.fromkeys((*output.figures, *(("svg",) if output.figures else ()))))
    fonts = fonts_for(results, output, base)
    page = compose(results, output.style(), fonts, kinds)
    for block in page.blocks():
        if block.table is not None:
            write_table(block.table, block.ctx, folder / "tables", output.formats)
        for kind in output.figures:
            if kind in block.images:
                write_bytes(block.images[kind], folder / "figures" / f"{block.name}.{kind}")
    if "html" in output.formats:
        write_bytes(render_page(page, rerun).encode("utf-8"), folder / "report.html")
    return tuple(drawing_notes(page))


def fonts_for(results: Results, output: OutputSpec, base: Path | None) -> Fonts:
    """Return the fonts of the figures; without figures nothing is looked for."""
    if not output.figures:
        return Fonts(("DejaVu Sans",), chinese=False)
    return find_fonts(output.font, base, chinese=results.language == "zh")


def drawing_notes(page: Page) -> Iterable[Text]:
    """Yield the notes that composing the page added to those of the results."""
    return (note for section in page.sections for note in section.notes if note == NO_CHINESE)


def write_table(table: Table, ctx: Context, folder: Path, formats: Iterable[str]) -> None:
    """Write one table in each of ``formats`` that holds single tables."""
    for kind in formats:
        if kind in TABLES:
            encoding, renderer = TABLES[kind]
            write_bytes(renderer(table, ctx).encode(encoding), folder / f"{table.name}.{kind}")


def write_bytes(content: bytes, path: Path) -> None:
    """Write a file, making its folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
