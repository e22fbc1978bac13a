"""Weights of regions that border on each other: of the bundled provinces, or of a file of edges."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ccd.bundled import province_code
from ccd.errors import DataError, Words
from ccd.panel import Panel
from ccd.readers import read_table
from ccd.space.borders import bordering
from ccd.space.kinds.links import Links, places_in, weight_of
from ccd.space.spec import WeightsSpec
from ccd.words import text


def links(panel: Panel, spec: WeightsSpec, base: Path, where: Words) -> Links:
    """Return 1 where two regions border on each other, or the weight that a file gives their edge."""
    if spec.edges is not None:
        return _from_file(panel, base / spec.edges, where)
    codes = {entity: province_code(entity) for entity in panel.entities}
    unknown = [entity for entity, code in codes.items() if not code]
    if unknown:
        raise DataError(
            text("'{region}' is not a province whose neighbours are known", region=unknown[0]),
            where=where,
            fix=text('give edges = "FILE.csv" with the columns a and b, or kind = "nearest"'),
        )
    place = {entity: i for i, entity in enumerate(panel.entities)}
    raw = np.zeros((len(place), len(place)))
    for entity, near in bordering(codes, conventions=spec.conventions).items():
        raw[place[entity], [place[other] for other in near]] = 1.0
    return Links(raw)


def _from_file(panel: Panel, path: Path, where: Words) -> Links:
    table = read_table(path)
    missing = [column for column in ("a", "b") if column not in table.columns]
    if missing:
        raise DataError(
            text("there is no column '{column}'", column=missing[0]),
            where=f"{where}, {path}",
            fix=text("name two columns a and b"),
        )
    at = f"{where}, {path}"
    first, second = (places_in(panel.entities, [str(n) for n in table[c]], at) for c in ("a", "b"))
    weight = weight_of(table["weight"].astype(str), at) if "weight" in table else np.ones(len(table))
    raw = np.zeros((len(panel.entities),) * 2)
    seen: dict[tuple[int, int], float] = {}
    for i, j, value in zip(first, second, weight, strict=True):
        if i == j:
            raise DataError(
                text("{region} is its own neighbour", region=panel.entities[i]),
                where=at,
                fix=text("take this edge out"),
            )
        pair = (min(i, j), max(i, j))
        if seen.setdefault(pair, float(value)) != value:
            raise DataError(
                text(
                    "{region} and {other} have two weights",
                    region=panel.entities[i],
                    other=panel.entities[j],
                ),
                where=at,
                fix=text("an edge holds both ways: give it once"),
            )
        raw[i, j] = raw[j, i] = value
    return Links(raw)
