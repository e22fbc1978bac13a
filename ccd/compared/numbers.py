"""When two numbers are the same, and the list of those that are not."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

#: What stands at one place of a file: a number, words, or nothing.
Value = float | str | None


@dataclass(frozen=True)
class Tolerance:
    """How far two numbers may lie apart: |new - old| <= ``rtol`` max(|old|, |new|) + ``atol``."""

    rtol: float = 1e-8
    atol: float = 1e-12

    def holds(self, old: Value, new: Value) -> bool:
        """Return whether two values are the same. Words and missing numbers must be equal."""
        if not (isinstance(old, float) and isinstance(new, float)):
            return old == new
        if math.isnan(old) or math.isnan(new) or math.isinf(old) or math.isinf(new):
            return old == new or (math.isnan(old) and math.isnan(new))
        return abs(new - old) <= self.rtol * max(abs(old), abs(new)) + self.atol


@dataclass(frozen=True)
class Moved:
    """One value that is not what it was, at a row and a column of its file."""

    row: str
    column: str
    old: Value
    new: Value

    @property
    def is_number(self) -> bool:
        """Return whether a number is among the two; words that changed, such as a note, are told apart."""
        return isinstance(self.old, float) or isinstance(self.new, float)

    @property
    def relative(self) -> float:
        """Return |new - old| / max(|old|, |new|); infinite when either is no number."""
        if not (isinstance(self.old, float) and isinstance(self.new, float)):
            return math.inf
        largest = max(abs(self.old), abs(self.new))
        apart = abs(self.new - self.old) / largest if largest else 0.0
        return math.inf if math.isnan(apart) else apart


def number_or_words(cell: str) -> Value:
    """Return a cell as a number where it is one, as nothing where it is empty, else as its words."""
    if not cell:
        return None
    try:
        return float(cell)
    except ValueError:
        return cell


def shown(value: Value) -> str:
    """Return a value in as many digits as show that it moved, words as they are."""
    return "nothing" if value is None else f"{value:.10g}" if isinstance(value, float) else value


def moved_between(
    old: Mapping[tuple[str, str], Value], new: Mapping[tuple[str, str], Value], tolerance: Tolerance
) -> Iterator[Moved]:
    """Yield what is not the same at the (row, column) that both have, in the order of the old file."""
    for place, before in old.items():
        if place in new and not tolerance.holds(before, new[place]):
            yield Moved(*place, before, new[place])
