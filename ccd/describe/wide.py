"""A variable as regions by years, and what a method may know beside it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ccd.arrays import BoolArray, FloatArray, IntArray
from ccd.errors import DataError
from ccd.panel import Panel
from ccd.results import CouplingResult, IndexResult
from ccd.streams import Stream
from ccd.words import Text, names, text

#: Where errors of this section stand.
WHERE = text("study, {key}", key="describe")


@dataclass(frozen=True)
class Wide:
    """``x`` (N, T) of ``regions`` (N) in ``times`` (T) whole years; nan where unseen."""

    variable: str
    regions: tuple[str, ...]
    times: IntArray
    x: FloatArray

    def only(self, keep: BoolArray) -> Wide:
        """Return the regions where ``keep`` (N,) is true."""
        regions = tuple(region for region, kept in zip(self.regions, keep, strict=True) if kept)
        return replace(self, regions=regions, x=self.x[keep])

    def whole(self) -> tuple[Wide, tuple[Text, ...]]:
        """Return the regions seen in every year, and a note on those left out. Raises DataError below three."""
        seen = np.asarray(np.isfinite(self.x).all(axis=1))
        if seen.sum() < 3:
            raise DataError(
                text("fewer than three regions have '{variable}' in every year", variable=self.variable),
                where=WHERE,
                fix=text("shorten [data] years to those that are complete"),
            )
        if seen.all():
            return self, ()
        return self.only(seen), (without(self.regions, ~seen),)


@dataclass(frozen=True)
class About:
    """What a method may look at: the panel, indices and coupling, one variable, its random streams."""

    panel: Panel
    wide: Wide
    stream: Stream
    index: IndexResult | None = None
    coupling: CouplingResult | None = None

    def of(self, column: str) -> FloatArray:
        """Return a numeric column as regions by years (N, T)."""
        return spread(self.panel, self.panel.column(column))

    def groups(self, column: str) -> tuple[IntArray, tuple[str, ...]]:
        """Return the group of each region as 0..K-1 (N,) and the groups, sorted.

        Raises DataError where a region has none or changes it.
        """
        found = self.panel.group(column)
        codes = self.panel.entity_codes
        first: dict[int, str] = {}
        for code, value, missing in zip(codes, found, found.isna(), strict=True):
            own = str(value)
            if missing or first.setdefault(int(code), own) != own:
                raise DataError(
                    text(
                        "'{column}' does not put {region} in one group for all years",
                        column=column,
                        region=self.panel.entities[code],
                    ),
                    where=WHERE,
                    fix=text("name a column with one group a region"),
                )
        groups = tuple(sorted(set(first.values())))
        return np.array([groups.index(first[i]) for i in range(len(first))], dtype=np.intp), groups


def spread(panel: Panel, values: FloatArray) -> FloatArray:
    """Return a column (n,) as regions by years (N, T), nan where a region has no row."""
    x = np.full((len(panel.entities), len(panel.times)), np.nan)
    x[panel.entity_codes, panel.time_codes] = values
    return x


def wide(panel: Panel, column: str) -> Wide:
    """Return a numeric column of the panel as regions by years. Raises DataError where years are missing."""
    times = np.array(panel.times, dtype=np.intp)
    if len(times) < 2 or (np.diff(times) != 1).any():
        raise DataError(
            text("the years of the panel do not follow one on another"),
            where=f"{panel.source}, {panel.time_name}",
            fix=text("describe consecutive years, set by [data] years"),
        )
    return Wide(column, panel.entities, times, spread(panel, panel.column(column)))


def without(regions: tuple[str, ...], out: BoolArray) -> Text:
    """Return the note on regions left out because they are not seen in every year."""
    listed = [region for region, lost in zip(regions, out, strict=True) if lost]
    return text(
        "{count} {count:region|regions} left out for missing years: {listed}",
        count=len(listed),
        listed=names(listed[:8]),
    )
