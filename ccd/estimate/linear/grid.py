"""Rows that are all cells of two groupings in order: means and sums as products of small matrices, not counts."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from ccd.arrays import FloatArray, IntArray


def blocks(group: IntArray) -> int:
    """Return G when ``group`` (n,) is 0, ..., 0, 1, ..., 1 up to G - 1, each as often; else 0."""
    n = len(group)
    size = int(group[-1]) + 1 if n else 0
    if size < 1 or n % size or group[n // size - 1] != 0:
        return 0
    return size if (group.reshape(size, -1) == np.arange(size)[:, None]).all() else 0


def shape_of(first: IntArray, second: IntArray) -> tuple[int, int] | None:
    """Return (N, T) when the rows are every cell of ``first`` x ``second`` (n,), in that order; else None."""
    size = blocks(first)
    if not size:
        return None
    within = second.reshape(size, -1)
    return within.shape if (within == np.arange(within.shape[1])).all() else None


def sweep(columns: Iterable[FloatArray], count: int, shape: tuple[int, int]) -> FloatArray:
    """Return ``count`` columns (n,) of a full grid less the means of both groupings: (n, count), by column."""
    out = np.empty((count, *shape))
    rows, means = np.full(shape[1], 1 / shape[1]), np.full(shape[0], 1 / shape[0])
    for j, column in enumerate(columns):
        grid = np.ascontiguousarray(column, dtype=np.float64).reshape(shape)
        np.subtract(grid, (grid @ rows)[:, None], out=out[j])
        out[j] -= means @ out[j]
    return out.reshape(count, shape[0] * shape[1]).T


def block_products(x: FloatArray, resid: FloatArray, size: int) -> FloatArray:
    """Return the sums of ``x`` (n, k) times ``resid`` (n,) within ``size`` equal blocks of rows, (size, k)."""
    cells = x.T.reshape(x.shape[1], size, len(x) // size)
    return np.asarray(np.einsum("kit,it->ik", cells, resid.reshape(size, -1)))
