"""Kinds of spatial weights, one a file: (panel, keys, folder of the study, place) -> weights, not yet standardised."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from ccd.panel import Panel
from ccd.space.kinds import contiguity, distance, economic, matrix, nearest
from ccd.space.kinds.links import Links
from ccd.space.spec import WeightsSpec

KINDS: Mapping[str, Callable[[Panel, WeightsSpec, Path, str], Links]] = {
    "contiguity": contiguity.links,
    "nearest": nearest.links,
    "distance": distance.links,
    "economic": economic.links,
    "matrix": matrix.links,
}
