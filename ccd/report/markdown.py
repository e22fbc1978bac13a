"""Markdown: a table for a README."""

from __future__ import annotations

import re

from ccd.report.table import Table
from ccd.report.views.base import Context

RULES = {"l": ":---", "c": ":---:", "r": "---:", "d": "---:"}
SPECIAL = re.compile(r"([\\`*_{}\[\]<>|#~$])")


def escape(words: str) -> str:
    """Return ``words`` with every character that Markdown reads as a mark escaped, on one line."""
    return SPECIAL.sub(r"\\\1", " ".join(words.split()))


def render_markdown(table: Table, ctx: Context) -> str:
    """Return title, a pipe table (one head row: the heads of a column under each other) and notes."""
    heads = [[""] * table.width for _ in table.head]
    for row, line in zip(table.head, heads, strict=True):
        at = 0
        for head in row:
            line[at : at + head.span] = [escape(ctx.show(head.cell))] * head.span
            at += head.span
    first = ["<br>".join(filter(None, column)) for column in zip(*heads, strict=True)]
    lines = [f"**{escape(ctx.say(table.title))}**", ""]
    lines += [_line(first or [""] * table.width), _line([RULES[letter] for letter in table.align])]
    lines += [_line([escape(ctx.show(cell)) for cell in row.cells]) for row in table.rows]
    lines += [""] + [f"{escape(ctx.say(note))}  " for note in table.notes]
    return "\n".join(lines).rstrip() + "\n"


def _line(cells: list[str]) -> str:
    return "| " + " | ".join(cells) + " |"
