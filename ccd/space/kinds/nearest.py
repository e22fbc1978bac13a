"""Weights of the k nearest regions."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ccd.errors import DataError
from ccd.panel import Panel
from ccd.space.distance import distances, needed, places_of
from ccd.space.kinds.links import Links
from ccd.space.spec import WeightsSpec

#: Distances that differ by less than this share are ties.
TIE = 1e-9


def links(panel: Panel, spec: WeightsSpec, base: Path, where: str) -> Links:
    """Return 1 for each of the ``k`` nearest regions, those as far as the k-th among them."""
    apart = distances(*needed(places_of(panel, spec.lon, spec.lat, where=where), where))
    n = len(apart)
    if spec.k >= n:
        raise DataError(
            f"there are {n} regions, so none has {spec.k} others", where=f"{where}, k", fix="take a smaller k"
        )
    np.fill_diagonal(apart, np.inf)
    limit = np.partition(apart, spec.k - 1, axis=1)[:, spec.k - 1]
    return Links((apart <= limit[:, None] * (1 + TIE)).astype(float))
