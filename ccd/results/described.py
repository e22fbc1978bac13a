"""The values of description: summaries, means by year and group, densities, the ranking of regions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from ccd.arrays import FloatArray, IntArray
from ccd.results.value import Aside, Floats, Ints, Keys, Value

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Summary(Value):
    """Size, centre and spread of variables (rows), missing cells left out."""

    shape: ClassVar[str] = "summary"

    variable: Keys
    nobs: Ints
    mean: Floats
    std_dev: Floats
    min: Floats
    median: Floats
    max: Floats


@dataclass(frozen=True)
class ByYear(Value):
    """Means over regions by year (t,): of each subsystem index, and of C, T and D where they are coupled.

    ``std_dev`` (n-1) and ``cv``, the coefficient of variation, are those of D.
    """

    shape: ClassVar[str] = "by_year"

    year: Aside[IntArray]
    indices: Aside[Mapping[str, FloatArray]]
    degrees: Aside[Mapping[str, FloatArray]]
    std_dev: Aside[FloatArray | None] = None
    cv: Aside[FloatArray | None] = None
    time_name: str = "year"

    def frame(self) -> pd.DataFrame:
        """Return the year, one column an index, C, T, D, and the spread of D."""
        import pandas as pd

        columns = {self.time_name: self.year, **self.indices, **self.degrees}
        spread = {"std_dev_D": self.std_dev, "cv_D": self.cv}
        return pd.DataFrame(columns | {name: found for name, found in spread.items() if found is not None})


@dataclass(frozen=True)
class ByGroup(Value):
    """Mean, sd (n-1) and count of D by year and group of regions (rows).

    The groups are the values of ``column``, or (``policy``) the regions a policy reaches and the others.
    """

    shape: ClassVar[str] = "by_group"

    year: Ints
    group: Keys
    mean: Floats
    std_dev: Floats
    nobs: Ints
    time_name: str = "year"
    column: str | None = None
    policy: str | None = None

    def frame(self) -> pd.DataFrame:
        """Return the columns, the year under the name of the data."""
        return super().frame().rename(columns={"year": self.time_name})

    @property
    def groups(self) -> tuple[str, ...]:
        """Return the groups in the order in which they come."""
        return tuple(dict.fromkeys(self.group))

    def of(self, group: str) -> tuple[IntArray, FloatArray]:
        """Return the years in which a group has regions, and its means."""
        rows = np.array([one == group for one in self.group], dtype=bool)
        return self.year[rows], self.mean[rows]


@dataclass(frozen=True)
class Ranking(Value):
    """D of each region (rows, the highest of the last year first): mean, first and last year, change, rank."""

    shape: ClassVar[str] = "ranking"

    entity: Keys
    mean: Floats
    first: Floats
    last: Floats
    change: Floats
    rank: Floats
    first_year: int
    last_year: int
    entity_name: str = "entity"

    def frame(self) -> pd.DataFrame:
        """Return the columns, the region under the name of the data."""
        return super().frame().rename(columns={"entity": self.entity_name})
