"""First treated years from the bundled registry of policies."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd

from ccd.bundled import bundled_rows
from ccd.errors import StudyError, suggest
from ccd.panel import Panel
from ccd.policies.places import Place, is_province, places_of
from ccd.policies.spec import PolicySpec
from ccd.words import Name, Text, names, text


def registry_policies() -> tuple[str, ...]:
    """Return the names of the policies in the bundled registry, sorted."""
    return tuple(sorted({row["policy"] for row in bundled_rows("policies.csv")}))


def from_registry(panel: Panel, name: str, spec: PolicySpec) -> tuple[pd.Series[float], list[Text]]:
    """Return the first year of each entity by the registry, missing = never, and what matched in part or not."""
    rows = _registry_rows(name, spec)
    places = places_of(panel, spec)
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
            text("the registry has no policy '{registry}'", registry=spec.registry),
            where=text("study, {key}", key=f"[policies.{name}] registry"),
            fix=text("{near}it has: {coded}", near=suggest(str(spec.registry), known), coded=tuple(known)),
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
            text("no row of '{registry}' is left", registry=spec.registry),
            where=text("study, {key}", key=f"[policies.{name}]"),
            fix=text("widen confidence or levels"),
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
    whole = [row for row in left if not provincial and is_province(row)]
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
