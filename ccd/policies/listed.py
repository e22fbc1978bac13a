"""First treated years that name regions: waves in the study, or a second file with a row a region."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from ccd.bundled import province_code
from ccd.cells import as_text, lines_of
from ccd.cells.years import find_years, no_year
from ccd.errors import DataError, suggest
from ccd.panel import Panel
from ccd.policies.spec import PolicySpec
from ccd.readers import read_table
from ccd.words import Name, Text, names, text


def from_waves(
    panel: Panel, name: str, waves: Mapping[str, Iterable[str]]
) -> tuple[pd.Series[float], list[Text]]:
    """Return the year of the first wave of each entity, missing = never. Raises DataError for unknown regions."""
    known = _known(panel)
    where = text("study, [policies.{policy}] waves", policy=name)
    starts = pd.Series(np.nan, index=pd.Index(panel.entities), dtype=float)
    again: list[str] = []
    for year in sorted(waves):
        for region in waves[year]:
            entity = _entity(region, known)
            if entity is None:
                raise DataError(
                    text("'{region}' of the wave of {year} is not in the data", region=region, year=year),
                    where=where,
                    fix=text("{near}write it as the data do, or take it out", near=suggest(region, known)),
                )
            if np.isnan(starts[entity]):
                starts[entity] = float(year)
            else:
                again.append(entity)
    return starts, _earliest(name, again)


def from_file(panel: Panel, name: str, spec: PolicySpec, base: Path) -> tuple[pd.Series[float], list[Text]]:
    """Return the earliest year that a second file gives for each entity, missing = never, and what did not match.

    Raises DataError where the file lacks the columns, a year is none, or no region is in the data.
    """
    source, column, place = str(spec.path), str(spec.column), spec.place or panel.entity_name
    table = read_table(base / source, spec.sheet, (place,))
    for wanted in (place, column):
        if wanted not in table.columns:
            there = [*map(str, table.columns)]
            raise DataError(
                text("there is no column '{column}'", column=wanted),
                where=text("{place}; asked for by {key}", place=text("{file}, header", file=source),
                           key=f"policies.{name}.{'column' if wanted == column else 'place'}"),
                fix=text("{near}columns are: {columns}", near=suggest(wanted, there), columns=tuple(there[:40])),
            )  # fmt: skip
    table = table[table[place].notna()]
    years, bad = find_years(table[column])
    bad &= table[column].notna().to_numpy()
    if bad.any():
        raise no_year(table[column], bad, lines_of(table, source))
    known = _known(panel)
    found = [(_entity(region, known), as_text(region)) for region in table[place]]
    if not any(entity for entity, _ in found):
        raise DataError(
            text("no region of the file is in the data, '{region}' for one", region=found[0][1]),
            where=text("{file}, column {column}", file=source, column=place),
            fix=text("name the regions as the data do, or name their column: [policies.NAME] place"),
        )
    starts = pd.Series(np.nan, index=pd.Index(panel.entities), dtype=float)
    again: list[str] = []
    for (entity, _), year in zip(found, years, strict=True):
        if entity is not None and np.isfinite(year):
            if np.isfinite(starts[entity]):
                again.append(entity)
            starts[entity] = np.fmin(starts[entity], year)
    absent = list(dict.fromkeys(region for entity, region in found if entity is None))
    notes = _earliest(name, again)
    if absent:
        notes.append(
            text("{policy}: regions of {file} that are not in the data: {regions}",
                 policy=Name(name), file=Name(source), regions=tuple(absent))
        )  # fmt: skip
    return starts, notes


def _known(panel: Panel) -> dict[str, str]:
    """Return what entities go by -> entity: their own name, and what tables call them."""
    labels = {panel.labels[entity]: entity for entity in panel.entities if entity in panel.labels}
    return {**labels, **{entity: entity for entity in panel.entities}}


def _entity(region: object, known: Mapping[str, str]) -> str | None:
    """Return the entity that a region is: by name, or as the same province under another of its names."""
    name = as_text(region)
    if name in known:
        return known[name]
    code = province_code(name)
    same = {entity for other, entity in known.items() if code and province_code(other) == code}
    return same.pop() if len(same) == 1 else None


def _earliest(name: str, again: list[str]) -> list[Text]:
    if not again:
        return []
    regions = names(dict.fromkeys(again))
    return [text("{policy}: in several waves, and counted from the first: {regions}",
                 policy=Name(name), regions=regions)]  # fmt: skip
