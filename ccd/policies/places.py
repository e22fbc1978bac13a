"""Which place of the registry an entity is: a province by any of its names, a city by name or code."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from ccd.bundled import bundled_rows, province_code
from ccd.errors import DataError
from ccd.panel import Panel
from ccd.policies.spec import PolicySpec
from ccd.words import text

#: Beijing, Tianjin, Shanghai and Chongqing: provinces and cities at once.
MUNICIPALITIES = ("110000", "120000", "310000", "500000")
#: The peoples in the names of autonomous prefectures.
PEOPLES = (
    *("朝鲜", "土家", "布依", "景颇", "哈尼", "傈僳", "蒙古", "哈萨克", "柯尔克孜"),
    *("回", "藏", "羌", "彝", "苗", "侗", "壮", "傣", "白"),
)


@dataclass(frozen=True)
class Place:
    """Where an entity lies: its own code, and that of its province (empty when not known)."""

    code: str
    province: str


def places_of(panel: Panel, spec: PolicySpec) -> dict[str, Place]:
    """Return each entity's place; raises DataError when no entity is known."""
    labels = text_of(panel, spec.place or panel.entity_name)
    provinces = text_of(panel, spec.province) if spec.province else {}
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
            text(
                "no region is known to the registry of policies, '{region}' for one",
                region=next(iter(labels.values())),
            ),
            where=text("{file}, column {column}", file=panel.source, column=spec.place or panel.entity_name),
            fix=text(
                "name provinces (zh or en) or cities (zh), or give a column of six-digit codes: [policies.NAME] "
                "place = COLUMN"
            ),
        )
    return places


def text_of(panel: Panel, column: str) -> dict[str, str]:
    """Return entity -> its first cell of ``column`` as text."""
    values = panel.group(column)
    first = values[~values.index.get_level_values(0).duplicated()]
    shown = first.map(lambda v: str(int(v)) if isinstance(v, float) and v.is_integer() else str(v))
    return {str(entity): cell for entity, cell in zip(first.index.get_level_values(0), shown, strict=True)}


def is_province(row: Mapping[str, str]) -> bool:
    """Tell whether a row lists a whole province; a municipality is a city as well."""
    return row["level"] == "province" and row["adcode"] not in MUNICIPALITIES


@cache
def _cities() -> Mapping[str, tuple[tuple[str, str], ...]]:
    """Return city name -> (adcode, province adcode) of every city in the registry, full and short names."""
    found: dict[str, set[tuple[str, str]]] = {}
    for row in bundled_rows("policies.csv"):
        if not is_province(row):
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
            text("'{name}' names several cities", name=name),
            where=source,
            fix=text("give [policies.NAME] province = COLUMN"),
        )
    return known[0][0] if known else ""
