"""The weighted centre of places and the ellipse of their spread."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from ccd.arrays import FloatArray

Convention = Literal["sqrt2", "plain", "crimestat"]


@dataclass(frozen=True)
class Ellipse:
    """Centre (2,), the long and the short half-axis, and the angle of the long one clockwise from north in [0, 180)."""

    centre: FloatArray
    major: float
    minor: float
    angle: float


def ellipse(place: FloatArray, x: FloatArray, convention: Convention = "sqrt2") -> Ellipse:
    """Return the ellipse of places (n, 2) with weights x (n,) >= 0 (Lefever 1926; Yuill 1971; Wang et al. 2015).

    Eigenvalues of sum w (s - c)(s - c)', w = x / sum x; half-axes sqrt(eigenvalue) times sqrt 2, 1, or
    sqrt(2n/(n - 2)).
    """
    w = x / x.sum()
    centre = w @ place
    gap = place - centre
    values, vectors = np.linalg.eigh((gap * w[:, None]).T @ gap)
    n = len(x)
    factor = {"sqrt2": 2.0, "plain": 1.0, "crimestat": 2 * n / max(n - 2, 1)}[convention]
    minor, major = np.sqrt(np.maximum(values, 0) * factor)
    east, north = vectors[:, 1]
    angle = float(np.degrees(np.arctan2(east, north)) % 180)
    return Ellipse(np.asarray(centre), float(major), float(minor), angle)


def outline(found: Ellipse, points: int = 121) -> FloatArray:
    """Return the outline (points, 2) of an ellipse in its plane."""
    turn = np.linspace(0, 2 * np.pi, points)
    along = np.radians(found.angle)
    long = np.array([np.sin(along), np.cos(along)])
    short = np.array([np.cos(along), -np.sin(along)])
    return np.asarray(
        found.centre
        + found.major * np.cos(turn)[:, None] * long
        + found.minor * np.sin(turn)[:, None] * short
    )
