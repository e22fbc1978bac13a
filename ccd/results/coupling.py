"""The values of coupling: degrees, grades, obstacles, degenerate region-years, and what moved D."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal, NamedTuple

import numpy as np

from ccd.arrays import BoolArray, FloatArray, IntArray
from ccd.results.value import Aside, Floats, Ints, Keys, Value

if TYPE_CHECKING:
    import pandas as pd

#: What coupling.csv calls the lowest subsystem where all are about level.
SYNCHRONOUS = "synchronous"


class Degree(NamedTuple):
    """C and D by one formula, each (n,)."""

    c: FloatArray
    d: FloatArray


@dataclass(frozen=True)
class Coupling(Value):
    """Coupling of region-years (n): C, T and D of the chosen formula, C and D of the others (``beside``).

    ``lowest`` holds the lowest subsystem of each row, ties included; ``synchronous`` rows are about level;
    ``zero`` rows have an index of zero; ``degenerate`` ones lie under the critical value (None: there is none).
    """

    shape: ClassVar[str] = "coupling"

    entity: Aside[tuple[str, ...]]
    year: Aside[IntArray]
    c: Aside[FloatArray]
    t: Aside[FloatArray]
    d: Aside[FloatArray]
    grade: Aside[tuple[str, ...]]
    lowest: Aside[tuple[tuple[str, ...], ...]]
    synchronous: Aside[BoolArray]
    zero: Aside[BoolArray]
    beside: Aside[Mapping[str, Degree]]
    degenerate: Aside[BoolArray | None] = None
    entity_name: str = "entity"
    time_name: str = "year"

    def wide(self, values: FloatArray) -> tuple[tuple[str, ...], IntArray, FloatArray]:
        """Return the regions (e,) and years (t,), each sorted, and ``values`` (n,) by both (e, t)."""
        years, column = np.unique(self.year, return_inverse=True)
        entities = tuple(sorted(set(self.entity)))
        place = {name: k for k, name in enumerate(entities)}
        found = np.full((len(entities), len(years)), np.nan)
        found[[place[name] for name in self.entity], column] = values
        return entities, years, found

    def frame(self) -> pd.DataFrame:
        """Return coupling.csv; ties of ``lowest`` are joined by ``;``."""
        import pandas as pd

        lowest = ["; ".join(names) for names in self.lowest]
        columns: dict[str, object] = {
            self.entity_name: self.entity,
            self.time_name: self.year,
            "C": self.c,
            "T": self.t,
            "D": self.d,
            "grade": self.grade,
            "bottleneck": [
                SYNCHRONOUS if even else name for even, name in zip(self.synchronous, lowest, strict=True)
            ],
        }
        for name, degree in self.beside.items():
            columns |= {f"C_{name}": degree.c, f"D_{name}": degree.d}
        columns |= {"lowest": lowest, "zero": self.zero}
        if self.degenerate is not None:
            columns["degenerate"] = self.degenerate
        return pd.DataFrame(columns)


@dataclass(frozen=True)
class Obstacles(Value):
    """Mean obstacle degrees (t, k) by year and indicator, ``subsystem`` (k,) being that of each indicator."""

    shape: ClassVar[str] = "obstacles"

    year: Aside[IntArray]
    indicator: Aside[tuple[str, ...]]
    subsystem: Aside[tuple[str, ...]]
    degree: Aside[FloatArray]
    time_name: str = "year"

    def frame(self) -> pd.DataFrame:
        """Return one row a year and indicator."""
        import pandas as pd

        times = len(self.year)
        return pd.DataFrame(
            {
                self.time_name: np.repeat(self.year, len(self.indicator)),
                "indicator": self.indicator * times,
                "degree": self.degree.ravel(),
                "subsystem": self.subsystem * times,
            }
        )


@dataclass(frozen=True)
class GradeCounts(Value):
    """Counts (t, k) of regions by year and class of D, the lowest first; ``interval`` (k,) is that of a class."""

    shape: ClassVar[str] = "grades"

    year: Aside[IntArray]
    grade: Aside[tuple[str, ...]]
    interval: Aside[tuple[str, ...]]
    count: Aside[IntArray]
    time_name: str = "year"

    @property
    def share(self) -> FloatArray:
        """Return the share of each class in its year, (t, k)."""
        return np.asarray(self.count / self.count.sum(axis=1, keepdims=True))

    def frame(self) -> pd.DataFrame:
        """Return one row a year and class, empty classes included."""
        import pandas as pd

        times = len(self.year)
        return pd.DataFrame(
            {
                self.time_name: np.repeat(self.year, len(self.grade)),
                "grade": self.grade * times,
                "count": self.count.ravel(),
                "share": self.share.ravel(),
                "interval": self.interval * times,
            }
        )


@dataclass(frozen=True)
class Degenerate(Value):
    """The region-years (rows) whose lowest subsystem, with its index, lies under ``critical``."""

    shape: ClassVar[str] = "degenerate"

    entity: Keys
    year: Ints
    subsystem: Keys
    index: Floats
    critical: float
    entity_name: str = "entity"
    time_name: str = "year"

    def frame(self) -> pd.DataFrame:
        """Return the columns, region and year under the names of the data."""
        return super().frame().rename(columns={"entity": self.entity_name, "year": self.time_name})


@dataclass(frozen=True)
class Changes(Value):
    """The change of D from ``first`` to ``last`` (rows), in logs and in levels, and its parts by C and by T.

    Rows are regions, periods, or (of each ``policy``) treated regions, the others and their difference.
    ``share_t`` is T's part of the change of ln D, missing where D stood still.
    """

    shape: ClassVar[str] = "changes"

    label: Keys
    first: Ints
    last: Ints
    nobs: Ints
    log_d: Floats
    log_c: Floats
    log_t: Floats
    level_d: Floats
    level_c: Floats
    level_t: Floats
    share_t: Floats
    policy: Keys | None = None
    by: Literal["region", "period", "policy"] = "region"

    def frame(self) -> pd.DataFrame:
        """Return the columns; those of C, T and D end in a capital."""
        measures = ("log_d", "log_c", "log_t", "level_d", "level_c", "level_t", "share_t")
        return super().frame().rename(columns={name: name[:-1] + name[-1].upper() for name in measures})
