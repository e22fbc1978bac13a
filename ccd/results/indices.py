"""The values of subsystem indices: weights, bounds, scores, and the cells that were filled, lie outside or were cut."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from ccd.arrays import FloatArray
from ccd.results.value import Aside, Floats, Ints, Keys, Value

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Weights(Value):
    """The indicators (rows) in the order of the study, with what each counts inside its subsystem."""

    shape: ClassVar[str] = "weights"

    subsystem: Keys
    indicator: Keys
    direction: Keys
    entropy: Floats
    redundancy: Floats
    weight: Floats

    @property
    def subsystems(self) -> Mapping[str, tuple[str, ...]]:
        """Return subsystem -> its indicators."""
        found: dict[str, list[str]] = {}
        for subsystem, indicator in zip(self.subsystem, self.indicator, strict=True):
            found.setdefault(subsystem, []).append(indicator)
        return {subsystem: tuple(inside) for subsystem, inside in found.items()}


@dataclass(frozen=True)
class WeightsBefore(Value):
    """The weight of each indicator beside that fitted on the years before a policy (``until`` the last of them)."""

    shape: ClassVar[str] = "weights_before"

    subsystem: Keys
    indicator: Keys
    weight: Floats
    before: Floats
    policy: Keys
    until: Ints


@dataclass(frozen=True)
class IndexBounds(Value):
    """What the scale took from the data, by indicator (rows): bounds of x; mean and sd of x, turned."""

    shape: ClassVar[str] = "bounds"

    subsystem: Keys
    indicator: Keys
    low: Floats
    high: Floats
    centre: Floats
    spread: Floats


@dataclass(frozen=True)
class Scores(Value):
    """Subsystem indices by region-year (rows); ``scores`` maps a subsystem to its own."""

    shape: ClassVar[str] = "scores"

    entity: Keys
    year: Ints
    scores: Aside[Mapping[str, FloatArray]]
    entity_name: str = "entity"
    time_name: str = "year"

    def frame(self) -> pd.DataFrame:
        """Return region and year under the names of the data, then one column a subsystem."""
        import pandas as pd

        return pd.DataFrame({self.entity_name: self.entity, self.time_name: self.year, **self.scores})


@dataclass(frozen=True)
class Cells(Value):
    """Single cells by region-year (rows): of an indicator, as found (``value``) and scaled, or of an index."""

    shape: ClassVar[str] = "cells"

    entity: Keys
    year: Ints
    indicator: Keys | None = None
    subsystem: Keys | None = None
    value: Floats | None = None
    scaled: Floats | None = None
    index: Floats | None = None
    entity_name: str = "entity"
    time_name: str = "year"

    def frame(self) -> pd.DataFrame:
        """Return the columns, region and year under the names of the data."""
        return super().frame().rename(columns={"entity": self.entity_name, "year": self.time_name})
