"""The equal-area conic projection that maps of China use, on a sphere."""

from __future__ import annotations

import numpy as np

from ccd.arrays import FloatArray
from ccd.space.distance import EARTH_KM

#: Standard parallels and origin in degrees.
SOUTH, NORTH, LONGITUDE, LATITUDE = 25.0, 47.0, 105.0, 30.0
_N = (np.sin(np.radians(SOUTH)) + np.sin(np.radians(NORTH))) / 2
_C = np.cos(np.radians(SOUTH)) ** 2 + 2 * _N * np.sin(np.radians(SOUTH))
_RHO0 = np.sqrt(_C - 2 * _N * np.sin(np.radians(LATITUDE))) / _N


def project(lon: FloatArray, lat: FloatArray) -> FloatArray:
    """Return km east and north (n, 2) of degrees (n,) (Snyder 1987, eqs. 14-1 to 14-6)."""
    rho = np.sqrt(_C - 2 * _N * np.sin(np.radians(lat))) / _N
    theta = _N * np.radians(lon - LONGITUDE)
    return np.asarray(EARTH_KM * np.column_stack([rho * np.sin(theta), _RHO0 - rho * np.cos(theta)]))


def unproject(place: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return longitude and latitude in degrees (n,) of km east and north (n, 2)."""
    east, north = (place / EARTH_KM).T
    rho = np.hypot(east, _RHO0 - north)
    theta = np.arctan2(east, _RHO0 - north)
    lat = np.degrees(np.arcsin((_C - (rho * _N) ** 2) / (2 * _N)))
    return np.asarray(LONGITUDE + np.degrees(theta / _N)), np.asarray(lat)
