"""Where regions lie, and how far apart."""

from __future__ import annotations

import numpy as np

from ccd.arrays import FloatArray, IntArray
from ccd.bundled import bundled_rows, province_code
from ccd.errors import DataError, Words
from ccd.panel import Panel
from ccd.spatial_weights import EARTH_KM, distances, great_circle
from ccd.words import text

__all__ = ["EARTH_KM", "capitals", "distances", "pairs_within", "places_of"]


def capitals(panel: Panel) -> tuple[FloatArray, FloatArray] | None:
    """Return longitude and latitude (N,) of the capitals where every region is a province; else None."""
    codes = [province_code(entity) for entity in panel.entities]
    if not all(codes):
        return None
    rows = {row["adcode"]: row for row in bundled_rows("regions.csv")}
    longitude, latitude = (
        np.array([float(rows[code][name]) for code in codes]) for name in ("lon_capital", "lat_capital")
    )
    return longitude, latitude


def places_of(
    panel: Panel, lon: str | None, lat: str | None, *, where: Words
) -> tuple[FloatArray, FloatArray] | None:
    """Return longitude and latitude (N,) of each region: of the columns ``lon`` and ``lat``, else of its capital.

    None where no column is named and the regions are not provinces. Raises DataError where a place is missing,
    moves over the years, or is not on the globe.
    """
    if lon is None or lat is None:
        return capitals(panel)
    return region_values(panel, lon, 180.0, where), region_values(panel, lat, 90.0, where)


def region_values(panel: Panel, column: str, most: float, where: Words) -> FloatArray:
    """Return a column that is constant within regions, (N,), in absolute value at most ``most``."""
    values, size = panel.column(column), len(panel.entities)
    found = np.full(size, np.nan)
    found[panel.entity_codes[::-1]] = values[::-1]
    wrong = ~np.isfinite(values) | (np.abs(values) > most) | (values != found[panel.entity_codes])
    if wrong.any():
        entity, year = panel.frame.index[int(np.argmax(wrong))]
        raise DataError(
            text(
                "the place of {entity} is missing, changes over the years, or is not in degrees ({column})",
                entity=entity,
                column=column,
            ),
            where=f"{where}, {entity} {year}",
            fix=text("give every year of a region the same longitude and latitude in degrees"),
        )
    return found


def needed(places: tuple[FloatArray, FloatArray] | None, where: Words) -> tuple[FloatArray, FloatArray]:
    """Return the places. Raises DataError where they are not known."""
    if places is None:
        raise DataError(
            text("the places of the regions are not known: they are not all provinces"),
            where=where,
            fix=text("name the columns of longitude and latitude: lon = .., lat = .."),
        )
    return places


#: What a search by chord may miss for rounding; the haversine formula decides.
SLACK = 1e-9


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
    close = great_circle(lon[i], lat[i], lon[j], lat[j]) <= cutoff
    own = np.arange(len(lon))
    return np.concatenate([i[close], j[close], own]), np.concatenate([j[close], i[close], own])
