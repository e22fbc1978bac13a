"""Plain text: a table in characters of one width, Chinese ones counted twice."""

from __future__ import annotations

from unicodedata import east_asian_width

from ccd.report.table import Align, Table
from ccd.report.views.base import Context


def width(words: str) -> int:
    """Return the columns that ``words`` take on a terminal."""
    return sum(2 if east_asian_width(char) in "WF" else 1 for char in words)


def pad(words: str, size: int, align: Align) -> str:
    """Return ``words`` filled with blanks to ``size`` columns."""
    gap = size - width(words)
    left = {"l": 0, "c": gap // 2, "r": gap, "d": gap}[align]
    return " " * left + words + " " * (gap - left)


def point(words: str) -> int:
    """Return where the decimal point of a printed number stands (its end where it has none)."""
    core = words.rstrip("*)]")
    return words.find(".") if "." in words else len(core)


def aligned(column: list[str]) -> list[str]:
    """Return the cells of a column with their decimal points under each other."""
    after = max((len(cell) - point(cell) for cell in column if cell), default=0)
    return [cell + " " * (after - len(cell) + point(cell)) if cell else cell for cell in column]


def render_text(table: Table, ctx: Context) -> str:
    """Return title, head, rows and notes as lines, ending in a newline."""
    columns, heads = shown(table, ctx)
    sizes = _sizes(columns, heads)
    lines = [ctx.say(table.title), "=" * (sum(sizes) + 2 * len(sizes) - 2)]
    for row in heads:
        lines.append(_head_line(row, sizes, table.align))
    rule = "-" * len(lines[1])
    lines.append(rule)
    for i, cells in enumerate(zip(*columns, strict=True)):
        lines += [rule] if table.rows[i].rule else []
        padded = (pad(c, s, a) for c, s, a in zip(cells, sizes, table.align, strict=True))
        lines.append("  ".join(padded).rstrip())
    lines.append(lines[1])
    lines += [ctx.say(note) for note in table.notes]
    return "\n".join(lines) + "\n"


def shown(table: Table, ctx: Context) -> tuple[list[list[str]], list[list[tuple[str, int]]]]:
    """Return the printed cells by column (numbers on their point), and (words, span) of each head row."""
    body = [[ctx.show(cell) for cell in row.cells] for row in table.rows]
    columns = [list(column) for column in zip(*body, strict=True)] or [[] for _ in table.align]
    columns = [
        aligned(column) if letter == "d" else column
        for column, letter in zip(columns, table.align, strict=True)
    ]
    return columns, [[(ctx.show(head.cell), head.span) for head in row] for row in table.head]


def column_sizes(table: Table, ctx: Context) -> list[int]:
    """Return the width of each column in characters, Chinese ones counted twice."""
    return _sizes(*shown(table, ctx))


def unbroken(table: Table, ctx: Context) -> list[int]:
    """Return the width of the longest number, interval or word in Latin letters of each column, its head included."""
    columns, _ = shown(table, ctx)
    found = []
    for cells, letter, head in zip(columns, table.align, head_words(table, ctx), strict=True):
        words: list[str] = []
        for cell in cells:  # numbers and intervals are never cut
            words += [cell] if letter == "d" or cell.startswith("[") else cell.split()
        found.append(max(head, *map(_letters, words), 0))
    return found


def head_words(table: Table, ctx: Context) -> list[int]:
    """Return the width of the longest word in the head of each column, heads over several columns left out."""
    own = [row for row in table.head if all(head.span == 1 for head in row)]
    words = [[word for row in own for word in ctx.show(row[at].cell).split()] for at in range(table.width)]
    return [max(map(_letters, column), default=0) for column in words]


def _letters(word: str) -> int:
    return len(word) if word.isascii() else 6


def _sizes(columns: list[list[str]], heads: list[list[tuple[str, int]]]) -> list[int]:
    sizes = [max((width(cell) for cell in column), default=0) for column in columns]
    for row in heads:
        at = 0
        for words, span in row:
            have = sum(sizes[at : at + span]) + 2 * (span - 1)
            sizes[at + span - 1] += max(0, width(words) - have)
            at += span
    return sizes


def _head_line(row: list[tuple[str, int]], sizes: list[int], align: tuple[Align, ...]) -> str:
    cells, at = [], 0
    for words, span in row:
        letter = "c" if span > 1 else align[at]
        cells.append(pad(words, sum(sizes[at : at + span]) + 2 * (span - 1), letter))
        at += span
    return "  ".join(cells).rstrip()
