"""How much of the variation over a full grid each factor accounts for: analysis of variance without residual."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ccd.arrays import BoolArray, FloatArray, IntArray

#: Cells of (specifications x region-years) that are worked on at a time.
BATCH = 4_000_000


@dataclass(frozen=True)
class Shares:
    """Shares (F,) of the variance: ``first`` of each factor alone, ``total`` with all its interactions.

    ``interaction`` is 1 - sum first. ``exact`` is false under a sample, where ``first`` is the fall of R2 when the
    main effects of a factor leave and ``total`` is nan. ``dropped`` are (factor, choice) left out for holes.
    """

    first: FloatArray
    total: FloatArray
    interaction: float
    exact: bool
    dropped: tuple[tuple[int, int], ...] = ()


def filled(codes: IntArray, known: BoolArray) -> tuple[BoolArray, tuple[tuple[int, int], ...]]:
    """Return the rows (S,) of the largest full grid left when the choices with most failures go, and these.

    ``codes`` (S, F) is a full grid, ``known`` (S,) tells what could be estimated. Ties: the last listed goes.
    """
    keep = np.ones(len(codes), dtype=bool)
    gone: list[tuple[int, int]] = []
    while (keep & ~known).any():
        lost = keep & ~known
        worst: tuple[int, int, int] = (-1, -1, -1)
        for f in range(codes.shape[1]):
            here = np.unique(codes[keep, f])
            if len(here) < 2:
                continue
            for level in here:
                worst = max(worst, (int((lost & (codes[:, f] == level)).sum()), f, int(level)))
        if worst[0] < 1:
            return np.zeros(len(codes), dtype=bool), tuple(gone)
        _, f, level = worst
        gone.append((f, level))
        keep &= codes[:, f] != level
    return keep, tuple(gone)


def exact_shares(codes: IntArray, y: FloatArray) -> Shares:
    """Return the shares of ``y`` (S,) or (S, m), sums over m above and below; ``codes`` (S, F) is a full grid.

    First order Var mean(y | f)/Var y, total 1 - Var mean(y | all but f)/Var y, variances with 1/n. A factor of one
    level has none. Source: sums of squares of a balanced layout (Sobol 1993; Saltelli et al. 2008, ch. 4).
    """
    levels = [np.unique(codes[:, f], return_inverse=True)[1] for f in range(codes.shape[1])]
    sizes = [int(own.max()) + 1 for own in levels]
    order = np.ravel_multi_index(levels, sizes) if sizes else np.zeros(len(y), dtype=np.intp)
    whole, axes = 0.0, range(len(sizes))
    first, total = np.full(len(sizes), np.nan), np.full(len(sizes), np.nan)
    first[np.array(sizes) > 1] = total[np.array(sizes) > 1] = 0.0
    for block in _blocks(y):
        grid = np.empty_like(block)
        grid[order] = block - block.mean(axis=0)
        cube = grid.reshape(*sizes, -1)
        whole += float(np.mean(cube**2) * cube.shape[-1])
        for f, size in enumerate(sizes):
            if size > 1:
                alone = cube.mean(axis=tuple(k for k in axes if k != f))
                others = cube.mean(axis=f, keepdims=True)
                first[f] += np.sum(np.mean(alone**2, axis=0))
                total[f] += float(np.mean((cube - others) ** 2) * cube.shape[-1])
    with np.errstate(divide="ignore", invalid="ignore"):
        first, total = first / whole, total / whole
    return Shares(first, total, float(1 - np.nansum(first)) if whole > 0 else float("nan"), exact=True)


def sampled_shares(codes: IntArray, y: FloatArray) -> Shares:
    """Return approximate shares of ``y`` (S,) or (S, m) under a sample: regression on the main effects."""
    dummies = [_dummies(codes[:, f]) for f in range(codes.shape[1])]
    owner = np.repeat(np.arange(len(dummies)), [own.shape[1] for own in dummies])
    x = np.column_stack([np.empty((len(codes), 0)), *dummies])
    varied = np.array([own.shape[1] > 0 for own in dummies])
    del dummies
    x -= x.mean(axis=0)
    gram = x.T @ x
    listed = [np.flatnonzero(owner != f) for f in range(-1, codes.shape[1])]  # all factors, then all but one
    inverses = [np.linalg.pinv(gram[np.ix_(own, own)], hermitian=True) for own in listed]
    whole, left = 0.0, np.zeros(len(listed))
    for block in _blocks(y):
        centred = block - block.mean(axis=0)
        total = float(np.sum(centred**2))
        whole += total
        cross = x.T @ centred
        left += [
            total - float(np.sum(cross[own] * (inverse @ cross[own])))
            for own, inverse in zip(listed, inverses, strict=True)
        ]
    full, without = left[0], left[1:]
    with np.errstate(divide="ignore", invalid="ignore"):
        first = np.where(varied, (without - full) / whole, np.nan)
        interaction = float(np.float64(full) / whole)
    return Shares(first, np.full(len(first), np.nan), interaction, exact=False)


def _blocks(y: FloatArray) -> Iterator[FloatArray]:
    """Yield y (S,) or (S, m) by blocks of its columns: what is larger than memory comes piece by piece."""
    wide = y.reshape(len(y), -1)
    step = max(1, BATCH // max(len(y), 1))
    for start in range(0, wide.shape[1], step):
        yield np.array(wide[:, start : start + step])


def _dummies(code: IntArray) -> FloatArray:
    return np.asarray(code[:, None] == np.unique(code)[1:], dtype=np.float64)
