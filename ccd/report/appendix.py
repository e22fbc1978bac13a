"""The appendix of a paper as one LaTeX document: every table and figure by path, numbered with A."""

from __future__ import annotations

from collections.abc import Iterator

from ccd.methods import reference
from ccd.report.blocks import Block
from ccd.report.latex import SETUP, escape
from ccd.report.page import Page
from ccd.words import text

#: Language -> the class of the document; Chinese needs ctex, both are compiled by xelatex.
CLASSES = {"en": r"\documentclass[11pt]{article}", "zh": r"\documentclass[11pt,UTF8]{ctexart}"}
PACKAGES = (r"\usepackage[a4paper,margin=25mm]{geometry}", r"\usepackage{amsmath,graphicx}", *SETUP)
NUMBERED = (r"\renewcommand{\thetable}{A\arabic{table}}", r"\renewcommand{\thefigure}{A\arabic{figure}}")


def render_appendix(page: Page) -> str:
    """Return the document; it takes ``tables/*.tex`` and ``figures/*.pdf`` of its own folder.

    Sections are those of the page; what the page leaves out stands in a last one. Compiles as it is with xelatex.
    """
    return "\n".join(_lines(page)) + "\n"


def _lines(page: Page) -> Iterator[str]:
    yield CLASSES[page.ctx.language]
    yield from PACKAGES
    yield from NUMBERED
    yield rf"\title{{{escape(page.title)}}}"
    yield r"\date{}"
    yield r"\begin{document}"
    yield r"\maketitle"
    yield r"\appendix"
    yield r"\setcounter{table}{0}\setcounter{figure}{0}"
    files = {block.name: block for block in page.files}
    for section in page.sections:
        own = [files.pop(block.name) for block in section.blocks if block.name in files]
        if own:
            yield from _section(page.ctx.say(section.title), own)
    if files:
        yield from _section(page.ctx.say(text("Further tables and figures")), list(files.values()))
    if page.works:
        yield from _works(page)
    yield r"\end{document}"


def _section(title: str, blocks: list[Block]) -> Iterator[str]:
    yield rf"\section{{{escape(title)}}}"
    for block in blocks:
        if block.table is not None:
            yield rf"\input{{tables/{block.table.name}.tex}}"
        if "pdf" in block.images:
            yield from _figure(block)
    yield r"\clearpage"  # floats stay in their section


def _figure(block: Block) -> Iterator[str]:
    caption = block.ctx.say(block.caption) if block.caption is not None else block.name
    yield r"\begin{figure}[htbp]"
    yield r"\centering"
    yield rf"\includegraphics[width=\linewidth,height=.8\textheight,keepaspectratio]{{figures/{block.name}.pdf}}"
    yield rf"\caption{{{escape(caption)}}}"
    yield r"\end{figure}"


def _works(page: Page) -> Iterator[str]:
    """Yield the reference list itself, so that one run of xelatex is enough; references.bib holds the same works."""
    yield r"\begin{thebibliography}{99}"
    for key in page.works:
        yield rf"\bibitem{{{key}}} {escape(reference(key, page.ctx.language))}"
    yield r"\end{thebibliography}"
