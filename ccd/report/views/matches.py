"""Shape ``matches``: who was matched with whom."""

from __future__ import annotations

from collections.abc import Sequence

from ccd.arrays import IntArray
from ccd.report.table import Cell, Count, Number, Row, Table, Word, heads
from ccd.report.views.base import Context, View
from ccd.results import Matches, Part
from ccd.words import Figure, Name, Text, text

#: Partners named for a treated region, and treated regions that are listed.
PARTNERS, LISTED = 3, 40


def table(part: Part[Matches], ctx: Context) -> Table | None:
    """Return each treated unit with its closest controls and what they lend; None for long lists."""
    groups = part.value.by_treated()
    if len(groups) > LISTED:
        return None
    width = min(PARTNERS, max(len(rows) for rows in groups))
    words = [
        text("Treated"),
        text("Score"),
        *(text("Match {rank} (weight)", rank=str(k + 1)) for k in range(width)),
        text("Matches"),
    ]
    note = text("Weights of a treated unit sum to one over its matches; the largest three are named")
    return Table(
        part.name,
        text("Who is matched with whom"),
        (*(("l", "d") + ("l",) * width), "d"),
        (heads(words),),
        tuple(_row(part.value, rows, width) for rows in groups),
        (*part.notes, note),
    )


def _row(matches: Matches, rows: Sequence[int], width: int) -> Row:
    first = rows[0]
    cells: list[Cell] = [
        Word(_unit(matches.treated[first], _at(matches.year_treated, first))),
        Number(float(matches.score_treated[first]), 3),
    ]
    for row in rows[:width]:
        control = _unit(matches.control[row], _at(matches.year_control, row))
        share = Figure(float(matches.share[row]), 2)
        cells.append(Word(text("{unit} ({share})", unit=control, share=share)))
    cells += [Word()] * (width - len(rows))
    return Row((*cells, Count(len(rows))))


def _at(years: IntArray | None, row: int) -> int | None:
    return None if years is None else int(years[row])


def _unit(entity: str, year: int | None) -> Name | Text:
    return Name(entity) if year is None else text("{entity} {year}", entity=Name(entity), year=str(year))


VIEW = View(table)
