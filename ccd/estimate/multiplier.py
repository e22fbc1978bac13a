"""Simultaneous bands by the multiplier bootstrap of influence functions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Literal

import numpy as np
from pydantic import Field

from ccd.arrays import FloatArray, IntArray
from ccd.estimate.ols import group_sums
from ccd.results import Part
from ccd.spec import Spec

#: Draws held in memory at once.
CHUNK = 250


class Bootstrap(Spec):
    """``bootstrap = { draws = 999 }``: simultaneous bands by multipliers of mean 0 and variance 1."""

    draws: int = Field(default=999, ge=99)
    """Bootstrap draws."""
    signs: Literal["mammen", "rademacher", "webb"] = "mammen"
    """Law of the multipliers, one per cluster."""


def mammen(rng: np.random.Generator, shape: tuple[int, int]) -> FloatArray:
    """Return Mammen's two points (1 -+ sqrt 5)/2, third moment 1 (Mammen 1993)."""
    root = np.sqrt(5.0)
    low = rng.random(shape) < (root + 1) / (2 * root)
    return np.asarray(np.where(low, (1 - root) / 2, (1 + root) / 2))


def rademacher(rng: np.random.Generator, shape: tuple[int, int]) -> FloatArray:
    """Return -1 and 1 with equal odds."""
    return np.where(rng.random(shape) < 0.5, -1.0, 1.0)


def webb(rng: np.random.Generator, shape: tuple[int, int]) -> FloatArray:
    """Return Webb's six points +-sqrt(1/2), +-1, +-sqrt(3/2) (Webb 2014)."""
    points = np.sqrt(np.array([0.5, 1.0, 1.5]))
    return np.asarray(np.concatenate([-points, points])[rng.integers(0, 6, shape)])


SIGNS: dict[str, Callable[[np.random.Generator, tuple[int, int]], FloatArray]] = {
    "mammen": mammen,
    "rademacher": rademacher,
    "webb": webb,
}


def critical_values(
    psi: FloatArray,
    std_error: FloatArray,
    families: Sequence[IntArray],
    group: IntArray,
    spec: Bootstrap,
    rng: np.random.Generator,
    level: float = 0.95,
) -> FloatArray:
    """Return for each family the c such that estimate +- c se covers all its effects at once, (F,).

    ``psi`` (N, k) holds influences whose squares, summed within clusters ``group`` (N,), give ``std_error`` (k,);
    a family is an array of columns. c is the order statistic of max_k |sum_c v_c psi_ck| / se_k at ``level``
    (Callaway & Sant'Anna 2021, algorithm 1); effects without an error do not count, a family of none has nan.
    """
    used = np.isfinite(std_error) & (std_error > 0)
    scaled = np.divide(psi, std_error, out=np.zeros_like(psi), where=used)
    size = int(group.max()) + 1
    sums = scaled if size == len(scaled) else group_sums(scaled, group, size)
    most = np.empty((spec.draws, len(families)))
    for start in range(0, spec.draws, CHUNK):
        v = SIGNS[spec.signs](rng, (min(CHUNK, spec.draws - start), size))
        drawn = np.abs(v @ sums)
        for j, family in enumerate(families):
            most[start : start + CHUNK, j] = drawn[:, family].max(axis=1, initial=0.0)
    value = np.sort(most, axis=0)[int(np.ceil(level * spec.draws)) - 1]
    return np.asarray(np.where([used[family].any() for family in families], value, np.nan))


def with_band(part: Part, critical: FloatArray) -> Part:
    """Return the part with band_low and band_high = estimate -+ ``critical`` (rows,) times std_error."""
    half = critical * part.frame["std_error"]
    frame = part.frame.assign(band_low=part.frame["estimate"] - half, band_high=part.frame["estimate"] + half)
    return replace(part, frame=frame)
