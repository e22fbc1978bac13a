"""Panel: a validated frame of entities and times, with labels and the cohorts of each policy."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ccd.arrays import BoolArray, FloatArray, IntArray
from ccd.errors import DataError, suggest
from ccd.spatial_weights import SpatialWeights
from ccd.words import Text, text


@dataclass(frozen=True)
class Panel:
    """Region-years: ``frame`` of floats and ``groups`` of strings, both indexed by (entity, time).

    The index is sorted and unique; entities are strings, times integer years. ``cohorts`` maps a policy
    to a series (indexed by entity) of its first treated year, missing = never. Values are never mutated:
    ``with_columns`` and its kind return a new panel. ``source`` names the data file in messages;
    ``made_of`` maps an index (C, T, D, a subsystem) or a transformed column to the columns it is made of;
    ``units`` a column to the unit it is measured in, where the study names one; ``intensities`` a policy to the
    column that says how strongly it works, where the study names one; ``weights`` the spatial weights of the study
    by name, on the regions that its data hold (``SpatialWeights.among`` cuts them to fewer).
    """

    frame: pd.DataFrame
    groups: pd.DataFrame
    cohorts: Mapping[str, pd.Series[float]] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    source: str = "data"
    notes: tuple[Text, ...] = ()
    made_of: Mapping[str, frozenset[str]] = field(default_factory=dict)
    units: Mapping[str, str] = field(default_factory=dict)
    weights: Mapping[str, SpatialWeights] = field(default_factory=dict)
    intensities: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        index = self.frame.index
        if not isinstance(index, pd.MultiIndex) or index.nlevels != 2:
            raise ValueError("a panel is indexed by (entity, time)")
        if not index.is_unique or not index.is_monotonic_increasing:
            raise ValueError("a panel is sorted and has one row per entity and time")
        if not self.groups.index.equals(index):
            raise ValueError("groups and frame share one index")

    @property
    def entity_name(self) -> str:
        """Return the name of the entity column."""
        return str(self.frame.index.names[0])

    @property
    def time_name(self) -> str:
        """Return the name of the time column."""
        return str(self.frame.index.names[1])

    @cached_property
    def entities(self) -> tuple[str, ...]:
        """Return the entities, sorted."""
        return tuple(str(value) for value in self.frame.index.get_level_values(0).unique())

    @cached_property
    def times(self) -> tuple[int, ...]:
        """Return the years, sorted."""
        return tuple(sorted(int(value) for value in self.frame.index.get_level_values(1).unique()))

    @cached_property
    def entity_codes(self) -> IntArray:
        """Return each row's entity as 0..N-1, shape (n,)."""
        values = self.frame.index.get_level_values(0)
        return np.asarray(self._entity_index.get_indexer(values), dtype=np.intp)

    @cached_property
    def _entity_index(self) -> pd.Index[Any]:
        return pd.Index(self.entities)

    @cached_property
    def time_codes(self) -> IntArray:
        """Return each row's year as 0..T-1, shape (n,)."""
        return np.asarray(np.searchsorted(self.times, self.years), dtype=np.intp)

    @cached_property
    def years(self) -> NDArray[np.int64]:
        """Return each row's year, shape (n,)."""
        return np.asarray(self.frame.index.get_level_values(1), dtype=np.int64)

    @property
    def balanced(self) -> bool:
        """Tell whether every entity has a row in every year."""
        return len(self.frame) == len(self.entities) * len(self.times)

    def column(self, name: str) -> FloatArray:
        """Return a numeric column, shape (n,). Raises DataError with a suggestion when there is none."""
        if name in self.frame.columns:
            return self.frame[name].to_numpy(dtype=np.float64)
        if name in self.groups.columns:
            raise DataError(
                text("column '{column}' holds text where numbers are needed", column=name),
                where=text("{file}, column {column}", file=self.source, column=name),
                fix=text("name a numeric column"),
            )
        raise self.no_column(name)

    def group(self, name: str) -> pd.Series[Any]:
        """Return a column to group by (text, or numbers as they stand), indexed like the panel."""
        if name in self.groups.columns:
            return self.groups[name]
        if name in self.frame.columns:
            return self.frame[name]
        if name == self.entity_name:
            return pd.Series(self.frame.index.get_level_values(0), index=self.frame.index, name=name)
        if name == self.time_name:
            return pd.Series(self.years, index=self.frame.index, name=name)
        raise self.no_column(name)

    def cohort(self, policy: str) -> pd.Series[float]:
        """Return the first treated year of each entity (missing = never). Raises DataError if unknown."""
        if policy not in self.cohorts:
            raise DataError(
                text("there is no policy '{policy}'", policy=policy),
                where=text("study, {key}", key="[policies]"),
                fix=text(
                    "{near}declare it under [policies.{policy}]",
                    near=suggest(policy, self.cohorts),
                    policy=policy,
                ),
            )
        return self.cohorts[policy].reindex(self._entity_index)

    def spatial(self, name: str) -> SpatialWeights:
        """Return spatial weights of the study by name. Raises DataError if unknown."""
        if name not in self.weights:
            raise DataError(
                text("there are no weights '{name}'", name=name),
                where=text("study, {key}", key="[weights]"),
                fix=text(
                    "{near}declare them under [weights.{name}]", near=suggest(name, self.weights), name=name
                ),
            )
        return self.weights[name]

    def no_column(self, name: str, key: str = "") -> DataError:
        """Return the error of a column that is not there, with a suggestion and the key that asks for it."""
        known = [*map(str, self.frame.columns), *map(str, self.groups.columns)]
        header = text("{file}, header", file=self.source)
        return DataError(
            text("there is no column '{column}'", column=name),
            where=text("{place}; asked for by {key}", place=header, key=key) if key else header,
            fix=text(
                "{near}columns are: {columns}",
                near=suggest(name, [*known, *self.cohorts]),
                columns=tuple(known[:40]),
            ),
        )

    def earlier(self, years: int) -> IntArray:
        """Return the place of the row of the same entity ``years`` years (not rows) before each, (n,); -1 for none."""
        since = self.years - self.years.min(initial=0)
        keys = self.entity_codes * (int(since.max(initial=0)) + years + 1) + since
        at = np.minimum(np.searchsorted(keys, keys - years), len(keys) - 1)
        return np.where(keys[at] == keys - years, at, -1)

    def lagged(self, columns: Iterable[str], years: int) -> pd.DataFrame:
        """Return ``columns`` at their value ``years`` years earlier, indexed like the panel; missing where unseen.

        Raises DataError for an unknown column.
        """
        at = self.earlier(years)
        found = {name: np.where(at >= 0, self.column(name)[at], np.nan) for name in dict.fromkeys(columns)}
        return pd.DataFrame(found, index=self.frame.index)

    def with_columns(self, columns: pd.DataFrame, groups: pd.DataFrame | None = None) -> Panel:
        """Return a panel with more numeric (and text) columns, aligned on the index."""
        frame = self.frame.assign(**{str(name): columns[name] for name in columns})
        texts = self.groups
        if groups is not None:
            texts = texts.assign(**{str(name): groups[name] for name in groups})
        return replace(self, frame=frame, groups=texts)

    def rows(self, keep: BoolArray) -> Panel:
        """Return the panel of the rows where ``keep`` (shape (n,)) is true."""
        frame, groups = self.frame[keep], self.groups[keep]
        left = frame.index.get_level_values(0).unique()
        cohorts = {name: series.reindex(left) for name, series in self.cohorts.items()}
        return replace(self, frame=frame, groups=groups, cohorts=cohorts)

    def noted(self, notes: Iterable[Text]) -> Panel:
        """Return the panel with more notes."""
        return replace(self, notes=(*self.notes, *notes))
