"""What is wrong with a cell that is no number, by its look, and how to mend it."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from ccd.cells.lines import Lines
from ccd.errors import DataError, Words
from ccd.words import Text, text

SHOWN = 5


class Cell(NamedTuple):
    """A faulty cell: its record, its column and what it holds."""

    record: Any
    column: str
    value: object


#: The first that fits.
LOOKS: tuple[tuple[str, Text, Text], ...] = (
    (
        r"[+-]?\d{1,3}([,，_ ]\d{3})+(\.\d+)?",
        text("a thousands separator"),
        text("take the separators out"),
    ),
    (r"[+-]?\d+,\d+", text("a decimal comma"), text("write a point")),
    (r"[+-]?(?=.*[０-９])[\d．.]+", text("full-width digits"), text("write them as 0-9")),
    (
        r".*[%％]",
        text("a percent sign"),
        text("write the number alone and keep the unit for the codebook"),
    ),
    (
        r"[+-]?inf(inity)?",
        text("an infinite value"),
        text("leave the cell empty, or mend what divided by zero"),
    ),
    (
        r"[+-]?\.?\d[\d.]*(e[+]?\d+)?",
        text("too large"),
        text("take a larger unit, or leave the cell empty"),
    ),
    (
        r"[+-]?\.?\d[\d.]*(e[+-]?\d+)?\s*\D+",
        text("a unit"),
        text("write the number alone, all rows in the same unit"),
    ),
    (
        r"[\W_]+|n/?a|nan|null|none|#\S+|无|缺失|缺|不详|x",
        text("a marker"),
        text('leave the cell empty if it is missing, or name it under [data]: missing = ["{cell}"]', cell=""),
    ),
    (r".*", text("text"), text("write a number, or leave the cell empty if it is missing")),
)
MARKER = 7


def faults_of(cells: list[Cell], lines: Lines) -> list[DataError]:
    """Return one error for each look (for each marker) of the cells that are not numbers, by their first place."""
    groups: dict[tuple[int, str], list[Cell]] = {}
    for cell in sorted(cells, key=lambda one: int(one.record)):
        shown = str(cell.value).strip()
        look = next(i for i, (form, _, _) in enumerate(LOOKS) if re.fullmatch(form, shown, re.I | re.S))
        groups.setdefault((look, shown if look == MARKER else ""), []).append(cell)
    return [_fault(look, found, lines) for (look, _), found in groups.items()]


def _fault(look: int, cells: list[Cell], lines: Lines) -> DataError:
    """Return the error of cells that are wrong in one way: the first few by place."""
    first = cells[0]
    _, name, fix = LOOKS[look]
    others = tuple(
        text(
            "row {row} {column} '{cell}'",
            row=lines.row(cell.record, cell.column), column=cell.column, cell=cell.value,
        )
        for cell in cells[1:SHOWN]
    )  # fmt: skip
    also: Words = text("; also {cells}", cells=others) if others else ""
    more: Words = text(" and {count} more cells", count=len(cells) - SHOWN) if len(cells) > SHOWN else ""
    columns = tuple(dict.fromkeys(cell.column for cell in cells))
    unseen = set(columns) - {cell.column for cell in cells[:SHOWN]}
    within: Words = text(" of {columns}", columns=columns[:20]) if unseen else ""
    return DataError(
        text("'{cell}' is not a number ({look})", cell=first.value, look=name),
        where=text("{place}{also}{more}{within}",
                   place=lines.at(first.record, first.column), also=also, more=more, within=within),
        fix=Text(fix.template, (("cell", str(first.value).strip()),)) if fix.values else fix,
    )  # fmt: skip
