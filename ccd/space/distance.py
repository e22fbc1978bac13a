"""Distances between places."""

from __future__ import annotations

import numpy as np

from ccd.arrays import FloatArray, IntArray

#: Mean radius of the earth (IUGG).
EARTH_KM = 6371.0088


#: What a search by chord may miss for rounding; the haversine formula decides.
SLACK = 1e-9


def distances(longitude: FloatArray, latitude: FloatArray) -> FloatArray:
    """Return great-circle distances in km (m, m) between points in degrees (m,), by the haversine formula."""
    lon, lat = np.radians(longitude), np.radians(latitude)
    return _apart(lon[:, None], lat[:, None], lon, lat)


def pairs_within(longitude: FloatArray, latitude: FloatArray, cutoff: float) -> tuple[IntArray, IntArray]:
    """Return the ordered pairs (i, j) of points in degrees (m,) at most ``cutoff`` km apart, each with itself too.

    A tree on the chords of the sphere finds them, so that no matrix of all pairs is made.
    """
    from scipy.spatial import KDTree  # slow to import, and seldom asked for

    lon, lat = np.radians(longitude), np.radians(latitude)
    sphere = np.column_stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)])
    chord = 2 * np.sin(min(cutoff / (2 * EARTH_KM), np.pi / 2))
    found = KDTree(sphere).query_pairs(chord * (1 + SLACK) + SLACK, output_type="ndarray")
    i, j = found[:, 0].astype(np.intp), found[:, 1].astype(np.intp)
    close = _apart(lon[i], lat[i], lon[j], lat[j]) <= cutoff
    own = np.arange(len(lon))
    return np.concatenate([i[close], j[close], own]), np.concatenate([j[close], i[close], own])


def _apart(lon: FloatArray, lat: FloatArray, to_lon: FloatArray, to_lat: FloatArray) -> FloatArray:
    half = np.sin((lat - to_lat) / 2) ** 2
    half = half + np.cos(lat) * np.cos(to_lat) * np.sin((lon - to_lon) / 2) ** 2
    return np.asarray(2 * EARTH_KM * np.arcsin(np.sqrt(np.clip(half, 0, 1))))
