"""The page as one self-contained HTML file: no network, no other file."""

from __future__ import annotations

import re
from base64 import b64encode
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from ccd.cache import Cache
from ccd.methods import Method, reference
from ccd.report.blocks import Block, Section
from ccd.report.delimited import render_csv
from ccd.report.formulas import inline_svg
from ccd.report.latex import render_latex
from ccd.report.marks import region_key
from ccd.report.page import Page
from ccd.report.table import BLANK, Bracket, Cell, Head, Row, Table, Word
from ccd.report.text import point
from ccd.report.views.base import Context
from ccd.words import Name, text

if TYPE_CHECKING:
    from jinja2 import Template

#: The fixed words of the page.
WORDS = {
    "contents": text("Contents"),
    "skip": text("Skip to the text"),
    "theme": text("Light or dark"),
    "print": text("Print"),
    "latex": text("Copy LaTeX"),
    "csv": text("Copy CSV"),
    "notes": text("Notes"),
    "rerun": text("How to run this again"),
    "rerun_text": text(
        "The same study, data and versions give the same bytes. The manifest beside this page lists the hashes "
        "of every input and output; ccd verify checks them."
    ),
    "methods": text("Methods and choices"),
    "references": text("References"),
    "table": text("Table"),
    "figure": text("Figure"),
}

#: What the scripts say: names of controls that they make, and what they have done.
SCRIPT_WORDS = {
    "copied": text("Copied"),
    "filter": text("Rows with these words"),
    "rows": text("Rows shown: {shown} of {total}", shown="{shown}", total="{total}"),
    "large": text("Open large"),
    "close": text("Close"),
    "pick": text("Show in every table and figure"),
    "picked": text("Marked: {region}", region="{region}"),
}
#: The scripts of the page, in the order in which they run.
SCRIPTS = ("page.js", "tables.js", "figures.js", "regions.js")
#: A table of fewer rows is taken in at a glance and does not sort.
SORTED = 4


@cache
def template() -> Template:
    """Return the compiled template of the page."""
    from jinja2 import Environment, StrictUndefined

    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.from_string(asset("page.html.j2"))


def asset(name: str) -> str:
    """Return a file of the folder ``assets``."""
    return files("ccd.report").joinpath("assets", name).read_text(encoding="utf-8")


def render_page(page: Page, rerun: str = "") -> str:
    """Return the whole page; ``rerun`` is the command that makes it again ("" leaves the line out)."""
    from markupsafe import Markup

    return template().render(
        title=page.title,
        language={"en": "en", "zh": "zh-CN"}[page.ctx.language],
        words={key: page.ctx.say(word) for key, word in WORDS.items()},
        script_words={key: page.ctx.say(word) for key, word in SCRIPT_WORDS.items()},
        sections=[
            {
                "id": f"s{k}",
                "key": section.key,
                "title": page.ctx.say(section.title),
                "sentences": [page.ctx.say(sentence) for sentence in section.sentences],
                "links": linked(section, page),
                "equations": [Markup(inline_svg(latex, page.kept, "e")) for latex in section.equations],
                "blocks": [block_parts(block) for block in section.blocks],
                "notes": [page.ctx.say(note) for note in section.notes],
            }
            for k, section in enumerate(page.sections)
        ],
        first=first_screen(page),
        methods=[method_parts(method, page.kept) for method in page.methods],
        references=[reference(key, page.ctx.language) for key in page.works],
        software=[page.ctx.say(sentence) for sentence in page.software],
        rerun=rerun,
        style=Markup(asset("page.css")),
        script=Markup("(function () {\n" + "\n".join(asset(name) for name in SCRIPTS) + "}());"),
    )


def linked(section: Section, page: Page) -> list[dict[str, str]]:
    """Return, for each sentence, the block that shows it and what its link says; empty where there is none."""
    places = {block.id: block for block in page.blocks()}
    found = []
    for place in range(len(section.sentences)):
        block = places.get(section.links[place]) if section.links else None
        if block is None or not (block.table_number or block.figure_number):
            found.append({"id": "", "words": ""})
            continue
        kind, number = (
            ("table", block.table_number) if block.table_number else ("figure", block.figure_number)
        )
        found.append({"id": block.id, "words": f"{page.ctx.say(WORDS[kind])} {number}"})
    return found


def first_screen(page: Page) -> list[dict[str, str]]:
    """Return the map and the trend for the head of the page: each with its place below."""
    wanted = ("coupling_map", "by_year")
    blocks = {block.name: block for block in page.blocks() if "svg" in block.images}
    return [image_parts(blocks[name]) for name in wanted if name in blocks]


def image_parts(block: Block) -> dict[str, str]:
    """Return a figure with its caption and its place."""
    image = b64encode(block.images["svg"]).decode("ascii")
    caption = "" if block.caption is None else block.ctx.say(block.caption)
    return {"id": block.id, "caption": caption, "image": f"data:image/svg+xml;base64,{image}"}


