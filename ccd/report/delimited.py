"""Comma-separated tables: the printed cells, for a spreadsheet."""

from __future__ import annotations

import csv
from io import StringIO

from ccd.plain import guarded
from ccd.report.table import Cell, Table, Word
from ccd.report.views.base import Context


def render_csv(table: Table, ctx: Context) -> str:
    """Return head rows and body rows; a spanning heading stands over its first column."""
    out = StringIO()
    writer = csv.writer(out, lineterminator="\n")
    for row in table.head:
        cells: list[str] = []
        for head in row:
            cells += [safe(head.cell, ctx), *[""] * (head.span - 1)]
        writer.writerow(cells)
    for line in table.rows:
        writer.writerow([safe(cell, ctx) for cell in line.cells])
    return out.getvalue()


def safe(cell: Cell, ctx: Context) -> str:
    """Return a printed cell; words that a spreadsheet would take for a formula get a quote before them."""
    shown = ctx.show(cell)
    return guarded(shown) if isinstance(cell, Word) else shown
