"""``[benchmark]``: regions against named peers and nearest neighbours, and areas of a small table."""

from __future__ import annotations

from pathlib import Path
from typing import Self

import numpy as np
from pydantic import Field, PrivateAttr, model_validator

from ccd.arrays import FloatArray, IntArray
from ccd.coupling.benchmark.nearest import distances_from, means
from ccd.coupling.benchmark.parts import gap_part, profile_part
from ccd.coupling.benchmark.table import table_parts
from ccd.errors import DataError, SpecError, suggest
from ccd.panel import Panel
from ccd.results import Chapter, CouplingResult, IndexResult, Nearest, Part, Value
from ccd.section import Section
from ccd.streams import Stream
from ccd.words import Name, Text, names, text


class BenchmarkSpec(Section):
    """``[benchmark]``: the gap in D to peers by indicator, profiles, nearest neighbours, and a small table of areas."""

    regions: tuple[str, ...] = ()
    """Regions that are set against their peers; none: the table alone."""
    peers: tuple[str, ...] = ()
    """Regions they are set against."""
    neighbours: int = Field(default=0, ge=0)
    """How many nearest neighbours of each region join its peers."""
    on: tuple[str, ...] = ()
    """Columns whose means over the years tell how near regions are."""
    policy: str | None = None
    """Policy before whose first year in the region the means are taken; none: all years."""
    year: int | None = None
    """Year of gap and profile; none: the last."""
    table: str | None = None
    """File with a row an area, its name in the first column, figures in the others."""
    area: str | None = None
    """Area of the table that is set against the others; none: that of the first row."""
    table_note: str = ""
    """Sentence under the tables of areas, such as where their figures come from."""

    _folder: Path = PrivateAttr(default=Path())

    @model_validator(mode="after")
    def _asks_something(self) -> Self:
        if not self.regions and self.table is None:
            raise SpecError(text("name regions and their peers, or a table of areas"))
        if self.regions and not self.peers and not self.neighbours:
            raise SpecError(text("name peers, or how many neighbours to find"))
        if bool(self.neighbours) != bool(self.on):
            raise SpecError(text("neighbours and on go together: how many, and on which columns"))
        return self

    def columns(self) -> tuple[str, ...]:
        """Return D and the columns of the neighbours."""
        return tuple(dict.fromkeys((*(("D",) if self.regions else ()), *self.on)))

    def policies_read(self) -> tuple[str, ...]:
        """Return the policy before which regions are compared."""
        return () if self.policy is None else (self.policy,)

    def methods(self) -> tuple[str, ...]:
        """Return the key of its explanation."""
        return ("benchmark",)

    def files(self) -> tuple[str, ...]:
        """Return the table."""
        return () if self.table is None else (self.table,)

    def at(self, folder: Path) -> Self:
        """Return the section with its table to be found from ``folder``."""
        found = self.model_copy()
        found._folder = folder
        return found

    def chapter(
        self, panel: Panel, index: IndexResult | None, coupling: CouplingResult | None, stream: Stream
    ) -> Chapter:
        """Return profile, gap and neighbours of each region, and the table of areas."""
        parts: list[Part[Value]] = []
        notes: list[Text] = []
        if self.regions and (index is None or coupling is None):
            raise DataError(
                text("a gap in D needs subsystems"),
                where=text("study, [benchmark]"),
                fix=text("describe [subsystems]"),
            )
        codes = {name: self._code(panel, name, "regions") for name in self.regions}
        named = {name: self._code(panel, name, "peers") for name in self.peers}
        nearest: list[Nearest] = []
        for region, code in codes.items():
            peers = dict(named)
            if self.neighbours:
                found, said = self._nearest(panel, region, code)
                notes += said
                if found is not None:
                    nearest.append(found)
                    peers |= {name: panel.entities.index(name) for name in found.neighbour}
            peers.pop(region, None)
            end = "" if len(codes) == 1 else f"_{region}"
            if index is not None and coupling is not None and peers:
                year = self._year(panel)
                parts.append(profile_part(panel, index, coupling, year, code, [*peers.values()], end))
                parts.append(gap_part(panel, index, coupling, year, code, [*peers.values()], end))
        if nearest:
            parts.append(Part(_joined(nearest)))
        if self.table is not None:
            parts += table_parts(self._folder, self.table, self.area, self.table_note)
        return Chapter("benchmark", text("Benchmark"), tuple(parts), tuple(notes))

    def _code(self, panel: Panel, name: str, key: str) -> int:
        """Return the place of a region among the panel's. Raises DataError where it is none of them."""
        if name in panel.entities:
            return panel.entities.index(name)
        raise DataError(
            text("there is no region '{name}'", name=name),
            where=text("study, [benchmark] {key}", key=key),
            fix=text("{near}name a region of the data", near=suggest(name, panel.entities)),
        )

    def _year(self, panel: Panel) -> int:
        if self.year is None:
            return panel.times[-1]
        if self.year in panel.times:
            return self.year
        raise DataError(
            text("the data have no year {year}", year=self.year),
            where=text("study, [benchmark] {key}", key="year"),
            fix=text("name a year from {first} to {last}", first=panel.times[0], last=panel.times[-1]),
        )

    def _nearest(self, panel: Panel, region: str, own: int) -> tuple[Nearest | None, list[Text]]:
        """Return the neighbours of a region, and why some regions or all are none."""
        start = np.full(len(panel.entities), np.nan)
        if self.policy is not None:
            start = panel.cohort(self.policy).to_numpy(dtype=np.float64)
        rows = panel.years < start[own] if np.isfinite(start[own]) else np.ones(len(panel.years), dtype=bool)
        if rows.sum() == 0:
            return None, [
                text(
                    "{region} has no nearest neighbours: no year lies before {policy}",
                    region=Name(region),
                    policy=Name(str(self.policy)),
                )
            ]
        x = np.column_stack([panel.column(name) for name in self.on])
        mean = means(x, panel.entity_codes, rows, len(panel.entities))
        if not np.isfinite(mean[own]).all():
            return None, [
                text(
                    "{region} has no nearest neighbours: a figure of its own is missing in {columns}",
                    region=Name(region),
                    columns=names(self.on),
                )
            ]
        distance = distances_from(mean, own)
        distance[own] = np.nan
        order = np.argsort(distance, kind="stable")[: min(self.neighbours, int(np.isfinite(distance).sum()))]
        years = panel.years[rows]
        lost = [panel.entities[i] for i in np.flatnonzero(np.isnan(distance)) if i != own]
        gone = text(
            "No neighbour of {region}, a figure is missing: {regions}",
            region=Name(region),
            regions=names(lost),
        )
        return _found(panel, self, own, order.astype(np.intp), distance, start, years), [gone] if lost else []


def _found(
    panel: Panel,
    spec: BenchmarkSpec,
    own: int,
    order: IntArray,
    distance: FloatArray,
    start: FloatArray,
    years: IntArray,
) -> Nearest:
    size = len(order)
    return Nearest(
        entity=(panel.entities[own],) * size,
        neighbour=tuple(panel.entities[i] for i in order),
        rank=np.arange(1, size + 1),
        distance=distance[order],
        first_treated=start[order],
        first=np.full(size, years.min()),
        last=np.full(size, years.max()),
        on=spec.on,
        policy=spec.policy,
    )


def _joined(found: list[Nearest]) -> Nearest:
    return Nearest(
        entity=tuple(name for one in found for name in one.entity),
        neighbour=tuple(name for one in found for name in one.neighbour),
        rank=np.concatenate([one.rank for one in found]),
        distance=np.concatenate([one.distance for one in found]),
        first_treated=np.concatenate([one.first_treated for one in found]),
        first=np.concatenate([one.first for one in found]),
        last=np.concatenate([one.last for one in found]),
        on=found[0].on,
        policy=found[0].policy,
    )
