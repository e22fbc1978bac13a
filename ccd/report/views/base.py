"""What a view is given and what it gives: Context, View, and tables straight from a frame."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Generic, Literal, NamedTuple, TypeVar

import numpy as np

from ccd.arrays import FloatArray, IntArray
from ccd.report.maps import Boundaries
from ccd.report.style import Style
from ccd.report.table import (
    Align,
    Cell,
    Count,
    Estimated,
    Number,
    PValue,
    Row,
    Table,
    Word,
    decimals,
    heads,
)
from ccd.results import Estimate, Part, Value
from ccd.words import Labeller, Language, Name, Text, text

if TYPE_CHECKING:
    from matplotlib.figure import Figure


T = TypeVar("T")
V = TypeVar("V", bound=Value)


@dataclass(frozen=True)
class Context:
    """What a view needs beside its part: language, labels, style, and the model the part belongs to.

    ``label`` gives the words for a column, term, region or group. ``entity_name`` and ``time_name`` are the
    index columns; ``units`` maps a column to its unit, ``indices`` are columns in [0, 1] without one; ``boundaries``
    are those of regions, for maps; ``regions`` are the names of the panel's.
    """

    style: Style = field(default_factory=Style)
    language: Language = "en"
    label: Labeller = str
    estimate: Estimate | None = None
    model: str = ""
    entity_name: str = "entity"
    time_name: str = "time"
    units: Mapping[str, str] = field(default_factory=dict)
    boundaries: Boundaries | None = None
    indices: frozenset[str] = frozenset()
    regions: frozenset[str] = frozenset()

    def say(self, word: Text | Name | str) -> str:
        """Return a text or name as a string in the language of the page."""
        return self.style.show(Word(word), self.language, self.label)

    def measured(self, name: object) -> Text | Name:
        """Return a column for an axis: its name, with its unit in parentheses where the study gives one."""
        column = Name(name)
        if column not in self.units:
            return column
        return text("{column} ({unit})", column=column, unit=self.units[column])

    def show(self, cell: Cell) -> str:
        """Return a cell as every format prints it."""
        return self.style.show(cell, self.language, self.label)

    def number(self, value: float, digits: int | None = None) -> str:
        """Return a number in the digits of the style, for a sentence."""
        return self.style.number(value, digits)

    def p_value(self, value: float) -> str:
        """Return ``= 0.012`` or ``< 0.001``, for a sentence."""
        shown = self.style.p_value(value)
        return f"< {shown[1:]}" if shown.startswith("<") else f"= {shown}"

    def of(self, estimate: Estimate | None, model: str = "") -> Context:
        """Return the context of one model."""
        return replace(self, estimate=estimate, model=model)


class Extra(NamedTuple, Generic[V]):
    """One more figure of a shape: what its file's name adds, how it is drawn, its caption."""

    name: str
    figure: Callable[[Part[V], Context], Figure | None]
    caption: Callable[[Part[V], Context], Text]


class View(NamedTuple, Generic[V]):
    """How a shape is shown; each callable takes (part, context) and may be None.

    ``caption`` stands under the figure; without one it is the table's title. ``more`` figures follow it.
    """

    table: Callable[[Part[V], Context], Table | None] | None = None
    figure: Callable[[Part[V], Context], Figure | None] | None = None
    sentences: Callable[[Part[V], Context], Sequence[Text]] | None = None
    caption: Callable[[Part[V], Context], Text] | None = None
    more: tuple[Extra[V], ...] = ()


def interval_heads(level: float) -> tuple[Text, Text]:
    """Return the headings of an interval's ends, which name its level."""
    if level == 0.95:
        return text("95% low"), text("95% high")
    return text("{level}% low", level=percent(level)), text("{level}% high", level=percent(level))


def percent(level: float) -> str:
    """Return a level such as 0.917 as ``91.7``."""
    return f"{100 * level:.3g}"


#: How a column is printed; ``auto`` picks decimals from the size of the numbers.
Kind = Literal["auto", "estimate", "number", "p", "count", "word"]


