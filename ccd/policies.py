"""From a registry of policies, or a column of years, to the first treated year of each region."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Literal, get_args

import numpy as np
import pandas as pd
from pydantic import Field, model_validator

from ccd.bundled import bundled_rows, province_code
from ccd.errors import DataError, StudyError, suggest
from ccd.panel import Panel
from ccd.space.borders import bordering
from ccd.spec import Spec
from ccd.words import Name, Text, names, text

Confidence = Literal["high", "medium", "low"]
Level = Literal["province", "city", "county"]
CONFIDENCES: tuple[Confidence, ...] = get_args(Confidence)
LEVELS: tuple[Level, ...] = get_args(Level)


#: Beijing, Tianjin, Shanghai and Chongqing: provinces and cities at once.
MUNICIPALITIES = ("110000", "120000", "310000", "500000")
#: The peoples in the names of autonomous prefectures.
PEOPLES = (
    *("朝鲜", "土家", "布依", "景颇", "哈尼", "傈僳", "蒙古", "哈萨克", "柯尔克孜"),
    *("回", "藏", "羌", "彝", "苗", "侗", "壮", "傣", "白"),
)


class PolicySpec(Spec):
    """``[policies.NAME]``: a policy of the bundled registry, or a column of first treated years."""

    registry: str | None = None
    """Policy of the bundled registry (``ccd policies`` lists them)."""
    column: str | None = None
    """Column of the data: first treated year, blank = never."""
    neighbours_of: str | None = None
    """Another policy of the study: the first year a bordering province is treated by it (for spillover)."""
    confidence: tuple[Confidence, ...] = ("high", "medium")
    """Rows of the registry used, by how sure their date is."""
    levels: tuple[Level, ...] = ("province", "city", "county")
    """Rows of the registry used, by what is listed: a whole province, a city, a county or district."""
    place: str | None = None
    """Column with the name or code of the place; none: the entity."""
    province: str | None = None
    """Column with the province of a city, where cities go by name."""
    spread: bool = False
    """Whether a province listed as a whole treats all its cities."""
    undated: int | None = Field(default=None, ge=1000, le=2999)
    """Year for listed places whose year the registry does not know; none: left untreated, with a note."""

    @model_validator(mode="after")
    def _one_source(self) -> PolicySpec:
        sources = [key for key in ("registry", "column", "neighbours_of") if getattr(self, key) is not None]
        if len(sources) != 1:
            raise ValueError("name one of registry, column and neighbours_of")
        extra = self.model_fields_set - {sources[0]}
        if sources[0] != "registry" and extra:
            raise ValueError(f"{', '.join(sorted(extra))}: goes with registry, not with {sources[0]}")
        return self

    def text_columns(self) -> tuple[str, ...]:
        """Return the columns that hold names of places."""
        return tuple(column for column in (self.place, self.province) if column is not None)


def assign_cohorts(panel: Panel, specs: Mapping[str, PolicySpec]) -> Panel:
    """Return the panel with the cohorts of each policy (missing = never), and notes on what did not match.

    On a panel of provinces a province counts from the year its first listed unit was approved; on one of
    cities each city from its own. Several rows of one place: the earliest year. Raises StudyError for an
    unknown policy, DataError where a column varies within a region or no region is known to the registry.
    """
    cohorts = dict(panel.cohorts)
    notes: list[Text] = []
    for name, spec in specs.items():
        if spec.column is not None:
            cohorts[name] = _from_column(panel, spec.column)
        elif spec.neighbours_of is not None:
            cohorts[name] = _from_neighbours(panel, name, spec.neighbours_of, cohorts)
        else:
            cohorts[name], found = _from_registry(panel, name, spec)
            notes += found
    return replace(panel, cohorts=cohorts).noted(notes)


def registry_policies() -> tuple[str, ...]:
    """Return the names of the policies in the bundled registry, sorted."""
    return tuple(sorted({row["policy"] for row in bundled_rows("policies.csv")}))


def _from_column(panel: Panel, column: str) -> pd.Series[float]:
    entities = pd.Index(panel.entities)
    if column in panel.groups.columns:
        cells = panel.groups[column]
        bad = cells[cells != ""]
        if len(bad):
            entity, year = bad.index[0]
            raise DataError(
                f"'{bad.iloc[0]}' is not a year",
                where=f"{panel.source}, column {column}, {entity} {year}",
                fix="give the first treated year of each region; leave never treated ones blank",
            )
    values = pd.Series(panel.column(column), index=panel.frame.index)
    spread = values.groupby(level=0, sort=True).agg(["min", "max", "count", "size"])
    varies = (spread["min"] != spread["max"]) & (spread["count"] > 0) | (
        (spread["count"] > 0) & (spread["count"] < spread["size"])
    )
    if varies.any():
        raise DataError(
            f"the first treated year varies within {spread.index[varies][0]}",
            where=f"{panel.source}, column {column}",
            fix="repeat the same year in every row of a region (not a 0/1 dummy); blank = never treated",
        )
    years = spread["min"].reindex(entities)
    strange = years.notna() & ~(years.between(1000, 2999) & (years == np.floor(years)))
    if strange.any():
        raise DataError(
            f"{years[strange].iloc[0]:g} is not a year",
            where=f"{panel.source}, column {column}, {years.index[strange][0]}",
            fix="give the first treated year of each region; leave never treated ones blank",
        )
    return years.astype(float)


def _from_neighbours(
    panel: Panel, name: str, policy: str, cohorts: Mapping[str, pd.Series[float]]
) -> pd.Series[float]:
    """Return the first year a bordering province of the panel is treated by ``policy``, missing = never."""
    if policy not in cohorts:
        raise StudyError(
            f"there is no policy '{policy}' before '{name}'",
            where=f"study, [policies.{name}] neighbours_of",
            fix=f"{suggest(policy, cohorts)}declare [policies.{policy}] above it",
        )
    codes = {entity: province_code(entity) for entity in panel.entities}
    unknown = [entity for entity, code in codes.items() if not code]
    if unknown:
        raise DataError(
            f"'{unknown[0]}' is not a province whose neighbours are known",
            where=f"{panel.source}, [policies.{name}] neighbours_of",
            fix="use column = with the first year a neighbour is treated",
        )
    first = {str(entity): float(year) for entity, year in cohorts[policy].items()}
    years = {
        entity: min((first[e] for e in near if not np.isnan(first.get(e, np.nan))), default=np.nan)
        for entity, near in bordering(codes).items()
    }
    return pd.Series(years, index=pd.Index(panel.entities), dtype=float)


@dataclass(frozen=True)
class Place:
    """Where an entity lies: its own code, and that of its province (empty when not known)."""

    code: str
    province: str


def _from_registry(panel: Panel, name: str, spec: PolicySpec) -> tuple[pd.Series[float], list[Text]]:
    rows = _registry_rows(name, spec)
    places = _places(panel, spec, rows)
    provincial = all(place.code.endswith("0000") for place in places.values() if place.code)
    starts = pd.Series(np.nan, index=pd.Index(panel.entities), dtype=float)
    seen: set[str] = set()
    undated: list[str] = []
    for entity in panel.entities:
        mine = [row for row in rows if _covers(row, places[entity], provincial, spec.spread)]
        seen |= {row["row_id"] for row in mine}
        years = [int(row["year"]) if row["year"] else spec.undated for row in mine]
        known = [year for year in years if year is not None]
        if len(known) < len(years):
            undated.append(entity)
        if known:
            starts[entity] = min(known)
    return starts, _notes(name, rows, seen, undated, places, provincial, spec)


def _registry_rows(name: str, spec: PolicySpec) -> list[dict[str, str]]:
    known = registry_policies()
    if spec.registry not in known:
        raise StudyError(
            f"the registry has no policy '{spec.registry}'",
            where=f"study, [policies.{name}] registry",
            fix=f"{suggest(str(spec.registry), known)}it has: {', '.join(known)}",
        )
    rows = [
        row
        for row in bundled_rows("policies.csv")
        if row["policy"] == spec.registry
        and row["confidence"] in spec.confidence
        and row["level"] in spec.levels
    ]
    if not rows:
        raise StudyError(
            f"no row of '{spec.registry}' is left",
            where=f"study, [policies.{name}]",
            fix="widen confidence or levels",
        )
    return rows


def _covers(row: Mapping[str, str], place: Place, provincial: bool, spread: bool) -> bool:
    """Tell whether a registry row treats a place."""
    if not place.code:
        return False
    if provincial:
        return row["province_adcode"] == place.code
    if row["adcode"] == place.code:
        return True
    return spread and row["level"] == "province" and row["province_adcode"] == place.province


def _places(panel: Panel, spec: PolicySpec, rows: list[dict[str, str]]) -> dict[str, Place]:
    """Return each entity's place; raises DataError when no entity is known."""
    labels = _text_of(panel, spec.place or panel.entity_name)
    provinces = _text_of(panel, spec.province) if spec.province else {}
    as_provinces = {entity: province_code(label) for entity, label in labels.items()}
    unknown = [labels[entity] for entity, code in as_provinces.items() if not code]
    if len(unknown) * 2 < len(labels) and not provinces:
        return {entity: Place(code, code) for entity, code in as_provinces.items()}
    places = {}
    for entity, label in labels.items():
        province = province_code(provinces.get(entity, ""))
        code = label if re.fullmatch(r"\d{6}", label) else _city_code(label, province, panel.source)
        places[entity] = Place(code, province or (f"{code[:2]}0000" if code else ""))
    if not any(place.code for place in places.values()):
        raise DataError(
            f"no region is known to the registry of policies, '{next(iter(labels.values()))}' for one",
            where=f"{panel.source}, column {spec.place or panel.entity_name}",
            fix="name provinces (zh or en) or cities (zh), or give a column of six-digit codes: "
            "[policies.NAME] place = COLUMN",
        )
    return places


