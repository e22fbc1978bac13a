"""Colours of a map or a scale, spread evenly."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from matplotlib.colors import Colormap


def colour_map(colours: Sequence[str]) -> Colormap:
    """Return the map that runs evenly through ``colours``."""
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list("ccd", list(colours))


def shades(colours: Sequence[str], count: int) -> list[tuple[float, ...]]:
    """Return ``count`` colours spread over a map."""
    return [tuple(colour) for colour in colour_map(colours)(np.linspace(0, 1, count))]
