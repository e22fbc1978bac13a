"""Tables, figures and pages as files."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from ccd.cache import NO_CACHE, Cache
from ccd.methods import bibtex
from ccd.report.appendix import render_appendix
from ccd.report.delimited import render_csv
from ccd.report.excel import workbook
from ccd.report.figures import LATIN, Fonts, find_fonts
from ccd.report.html import render_page
from ccd.report.known_fonts import known_fonts
from ccd.report.latex import render_latex
from ccd.report.maps import read_boundaries
from ccd.report.markdown import render_markdown
from ccd.report.page import Page, compose
from ccd.report.panel_files import PANELS, panel_file
from ccd.report.style import OutputSpec
from ccd.report.table import Table
from ccd.report.views.base import Context
from ccd.report.word import report_docx, table_docx
from ccd.results import Results
from ccd.words import Text

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Exhibit:
    """A table or a figure as written: its caption, and its files relative to the folder of the result."""

    kind: Literal["table", "figure"]
    caption: str
    files: tuple[str, ...]


@dataclass(frozen=True)
class Written:
    """What a report wrote: its exhibits in order, and the warnings that arose in drawing."""

    exhibits: tuple[Exhibit, ...]
    warnings: tuple[Text, ...]


def csv_bytes(table: Table, ctx: Context) -> bytes:
    """Return a table as csv with a byte order mark, for Excel."""
    return render_csv(table, ctx).encode("utf-8-sig")


def latex_bytes(table: Table, ctx: Context) -> bytes:
    """Return a table as LaTeX."""
    return render_latex(table, ctx).encode("utf-8")


def markdown_bytes(table: Table, ctx: Context) -> bytes:
    """Return a table as Markdown."""
    return render_markdown(table, ctx).encode("utf-8")


#: Format -> renderer of one table; the format is the ending.
TABLES: Mapping[str, Callable[[Table, Context], bytes]] = {
    "csv": csv_bytes,
    "tex": latex_bytes,
    "docx": table_docx,
    "md": markdown_bytes,
}


def write_report(
    results: Results,
    folder: Path,
    output: OutputSpec,
    *,
    base: Path | None = None,
    rerun: str = "",
    cache: Cache = NO_CACHE,
    workers: int = 1,
) -> Written:
    """Write tables/, figures/ and the report under ``folder``; return what was written and how it went.

    ``base`` is the folder that a relative font starts from, ``rerun`` the command that made the results, and
    ``cache`` holds the figures drawn before; at most ``workers`` processes draw the others.
    Raises StudyError where the font or the boundaries cannot be read.
    """
    kinds = drawn_kinds(output)
    fonts = fonts_for(results, output, base, cache)
    boundaries = None
    if output.map is not None and kinds:
        boundaries = read_boundaries(Path(base or ".", output.map), output.map_key, results.panel.entities)
    page = compose(results, output.style(), fonts, kinds, output.report, cache, boundaries, workers)
    for block in page.files:
        if block.table is not None:
            write_table(block.table, block.ctx, folder / "tables", table_kinds(output))
        for kind in figure_kinds(output):
            if kind in block.images:
                write_bytes(block.images[kind], folder / "figures" / f"{block.name}.{kind}")
    if "html" in output.formats:
        write_bytes(render_page(page, rerun).encode("utf-8"), folder / "report.html")
    if "appendix" in output.formats:
        write_bytes(render_appendix(page).encode("utf-8"), folder / "appendix.tex")
    works = page.works
    if works:
        write_bytes(bibtex(works).encode("utf-8"), folder / "references.bib")
    if "docx" in output.formats:
        write_bytes(report_docx(page), folder / "report.docx")
    if "xlsx" in output.formats:
        shown = [(block.table, block.ctx) for block in page.files if block.table is not None]
        write_bytes(workbook(shown, tidy(results)), folder / "tables.xlsx")
    told: list[Text] = []
    for form in (form for form in output.formats if form in PANELS):
        content, notes = PANELS[form](panel_file(results))
        write_bytes(content, folder / f"panel.{form}")
        told += notes
    return Written(tuple(exhibits(page, output)), (*page.warnings, *told))


def exhibits(page: Page, output: OutputSpec) -> Iterator[Exhibit]:
    """Yield the tables and figures that stand in files of their own, as the page orders them."""
    for block in page.files:
        tables = (
            tuple(f"tables/{block.table.name}.{kind}" for kind in table_kinds(output)) if block.table else ()
        )
        if block.table is not None and tables:
            yield Exhibit("table", block.ctx.say(block.table.title), tables)
        figures = tuple(
            f"figures/{block.name}.{kind}" for kind in figure_kinds(output) if kind in block.images
        )
        if figures:
            yield Exhibit("figure", block.ctx.say(block.caption) if block.caption else block.name, figures)


def drawn_kinds(output: OutputSpec) -> tuple[str, ...]:
    """Return the kinds of figures to draw: those asked for, svg for the page and png for Word."""
    if not output.figures:
        return ()
    pages = {"html": "svg", "docx": "png"}
    return tuple(
        dict.fromkeys(
            (*figure_kinds(output), *(kind for form, kind in pages.items() if form in output.formats))
        )
    )


def figure_kinds(output: OutputSpec) -> tuple[str, ...]:
    """Return the kinds of figures that are written as files: those asked for, and pdf for an appendix."""
    more = ("pdf",) if output.figures and "appendix" in output.formats else ()
    return tuple(dict.fromkeys((*output.figures, *more)))


def table_kinds(output: OutputSpec) -> tuple[str, ...]:
    """Return the formats of single tables that are written as files: those asked for, and tex for an appendix."""
    more = ("tex",) if "appendix" in output.formats else ()
    return tuple(kind for kind in dict.fromkeys((*output.formats, *more)) if kind in TABLES)


def tidy(results: Results) -> Mapping[str, pd.DataFrame]:
    """Return the tidy numbers of a workbook: sheet -> frame, the names of the csv files in front."""
    rooms = [("index", results.index.parts if results.index else ())]
    rooms += [("coupling", results.coupling.parts if results.coupling else ())]
    rooms += [("describe", results.describe), *((told.room, told.parts) for told in results.chapters)]
    rooms += [("comparisons", results.comparisons)]
    frames = {f"{room}.{part.name}": part.frame for room, parts in rooms for part in parts}
    for name, estimate in results.estimates.items():
        frames[f"{name}.terms"] = estimate.terms.frame()
        frames |= {f"{name}.{part.name}": part.frame for part in estimate.parts}
    return frames


def fonts_for(results: Results, output: OutputSpec, base: Path | None, cache: Cache = NO_CACHE) -> Fonts:
    """Return the fonts of the figures; without figures nothing is looked for."""
    if not output.figures:
        return Fonts((LATIN,), chinese=False)
    chinese = results.language == "zh"
    if output.font is not None:
        return find_fonts(output.font, base, chinese=chinese)
    return known_fonts(cache, chinese=chinese)


def write_table(table: Table, ctx: Context, folder: Path, formats: Iterable[str]) -> None:
    """Write one table in each of ``formats``."""
    for kind in formats:
        write_bytes(TABLES[kind](table, ctx), folder / f"{table.name}.{kind}")


def write_bytes(content: bytes, path: Path) -> None:
    """Write a file, making its folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
