"""Simultaneous bands by the multiplier bootstrap of influence functions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Literal, TypeVar

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from ccd.arrays import FloatArray, IntArray
from ccd.estimate.linear.ols import group_sums
from ccd.progress import told
from ccd.results import Aggregates, AttGt, EventStudy, Part
from ccd.spec import Spec

Banded = TypeVar("Banded", EventStudy, AttGt, Aggregates)

#: Draws held in memory at once.
CHUNK = 250


class Bootstrap(Spec):
    """``bootstrap = { draws = 999 }``: simultaneous bands by multipliers of mean 0 and variance 1."""

    draws: int = Field(default=999, ge=99)
    """Bootstrap draws."""
    signs: Literal["rademacher", "mammen", "webb"] = "rademacher"
    """Law of the multipliers, one per cluster."""


def mammen(rng: np.random.Generator, shape: tuple[int, int]) -> FloatArray:
    """Return Mammen's two points (1 -+ sqrt 5)/2, third moment 1 (Mammen 1993)."""
    root = np.sqrt(5.0)
    low = rng.random(shape) < (root + 1) / (2 * root)
    return np.asarray(np.where(low, (1 - root) / 2, (1 + root) / 2))


def rademacher(rng: np.random.Generator, shape: tuple[int, int]) -> NDArray[np.float32]:
    """Return -1 and 1 with equal odds, a random bit each."""
    rows, columns = shape
    bits = np.unpackbits(rng.integers(0, 256, (rows, -(-columns // 8)), dtype=np.uint8), axis=1)
    signs = bits[:, :columns].astype(np.float32)
    signs *= 2
    signs -= 1
    return signs


def webb(rng: np.random.Generator, shape: tuple[int, int]) -> FloatArray:
    """Return Webb's six points +-sqrt(1/2), +-1, +-sqrt(3/2) (Webb 2014)."""
    points = np.sqrt(np.array([0.5, 1.0, 1.5]))
    return np.asarray(np.concatenate([-points, points])[rng.integers(0, 6, shape)])


SIGNS: dict[str, Callable[[np.random.Generator, tuple[int, int]], NDArray[np.floating]]] = {
    "rademacher": rademacher,
    "mammen": mammen,
    "webb": webb,
}


def critical_values(
    psi: FloatArray,
    mix: FloatArray,
    std_error: FloatArray,
    families: Sequence[IntArray],
    group: IntArray,
    spec: Bootstrap,
    rng: np.random.Generator,
    level: float = 0.95,
) -> FloatArray:
    """Return for each family the c such that estimate +- c se covers all its effects at once, (F,).

    ``psi`` (N, k) @ ``mix`` (k, q) are influences whose squares, summed within clusters ``group`` (N,), give
    ``std_error`` (q,); a family is an array of effects. c is the order statistic of max |sum_c v_c psi_c| / se at
    ``level`` (Callaway & Sant'Anna 2021, algorithm 1); effects without an error do not count, a family of none
    has nan.
    """
    used = np.isfinite(std_error) & (std_error > 0)
    scaled = mix * np.divide(1.0, std_error, out=np.zeros_like(std_error), where=used)
    size = int(group.max()) + 1
    sums = psi if size == len(psi) else group_sums(psi, group, size)
    unit = np.abs(sums).max(axis=0)  # single precision is enough for a quantile of draws, and twice as fast
    sums = (sums / np.where(unit > 0, unit, 1.0)).astype(np.float32)
    most = np.empty((spec.draws, len(families)))
    for start in told(range(0, spec.draws, CHUNK), "draws", spec.draws, CHUNK):
        v = SIGNS[spec.signs](rng, (min(CHUNK, spec.draws - start), size)).astype(np.float32, copy=False)
        drawn = np.abs((v @ sums).astype(np.float64) @ (scaled * unit[:, None]))
        for j, family in enumerate(families):
            most[start : start + CHUNK, j] = drawn[:, family].max(axis=1, initial=0.0)
    value = np.sort(most, axis=0)[int(np.ceil(level * spec.draws)) - 1]
    return np.asarray(np.where([used[family].any() for family in families], value, np.nan))


def with_band(part: Part[Banded], critical: FloatArray) -> Part[Banded]:
    """Return the part with band_low and band_high = estimate -+ ``critical`` (rows,) times std_error."""
    value = part.value
    half = critical * value.std_error
    value = replace(value, band_low=value.estimate - half, band_high=value.estimate + half)
    return Part(value, part.name, part.notes)