def method_parts(method: Method, kept: Cache) -> dict[str, Any]:
    """Return what the template shows of an explained choice; formulas as inline SVG."""
    from markupsafe import Markup

    formulas = [Markup(inline_svg(latex, kept)) for latex in method.formulas]
    return {"title": method.title, "words": method.words, "formulas": formulas}


def block_parts(block: Block) -> dict[str, Any]:
    """Return what the template shows of a block."""
    ctx = block.ctx
    image = block.images.get("svg")
    return {
        "id": block.id,
        "sentences": [ctx.say(sentence) for sentence in block.sentences],
        "table": None if block.table is None else table_parts(block.table, ctx),
        "table_number": block.table_number,
        "figure_number": block.figure_number,
        "caption": "" if block.caption is None else ctx.say(block.caption),
        "image": "" if image is None else f"data:image/svg+xml;base64,{b64encode(image).decode('ascii')}",
    }


def table_parts(table: Table, ctx: Context) -> dict[str, Any]:
    """Return head and body cells; numbers split at the decimal point so that the points line up."""
    body = [[ctx.show(cell) for cell in row.cells] for row in table.rows]
    after = [
        max((len(row[j]) - point(row[j]) for row in body if row[j]), default=0) for j in range(table.width)
    ]
    pointed = [any("." in row[j] for row in body) for j in range(table.width)]
    rows = [
        {
            "rule": row.rule,
            "cells": [
                _cell(words, table.align[j], after[j], pointed[j]) | {"region": _region(row.cells[j], ctx)}
                for j, words in enumerate(cells)
            ],
        }
        for row, cells in zip(table.rows, body, strict=True)
    ]
    return {
        "title": ctx.say(table.title),
        "records": are_records(table, ctx),
        "heads": [_heads(row, table, ctx) for row in table.head],
        "rows": rows,
        "notes": [ctx.say(note) for note in table.notes],
        "tex": render_latex(table, ctx),
        "csv": render_csv(table, ctx),
    }


def table_html(table: Table, ctx: Context) -> str:
    """Return a table alone, for notebooks: caption, head, body and notes, every word escaped."""
    from html import escape

    parts = table_parts(table, ctx)
    heads = [
        "".join(f'<th colspan="{head["span"]}">{escape(str(head["words"]))}</th>' for head in row)
        for row in parts["heads"]
    ]
    rows = ["".join(f"<td>{escape(ctx.show(cell))}</td>" for cell in row.cells) for row in table.rows]
    body = "".join(f"<tr>{cells}</tr>" for cells in (*heads, *rows))
    notes = "".join(f"<div>{escape(note)}</div>" for note in parts["notes"])
    return f"<table><caption>{escape(parts['title'])}</caption>{body}</table>{notes}"


def are_records(table: Table, ctx: Context) -> bool:
    """Tell whether the rows of a table stand for themselves, so that they may be sorted.

    They do where no rule parts them and each begins with a word or number of its own; a row of brackets alone belongs
    to the one above.
    """
    own = [row for row in table.rows if not is_under(row)]
    plain = bool(table.head) and all(head.span == 1 for head in table.head[-1])
    named = all(ctx.show(row.cells[0]).strip() for row in own)
    return plain and named and len(own) >= SORTED and not any(row.rule for row in table.rows)


def is_under(row: Row) -> bool:
    """Tell whether a row holds nothing but what stands under the estimates of the row above."""
    return any(isinstance(cell, Bracket) for cell in row.cells) and row.cells[0] == BLANK


def _region(cell: Cell, ctx: Context) -> str:
    """Return the key of the region that a cell names; empty where it names none."""
    word = cell.word if isinstance(cell, Word) else ""
    return region_key(word) if isinstance(word, Name) and word in ctx.regions else ""


def _cell(words: str, align: str, after: int, pointed: bool) -> dict[str, Any]:
    """Return a cell; in a column of decimals, words and whole numbers (observations) stand centred."""
    if align != "d" or not re.search(r"\d", words) or (pointed and "." not in words):
        return {"class": {"d": "c"}.get(align, align), "whole": words, "rest": "", "after": 0}
    at = point(words)
    return {"class": "d", "whole": words[:at], "rest": words[at:], "after": after}


def _heads(row: tuple[Head, ...], table: Table, ctx: Context) -> list[dict[str, Any]]:
    cells, at = [], 0
    for head in row:
        words = ctx.show(head.cell)
        kind = "l" if table.align[at] == "l" and head.span == 1 else "c"
        cells.append(
            {"class": kind, "words": words, "span": head.span, "rule": head.span > 1 and bool(words)}
        )
        at += head.span
    return cells