def _text_of(panel: Panel, column: str) -> dict[str, str]:
    """Return entity -> its first cell of ``column`` as text."""
    values = panel.group(column)
    first = values[~values.index.get_level_values(0).duplicated()]
    shown = first.map(lambda v: str(int(v)) if isinstance(v, float) and v.is_integer() else str(v))
    return {str(entity): cell for entity, cell in zip(first.index.get_level_values(0), shown, strict=True)}


def _is_province(row: Mapping[str, str]) -> bool:
    """Tell whether a row lists a whole province; a municipality is a city as well."""
    return row["level"] == "province" and row["adcode"] not in MUNICIPALITIES


@cache
def _cities() -> Mapping[str, tuple[tuple[str, str], ...]]:
    """Return city name -> (adcode, province adcode) of every city in the registry, full and short names."""
    found: dict[str, set[tuple[str, str]]] = {}
    for row in bundled_rows("policies.csv"):
        if not _is_province(row):
            for key in _names(row["unit_zh"]):
                found.setdefault(key, set()).add((row["adcode"], row["province_adcode"]))
    return {name: tuple(sorted(codes)) for name, codes in found.items()}


def _names(city: str) -> set[str]:
    """Return the names a city goes by: in full, without 市, 地区 or 盟, as 延边 and 延边州 for 延边朝鲜族自治州."""
    short = re.sub(rf"((({'|'.join(PEOPLES)})族?)+自治州|市|地区|盟)$", "", city)
    return {city, short, *([f"{short}州"] if city.endswith("自治州") else [])}


