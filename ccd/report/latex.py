"""LaTeX: booktabs rules, threeparttable notes, siunitx columns, every character escaped."""

from __future__ import annotations

import re

from ccd.report.table import Bracket, Cell, Estimated, Number, Table
from ccd.report.views.base import Context

PREAMBLE = (
    "% \\usepackage{booktabs,threeparttable,siunitx}",
    "% Chinese: compile with xelatex and \\usepackage{ctex}",
)
COLUMN = (
    "S[input-open-uncertainty=,input-close-uncertainty=,parse-numbers=false,"
    "table-align-text-pre=false,table-align-text-post=false]"
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
    '"': r"\textquotedbl{}",
    "'": r"\textquotesingle{}",
    "`": r"\textasciigrave{}",
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
NUMERIC = re.compile(r"[(]?-?\d+(\.\d+)?(e[+-]\d+)?[)]?\**")


def escape(words: str) -> str:
    """Return ``words`` with every character that LaTeX reads as a command spelt out."""
    return "".join(SPECIAL.get(char, char) for char in words)


def render_latex(table: Table, ctx: Context) -> str:
    """Return a table environment with caption and label ``tab:NAME``; the first lines name the packages."""
    columns = "".join(COLUMN if letter == "d" else letter for letter in table.align)
    lines = [
        *PREAMBLE,
        r"\begin{table}[htbp]",
        r"\centering",
        r"\begin{threeparttable}",
        rf"\caption{{{escape(ctx.say(table.title))}}}",
        rf"\label{{tab:{re.sub(r'[^A-Za-z0-9-]', '-', table.name)}}}",
        rf"\begin{{tabular}}{{{columns}}}",
        r"\toprule",
        *_heads(table, ctx),
        r"\midrule",
    ]
    for row in table.rows:
        lines += [r"\midrule"] if row.rule else []
        cells = (_cell(cell, letter, ctx) for cell, letter in zip(row.cells, table.align, strict=True))
        lines.append(" & ".join(cells) + r" \\")
    lines += [r"\bottomrule", r"\end{tabular}"]
    if table.notes:
        lines += [r"\begin{tablenotes}[flushleft]", r"\footnotesize"]
        lines += [rf"\item {escape(ctx.say(note))}" for note in table.notes]
        lines.append(r"\end{tablenotes}")
    lines += [r"\end{threeparttable}", r"\end{table}", ""]
    return "\n".join(lines)


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
                cells.append(f"{{{words}}}" if table.align[at - 1] == "d" else words)
            at += head.span
        lines.append(" & ".join(cells) + r" \\")
        lines += rules if k < len(table.head) - 1 else []
    return lines
