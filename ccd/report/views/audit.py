"""Shapes ``audit`` and ``audit_cells``: which candidates give a published column, and the cells that none gives."""

from __future__ import annotations

from collections.abc import Sequence

from ccd.report.table import Table
from ccd.report.views.base import Column, Context, View, shortened, tabulate
from ccd.results import Audit, AuditCells, Part
from ccd.words import Name, Text, text

#: Candidates shown of a column that none reproduces.
NEAREST = 3
VERDICTS = {"fits": text("fits"), "fails": text("fails")}
KNOWN = {"right": text("right"), "wrong": text("known to be wrong")}


def table(part: Part[Audit], ctx: Context) -> Table:
    """Return the candidates that fit each column, or the nearest ones; the csv file holds all."""
    found = part.value
    own: list[int] = []
    for column in dict.fromkeys(found.column):
        rows = [k for k, name in enumerate(found.column) if name == column]
        fitting = [k for k in rows if found.verdict[k] == "fits"]
        near = sorted(rows, key=lambda k: found.place[k])
        own += fitting or near[:NEAREST]
    columns = (
        Column(text("Column"), [Name(found.column[k]) for k in own]),
        Column(text("Candidate"), [found.candidate[k] for k in own]),
        Column(text("Formula"), [KNOWN[found.known[k]] for k in own]),
        Column(text("Cells"), found.cells[own], "count"),
        Column(text("Reproduced"), found.fitting[own], "count"),
        Column(text("Largest miss"), found.worst[own], "number", 4),
        Column(text("Verdict"), [VERDICTS[found.verdict[k]] for k in own]),
    )
    return tabulate(part.name, text("Which formulas made {table}", table=found.table), columns, part.notes)


def sentences(part: Part[Audit], ctx: Context) -> Sequence[Text]:
    """Return the verdict on each column."""
    return part.value.said


def cells(part: Part[AuditCells], ctx: Context) -> Table:
    """Return what is printed, and what the nearest candidate would print instead."""
    found = part.value
    own, notes = shortened(part, len(found.column))
    columns = (
        Column(text("Column"), [Name(found.column[k]) for k in own]),
        Column(text("Nearest candidate"), [found.candidate[k] for k in own]),
        Column(text("Row"), [Name(found.row[k]) for k in own]),
        Column(text("Printed"), [found.printed[k] for k in own]),
        Column(text("Lowest"), found.low[own], "number", 4),
        Column(text("Highest"), found.high[own], "number", 4),
    )
    return tabulate(part.name, text("Cells that no candidate gives"), columns, notes)


VIEW = View(table, None, sentences)
CELLS = View(cells)
