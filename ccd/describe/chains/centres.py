"""Where the centres of innovation and of industry lie, and how far apart."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ccd.arrays import FloatArray
from ccd.describe.centre.albers import project, unproject
from ccd.results import Centres


def apart(place: FloatArray, s: FloatArray, q: FloatArray) -> float:
    """Return the km between the centres of shares s and q (n,) at places (n, 2) in km."""
    return float(np.hypot(*((s - q) @ place)))


def centres(
    years: Sequence[int],
    sides: tuple[str, str],
    lists: Sequence[tuple[FloatArray, FloatArray]],
    lon: FloatArray,
    lat: FloatArray,
) -> Centres:
    """Return the path of both centres; ``lists`` holds s and q (n,) of each year, lon and lat (n,) are degrees."""
    place = project(lon, lat)
    at = np.stack([shares @ place for k in (0, 1) for shares in (pair[k] for pair in lists)])
    east, north = unproject(at)
    size = len(years)
    return Centres(
        time=np.tile(np.array(years, dtype=np.intp), 2),
        side=(sides[0],) * size + (sides[1],) * size,
        lon=east,
        lat=north,
        places=np.column_stack([lon, lat]),
        innovation=sides[0],
    )
