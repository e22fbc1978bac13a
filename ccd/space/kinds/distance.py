"""Weights that fall with the distance between regions."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ccd.arrays import FloatArray
from ccd.errors import DataError, Words
from ccd.panel import Panel
from ccd.space.distance import distances, needed, places_of
from ccd.space.kinds.links import Links
from ccd.space.spec import WeightsSpec
from ccd.words import Name, Text, text


def links(panel: Panel, spec: WeightsSpec, base: Path, where: Words) -> Links:
    """Return d^-power up to ``cutoff`` km; without one, the smallest that leaves no region without a neighbour."""
    apart = separate(
        panel, distances(*needed(places_of(panel, spec.lon, spec.lat, where=where), where)), where
    )
    nearest = float(apart.min(axis=1).max())
    cutoff = nearest if spec.cutoff is None else spec.cutoff
    inside = apart <= cutoff * (1 + 1e-12)
    raw = np.where(inside, apart ** -float(spec.power), 0.0)
    notes: tuple[Text, ...] = ()
    if spec.cutoff is None:
        name = Name(str(where).rsplit(".", 1)[-1].rstrip("]"))
        notes = (
            text("Weights {name}: up to {km:.1f} km, the smallest distance that leaves no region alone",
                 name=name, km=cutoff),
        )  # fmt: skip
    return Links(raw, cutoff, notes)


def separate(panel: Panel, apart: FloatArray, where: Words) -> FloatArray:
    """Return distances (N, N) with an infinite diagonal. Raises DataError where two regions lie in one place."""
    found = apart.copy()
    np.fill_diagonal(found, np.inf)
    if (found <= 0).any():
        i, j = np.argwhere(found <= 0)[0]
        raise DataError(
            text(
                "{region} and {other} lie in one place, so 1/d has no value",
                region=panel.entities[i],
                other=panel.entities[j],
            ),
            where=where,
            fix=text("correct their longitude and latitude"),
        )
    return found
