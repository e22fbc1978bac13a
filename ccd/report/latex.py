"""LaTeX: booktabs rules, threeparttable notes, siunitx columns, every character escaped."""

from __future__ import annotations

import re
from collections.abc import Iterator
from textwrap import wrap

from ccd.report.table import Bracket, Cell, Estimated, Number, Table
from ccd.report.text import point, width
from ccd.report.views.base import Context

#: What a document needs before it takes the tables: packages, and columns of numbers lined up at the point
#: with their parentheses and stars outside.
SETUP = (
    r"\usepackage{booktabs,longtable,threeparttable,siunitx,rotating}",
    r"\sisetup{group-digits=none,input-open-uncertainty=,input-close-uncertainty=,input-symbols=(),"
    r"table-align-text-pre=false,table-align-text-post=false}",
)
PREAMBLE = (
    *(f"% {line}" for line in SETUP),
    "% Chinese: compile with xelatex and \\usepackage{ctex}",
)
SPECIAL = {
    "\\": r"\textbackslash{}",
    "&": r"\&",
    "%": r"\%",
    "$": r"\$",
    "#": r"\#",
    "_": r"\_",
    "{": r"\{",
    "}": r"\}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    "[": r"{[}",
    "]": r"{]}",
    "–": r"\textendash{}",
    "×": r"$\times$",
    "²": r"\textsuperscript{2}",
    "∞": r"$\infty$",
    "\n": " ",
    "\r": " ",
    "\t": " ",
}
#: Rows beyond which a table breaks over pages.
LONG = 40
#: Characters from which a heading over numbers is broken.
HEADING = 14
NUMERIC = re.compile(r"[(]?-?\d+(\.\d+)?(e[+-]\d+)?[)]?\**")


def escape(words: str) -> str:
    """Return ``words`` with every character that LaTeX reads as a command spelt out."""
    return "".join(SPECIAL.get(char, char) for char in words)


def render_latex(table: Table, ctx: Context) -> str:
    """Return a table environment with caption and label ``tab:NAME``; the first lines name the packages."""
    environment, size = fitted(natural_width(table, ctx))
    columns = "".join("S" if letter == "d" else letter for letter in table.align)
    if len(table.rows) > LONG:
        return "\n".join(_long(table, ctx, columns, size))
    lines = [
        *PREAMBLE,
        rf"\begin{{{environment}}}[htbp]",
        r"\centering",
        *size,
        r"\begin{threeparttable}",
        rf"\caption{{{escape(ctx.say(table.title))}}}",
        rf"\label{{{_label(table)}}}",
        rf"\begin{{tabular}}{{{columns}}}",
        r"\toprule",
        *_heads(table, ctx),
        r"\midrule",
        *_rows(table, ctx),
    ]
    lines += [r"\bottomrule", r"\end{tabular}"]
    if table.notes:
        lines += [r"\begin{tablenotes}[flushleft]", r"\footnotesize"]
        lines += [rf"\item {escape(ctx.say(note))}" for note in table.notes]
        lines.append(r"\end{tablenotes}")
    lines += [r"\end{threeparttable}", rf"\end{{{environment}}}", ""]
    return "\n".join(lines)


def _long(table: Table, ctx: Context, columns: str, size: tuple[str, ...]) -> Iterator[str]:
    """Yield a table that breaks over pages and repeats its head: longtable."""
    yield from PREAMBLE
    yield r"\begingroup"
    yield from size or (r"\small",)
    yield rf"\begin{{longtable}}{{{columns}}}"
    yield rf"\caption{{{escape(ctx.say(table.title))}}}\label{{{_label(table)}}}\\"
    yield r"\toprule"
    yield from _heads(table, ctx)
    yield r"\midrule\endfirsthead"
    yield r"\toprule"
    yield from _heads(table, ctx)
    yield r"\midrule\endhead"
    yield r"\bottomrule\endfoot"
    yield from _rows(table, ctx)
    yield r"\end{longtable}"
    if table.notes:
        yield r"\footnotesize\noindent"
        yield from (rf"{escape(ctx.say(note))}\par" for note in table.notes)
    yield r"\endgroup"
    yield ""


def _label(table: Table) -> str:
    return f"tab:{re.sub(r'[^A-Za-z0-9-]', '-', table.name)}"


def _rows(table: Table, ctx: Context) -> Iterator[str]:
    for row in table.rows:
        if row.rule:
            yield r"\midrule"
        cells = (_cell(cell, letter, ctx) for cell, letter in zip(row.cells, table.align, strict=True))
        yield " & ".join(cells) + r" \\"


def natural_width(table: Table, ctx: Context) -> int:
    """Return the width of a table in characters, two between columns; S columns centre the decimal point."""
    total = 0
    for j, letter in enumerate(table.align):
        cells = [ctx.show(row.cells[j]) for row in table.rows]
        sizes = [
            2 * max(point(cell), len(cell) - point(cell) - 1) + 1 if letter == "d" else width(cell)
            for cell in cells
        ]
        words = [ctx.show(row[j].cell) for row in table.head if len(row) == table.width]
        sizes += [width(line) for head in words for line in (lines_of(head) if letter == "d" else [head])]
        total += max(sizes, default=0) + 2
    return total


def lines_of(heading: str) -> list[str]:
    """Return the lines of a heading over numbers, about HEADING characters each."""
    return wrap(heading, HEADING, break_long_words=False, break_on_hyphens=False) or [""]


def stacked(heading: str) -> str:
    """Return a heading as LaTeX, its lines under each other."""
    lines = [escape(line) for line in lines_of(heading)]
    return lines[0] if len(lines) == 1 else "\\shortstack{" + r"\\".join(lines) + "}"


def _centred(cell: str) -> int:
    return 2 * max(point(cell), len(cell) - point(cell) - 1) + 1


def fitted(characters: int) -> tuple[str, tuple[str, ...]]:
    """Return the environment and the size commands with which a table of that width fits a page."""
    if characters <= 90:
        return "table", ()
    if characters <= 104:
        return "table", (r"\small", r"\setlength{\tabcolsep}{4pt}")
    if characters <= 122:
        return "table", (r"\footnotesize", r"\setlength{\tabcolsep}{3pt}")
    return "sidewaystable", (r"\footnotesize", r"\setlength{\tabcolsep}{4pt}")


def _cell(cell: Cell, letter: str, ctx: Context) -> str:
    shown = ctx.show(cell)
    if letter != "d" or not shown:
        return escape(shown)
    aligned = isinstance(cell, Number | Estimated | Bracket) and NUMERIC.fullmatch(shown)
    return shown if aligned else f"{{{escape(shown)}}}"


def _heads(table: Table, ctx: Context) -> list[str]:
    lines = []
    for k, row in enumerate(table.head):
        cells, rules, at = [], [], 1
        for head in row:
            words = escape(ctx.show(head.cell))
            if head.span > 1:
                cells.append(rf"\multicolumn{{{head.span}}}{{c}}{{{words}}}")
                rules += [rf"\cmidrule(lr){{{at}-{at + head.span - 1}}}"] if words else []
            else:
                cells.append(f"{{{stacked(ctx.show(head.cell))}}}" if table.align[at - 1] == "d" else words)
            at += head.span
        lines.append(" & ".join(cells) + r" \\")
        lines += rules if k < len(table.head) - 1 else []
    return lines
