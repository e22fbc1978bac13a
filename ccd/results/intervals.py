"""How sure a D, a grade and a rank are, by source; and which region or indicator moves D when it is left out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from ccd.arrays import IntArray
from ccd.results.value import Aside, Floats, Ints, Keys, Value, Words
from ccd.words import Text, text

if TYPE_CHECKING:
    import pandas as pd

#: The source of bands whose regions are drawn with replacement.
BOOTSTRAP = "regions, bootstrap"
#: What the sources are called.
SOURCES = {
    "rounding": text("rounding"),
    "measurement": text("errors of measurement"),
    "regions": text("another region left out"),
    BOOTSTRAP: text("regions drawn anew"),
    "indicators": text("another indicator left out"),
}


@dataclass(frozen=True)
class Intervals(Value):
    """D of every region-year (rows) and the band of one source around it; sources stand under each other."""

    shape: ClassVar[str] = "intervals"

    entity: Keys
    time: Ints
    source: Keys
    degree: Floats
    conf_low: Floats
    conf_high: Floats
    draws: int = 0

    def frame(self) -> pd.DataFrame:
        """Return the columns, D under its own name."""
        return super().frame().rename(columns={"degree": "D"})


@dataclass(frozen=True)
class GradeProbability(Value):
    """Share of the draws in each grade that a region-year (rows, with those that occur) may have, by source.

    ``printed`` is the grade of D, with its likeliest neighbour where fewer than 95 % of the draws agree; ``own`` and
    ``code`` are the classes of D and of the row, lowest 0, of ``grades``.
    """

    shape: ClassVar[str] = "grade_probability"

    entity: Keys
    time: Ints
    grade: Words
    probability: Floats
    source: Keys
    printed: Words
    own: Aside[IntArray]
    code: Aside[IntArray]
    grades: Aside[tuple[Text, ...]]


@dataclass(frozen=True)
class Influence(Value):
    """What leaving out one region or indicator (rows) does to D of the others: mean and largest change, ranks, tau-b.

    ``max_rank_change`` is the largest change of a rank within its year, among those that are left.
    """

    shape: ClassVar[str] = "influence"

    left_out: Keys
    mean_change: Floats
    max_change: Floats
    tau: Floats
    max_rank_change: Floats
    source: Keys
