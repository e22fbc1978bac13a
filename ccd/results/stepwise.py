"""The value of a stepwise table: how the effect moves as controls enter."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ccd.results.value import Aside, Floats, Keys, Value
from ccd.words import Name, Text


@dataclass(frozen=True)
class Stability(Value):
    """The effect in each column of a stepwise table (rows), and how far selection on the unseen would move it.

    ``r2`` is within. ``bound`` is the effect were what is not seen to move it as far as the controls did in proportion
    to the R2 they add, up to ``r2_max``; ``delta`` how many times as far makes it 0. nan in the first row, and where
    the controls tell nothing of it.
    """

    shape: ClassVar[str] = "stability"

    model: Keys
    estimate: Floats
    r2: Floats
    r2_max: Floats
    bound: Floats
    delta: Floats
    outcome: str
    term: Aside[Name | Text]