def _city_code(name: str, province: str, source: str) -> str:
    """Return a city's code by name; empty when the registry does not list it."""
    known = [pair for pair in _cities().get(name.strip(), ()) if province in ("", pair[1])]
    if len({code for code, _ in known}) > 1:
        raise DataError(
            f"'{name}' names several cities", where=source, fix="give [policies.NAME] province = COLUMN"
        )
    return known[0][0] if known else ""


def _notes(
    name: str,
    rows: list[dict[str, str]],
    seen: set[str],
    undated: list[str],
    places: Mapping[str, Place],
    provincial: bool,
    spec: PolicySpec,
) -> list[Text]:
    """Return what did not match, or matched in part."""
    notes = []
    unknown = [entity for entity, place in places.items() if not place.code] if provincial else []
    if unknown:
        notes.append(
            text(
                "{policy}: counted as never treated, not a province of the registry: {regions}",
                policy=Name(name),
                regions=names(unknown),
            )
        )
    left = [row for row in rows if row["row_id"] not in seen]
    whole = [row for row in left if not provincial and _is_province(row)]
    if whole:
        notes.append(
            text(
                "{policy}: listed as whole provinces and not spread to their cities: {places}",
                policy=Name(name),
                places=_listed(whole, "province_zh"),
            )
        )
    absent = [row for row in left if row not in whole]
    if absent:
        notes.append(
            text(
                "{policy}: listed in the registry but not in the data: {places}",
                policy=Name(name),
                places=_listed(absent, "province_zh" if provincial else "unit_zh"),
            )
        )
    parts = [row for row in rows if row["row_id"] in seen and row["level"] == "county" and not provincial]
    if parts:
        notes.append(
            text(
                "{policy}: counted as treated where only a county or district is listed: {places}",
                policy=Name(name),
                places=_listed(parts, "listed_as"),
            )
        )
    if undated and spec.undated is None:
        notes.append(
            text(
                "{policy}: listed without a year, and the row not used: {regions}",
                policy=Name(name),
                regions=names(undated),
            )
        )
    return notes


def _listed(rows: Iterable[Mapping[str, str]], key: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(row[key] for row in rows))
