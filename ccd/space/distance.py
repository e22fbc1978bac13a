"""Distances between places."""

from __future__ import annotations

import numpy as np

from ccd.arrays import FloatArray

#: Mean radius of the earth (IUGG).
EARTH_KM = 6371.0088


def distances(longitude: FloatArray, latitude: FloatArray) -> FloatArray:
    """Return great-circle distances in km (m, m) between points in degrees (m,), by the haversine formula."""
    lon, lat = np.radians(longitude), np.radians(latitude)
    half = np.sin((lat[:, None] - lat) / 2) ** 2
    half = half + np.cos(lat[:, None]) * np.cos(lat) * np.sin((lon[:, None] - lon) / 2) ** 2
    return np.asarray(2 * EARTH_KM * np.arcsin(np.sqrt(np.clip(half, 0, 1))))
