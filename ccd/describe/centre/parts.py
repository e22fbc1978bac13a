"""The path of the centre and the ellipses of one variable."""

from __future__ import annotations

import numpy as np

from ccd.arrays import FloatArray
from ccd.describe.centre.albers import project, unproject
from ccd.describe.centre.ellipse import ellipse, outline
from ccd.describe.keys import EllipseKeys
from ccd.describe.wide import About
from ccd.errors import DataError
from ccd.results import CentrePath, Part, Value
from ccd.space.distance import distances
from ccd.words import text


def place_columns(keys: EllipseKeys) -> tuple[str, str]:
    """Return the columns of longitude and latitude."""
    if keys.at == "capital":
        return "lon_capital", "lat_capital"
    return ("lon_centroid", "lat_centroid") if keys.at == "centroid" else keys.at


def ellipse_parts(about: About, keys: EllipseKeys) -> list[Part[Value]]:
    """Return ``path``. Raises DataError for a negative variable, and for places that move or are no degrees."""
    wide, gone = about.wide.whole()
    if (wide.x < 0).any() or (wide.x.sum(axis=0) <= 0).any():
        raise DataError(
            text("'{variable}' is negative somewhere, and weighs no centre", variable=wide.variable),
            where=text("study, {key}", key="describe.ellipse"),
            fix=text("describe a variable that is not negative"),
        )
    lon, lat = (_fixed(about, column) for column in place_columns(keys))
    kept = np.isin(np.array(about.panel.entities), np.array(wide.regions))
    lon, lat = lon[kept], lat[kept]
    flat = keys.plane == "lonlat"
    place = np.column_stack([lon, lat]) if flat else project(lon, lat)
    found = [ellipse(place, wide.x[:, t], keys.convention) for t in range(len(wide.times))]
    centres = np.stack([one.centre for one in found])
    centre = (centres[:, 0], centres[:, 1]) if flat else unproject(centres)
    edges = [outline(one) for one in found]
    outlines = np.stack([edge if flat else np.column_stack(unproject(edge)) for edge in edges])
    steps = distances(*centre)
    moved = np.append(np.nan, np.diagonal(steps, offset=1))
    notes = [*gone]
    if flat:
        notes.append(text("Centre and axes in plain degrees, as papers give them: axes are no distances"))
    else:
        notes.append(
            text("Equal-area projection (Albers, 25 and 47 degrees north); moves along the great circle")
        )
    notes.append(
        {
            "sqrt2": text("Half-axes are standard deviations times the square root of 2"),
            "plain": text("Half-axes are standard deviations"),
            "crimestat": text("Half-axes are standard deviations times the square root of 2n/(n-2)"),
        }[keys.convention]
    )
    if isinstance(keys.at, str):
        notes.append(
            text("Regions lie at their capitals")
            if keys.at == "capital"
            else text("Regions lie at their centroids")
        )
    value = CentrePath(
        time=wide.times,
        lon=np.asarray(centre[0]),
        lat=np.asarray(centre[1]),
        moved_km=moved,
        major_km=np.array([one.major for one in found]),
        minor_km=np.array([one.minor for one in found]),
        angle=np.array([one.angle for one in found]),
        variable=wide.variable,
        outlines=outlines,
        places=np.column_stack([lon, lat]),
    )
    return [Part(value, notes=tuple(notes))]


def _fixed(about: About, column: str) -> FloatArray:
    """Return the one value of each region (N,). Raises DataError where it moves, is missing or is no degree."""
    values = about.of(column)
    first = np.nanmin(values, axis=1)
    limit = 180 if "lon" in column else 90
    if np.isnan(first).any() or (np.nanmax(values, axis=1) != first).any() or (np.abs(first) > limit).any():
        raise DataError(
            text("'{column}' is not one degree for every region", column=column),
            where=text("study, {key}", key="describe.ellipse.at"),
            fix=text("name columns of longitude and latitude in degrees"),
        )
    return np.asarray(first)