class Column(NamedTuple):
    """A column of a table: its heading, its values, how they are printed, and their decimals.

    Values are numbers, or words: texts, names (shown by their labels) and plain strings.
    """

    heading: Text | Name | str
    values: Sequence[Text | Name | str] | FloatArray | IntArray
    kind: Kind = "word"
    digits: int | None = None


def tabulate(
    name: str,
    title: Text,
    columns: Sequence[Column],
    notes: Sequence[Text] = (),
    p_value: FloatArray | None = None,
) -> Table:
    """Return a table of ``columns`` in that order, one row a row.

    Kinds: ``word``, ``count``, ``p``, ``number`` (``digits`` decimals, none: the style's), ``auto`` (decimals by
    size), ``estimate`` (stars from ``p_value``, shape (rows,); none without). Missing numbers print as a dash.
    """
    printed = [_column(column, p_value) for column in columns]
    align: tuple[Align, ...] = tuple("l" if column.kind == "word" else "d" for column in columns)
    rows = tuple(Row(cells) for cells in zip(*printed, strict=True))
    return Table(name, title, align, (heads([column.heading for column in columns]),), rows, tuple(notes))


def _column(column: Column, p_value: FloatArray | None) -> list[Cell]:
    if column.kind == "word":
        return [Word(value if isinstance(value, Text | str) else str(value)) for value in column.values]
    values = [float(value) for value in np.asarray(column.values, dtype=np.float64)]
    scale = max((abs(value) for value in values if math.isfinite(value)), default=0.0)
    if column.kind == "p":
        return [PValue(value) for value in values]
    if column.kind == "count":
        return [Number(value, 0) if math.isnan(value) else Count(int(value)) for value in values]
    if column.kind == "estimate":
        stars = [math.nan] * len(values) if p_value is None else [float(p) for p in p_value]
        return [Estimated(value, p, scale) for value, p in zip(values, stars, strict=True)]
    digits = decimals(values) if column.kind == "auto" and column.digits is None else column.digits
    return [Number(value, digits, scale) for value in values]


#: A table of more rows shows the first and the last half of this many.
ROWS = 100


def shortened(part: Part[Value], total: int) -> tuple[IntArray, tuple[Text, ...]]:
    """Return which of ``total`` rows of a part a table shows, and its notes with one on those left to the csv."""
    if total <= ROWS:
        return np.arange(total), part.notes
    half = ROWS // 2
    note = text(
        "The first and the last {shown} of {total} rows; {file}.csv holds all",
        shown=half,
        total=total,
        file=part.name,
    )
    return np.r_[:half, total - half : total], (*part.notes, note)


def some(values: Sequence[T], most: int) -> list[T]:
    """Return at most ``most`` (>= 2) of ``values``, evenly spaced, the first and the last among them."""
    if len(values) <= most:
        return list(values)
    step = (len(values) - 1) / (most - 1)
    return [values[round(k * step)] for k in range(most)]


def evenly(years: Sequence[int], most: int) -> list[int]:
    """Return at most ``most`` (>= 2) of the sorted ``years`` in equal steps, the last among them.

    The step is the smallest that spans all years where one does, else the smallest that fits.
    """
    last = len(years) - 1
    fit = [step for step in range(1, last + 1) if last // step < most]
    if not fit:
        return list(years)
    spanning = [step for step in fit if last % step == 0 and last // step >= most // 2]
    step = min(spanning or fit)
    return list(years[last % step :: step])


def errors_of(estimates: Sequence[Estimate]) -> Text | None:
    """Return what the standard errors of all models are where all are clustered; None: they differ in kind."""
    if not estimates or any(estimate.vcov != "cluster" for estimate in estimates):
        return None
    if all(tuple(estimate.clusters) == (estimate.entities,) for estimate in estimates):
        return text("Standard errors clustered by region in parentheses")
    return text("Clustered standard errors in parentheses")


def unstarred(p_value: FloatArray, starred: FloatArray) -> tuple[Text, ...]:
    """Return the note on estimates that bear no stars since p-value and interval disagree; none: nothing."""
    if not (np.isnan(starred) & ~np.isnan(p_value)).any():
        return ()
    return (text("No stars where p-value and 95% interval disagree about zero"),)
