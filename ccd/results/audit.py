"""Which known formulas reproduce the columns of a published table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ccd.results.value import Aside, Floats, Ints, Keys, Value, Words
from ccd.words import Text


@dataclass(frozen=True)
class Audit(Value):
    """Candidates (rows) for each published column: cells looked at, cells reproduced, largest miss, fits or fails.

    ``known`` is right or wrong as the literature holds the candidate; ``place`` orders the candidates of a column, the
    nearest 0. ``reproduced`` maps each column that was
    looked at to whether any candidate gives all of it.
    """

    shape: ClassVar[str] = "audit"

    column: Keys
    candidate: Words
    known: Keys
    cells: Ints
    fitting: Ints
    worst: Floats
    verdict: Keys
    table: str = ""
    place: Aside[tuple[int, ...]] = ()
    reproduced: Aside[tuple[tuple[str, bool], ...]] = ()
    said: Aside[tuple[Text, ...]] = ()


@dataclass(frozen=True)
class AuditCells(Value):
    """Cells (rows) that the nearest candidate of a column does not give, where none gives all: printed, its range."""

    shape: ClassVar[str] = "audit_cells"

    column: Keys
    candidate: Words
    row: Keys
    printed: Keys
    low: Floats
    high: Floats
