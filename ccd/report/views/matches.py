"""Shape ``matches``: who was matched with whom."""

from __future__ import annotations

import pandas as pd

from ccd.report.table import Cell, Count, Number, Row, Table, Word, heads
from ccd.report.views.base import Context, View
from ccd.results import Part
from ccd.words import Name, Text, text

#: Partners named for a treated region, and treated regions that are listed.
PARTNERS, LISTED = 3, 40


def table(part: Part, ctx: Context) -> Table | None:
    """Return each treated unit with its closest controls and what they lend; None for long lists."""
    keys = ["treated", *(key for key in ("year_treated", "cohort") if key in part.frame)]
    groups = list(part.frame.groupby(keys, sort=False))
    if len(groups) > LISTED:
        return None
    width = min(PARTNERS, max(len(frame) for _, frame in groups))
    rows = [_row(frame, "year_control" in frame, width) for _, frame in groups]
    words = [
        text("Treated"),
        text("Score"),
        *(text("Match {rank} (share)", rank=str(k + 1)) for k in range(width)),
        text("Matches"),
    ]
    note = text("Shares of a treated unit sum to one over its matches; the largest three are named")
    return Table(
        part.name,
        text("Who is matched with whom"),
        (*(("l", "d") + ("l",) * width), "d"),
        (heads(words),),
        tuple(rows),
        (*part.notes, note),
    )


def _row(frame: pd.DataFrame, by_year: bool, width: int) -> Row:
    first = frame.iloc[0]
    own = _unit(first["treated"], first.get("year_treated"))
    cells: list[Cell] = [Word(own), Number(float(first["score_treated"]), 3)]
    for k in range(width):
        if k >= len(frame):
            cells.append(Word())
            continue
        row = frame.iloc[k]
        year = row["year_control"] if by_year else None
        share = f"{float(row['share']):.2f}"
        cells.append(Word(text("{unit} ({share})", unit=_unit(row["control"], year), share=share)))
    return Row((*cells, Count(len(frame))))


def _unit(entity: str, year: object) -> Name | Text:
    return Name(entity) if year is None else text("{entity} {year}", entity=Name(entity), year=str(year))


VIEW = View(table)
