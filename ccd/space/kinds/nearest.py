"""Weights of the k nearest regions."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ccd.errors import DataError, Words
from ccd.panel import Panel
from ccd.space.distance import distances, needed, places_of
from ccd.space.kinds.links import Links
from ccd.space.spec import WeightsSpec
from ccd.words import text

#: Distances that differ by less than this share are ties.
TIE = 1e-9


def links(panel: Panel, spec: WeightsSpec, base: Path, where: Words) -> Links:
    """Return 1 for each of the ``k`` nearest regions, those as far as the k-th among them."""
    apart = distances(*needed(places_of(panel, spec.lon, spec.lat, where=where), where))
    n = len(apart)
    if spec.k >= n:
        raise DataError(
            text("there are {count} regions, so none has {k} others", count=n, k=spec.k),
            where=text("{where}, {key}", where=where, key="k"),
            fix=text("take a smaller k"),
        )
    np.fill_diagonal(apart, np.inf)
    limit = np.partition(apart, spec.k - 1, axis=1)[:, spec.k - 1]
    return Links((apart <= limit[:, None] * (1 + TIE)).astype(float))
