"""Table: one immutable value that every renderer prints."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from ccd.words import Name, Text

Align = Literal["l", "c", "r", "d"]


@dataclass(frozen=True)
class Number:
    """A number with fixed decimals (None: as many as the style says).

    ``scale`` is the size of the numbers it stands among: beside one that prints, what rounds to zero is 0.
    """

    value: float
    digits: int | None = None
    scale: float = field(default=0.0, compare=False)


@dataclass(frozen=True)
class Estimated:
    """A point estimate; its p-value (nan: none) decides the stars. ``scale`` as for a Number."""

    value: float
    p_value: float = math.nan
    scale: float = field(default=0.0, compare=False)


@dataclass(frozen=True)
class Bracket:
    """What may stand under an estimate; the style picks one."""

    std_error: float
    statistic: float = math.nan
    p_value: float = math.nan
    conf_low: float = math.nan
    conf_high: float = math.nan


@dataclass(frozen=True)
class PValue:
    """A p-value."""

    value: float


@dataclass(frozen=True)
class Count:
    """A whole number of things, or a year."""

    value: int


@dataclass(frozen=True)
class Word:
    """A text, a name (shown by its label), or a string as it stands."""

    word: Text | Name | str = ""


Cell = Number | Estimated | Bracket | PValue | Count | Word
BLANK = Word("")


@dataclass(frozen=True)
class Head:
    """A heading over ``span`` columns."""

    cell: Cell
    span: int = 1


@dataclass(frozen=True)
class Row:
    """Cells from left to right; ``rule`` draws a thin line above the row."""

    cells: tuple[Cell, ...]
    rule: bool = False


@dataclass(frozen=True)
class Table:
    """Head rows, body rows and notes; ``align`` has one letter a column (d = on the decimal point).

    ``name`` is the file's name. Raises ValueError where a row or the spans of a head row do not fill the
    columns.
    """

    name: str
    title: Text
    align: tuple[Align, ...]
    head: tuple[tuple[Head, ...], ...]
    rows: tuple[Row, ...]
    notes: tuple[Text, ...] = ()

    def __post_init__(self) -> None:
        width = len(self.align)
        for heads in self.head:
            if sum(head.span for head in heads) != width:
                raise ValueError(f"table {self.name!r}: a head row does not fill {width} columns")
        for row in self.rows:
            if len(row.cells) != width:
                raise ValueError(f"table {self.name!r}: a row has {len(row.cells)} cells, not {width}")

    @property
    def width(self) -> int:
        """Return the number of columns."""
        return len(self.align)


def heads(words: Sequence[Text | Name | str]) -> tuple[Head, ...]:
    """Return a head row of one word a column."""
    return tuple(Head(Word(word)) for word in words)


def decimals(values: Sequence[float], most: int = 4) -> int:
    """Return the decimals that show ``values`` to about four figures: 0 for 14000, ``most`` for 0.02."""
    largest = max((abs(v) for v in values if math.isfinite(v)), default=0.0)
    if largest < 10:
        return most
    return max(0, min(most, 4 - len(str(int(largest)))))
