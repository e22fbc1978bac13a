"""Wild cluster bootstrap of a coefficient with the null imposed (Cameron, Gelbach & Miller 2008)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import numpy as np
from pydantic import Field

from ccd.arrays import FloatArray, IntArray
from ccd.spec import Spec

#: Values that a cluster's sign can take, each equally likely.
SIGNS = {
    "rademacher": np.array([-1.0, 1.0]),
    "webb": np.array([-np.sqrt(1.5), -1.0, -np.sqrt(0.5), np.sqrt(0.5), 1.0, np.sqrt(1.5)]),
}
#: Cells of one block of residualised columns.
BLOCK = 4_000_000


class WildSpec(Spec):
    """``wild = { draws = 9999, signs = "webb" }``."""

    draws: int = Field(default=9999, ge=0)
    """Number of draws; 0 turns the bootstrap off."""
    signs: Literal["rademacher", "webb"] = "rademacher"
    """Signs of the clusters; webb has six values, for few clusters."""


def influence(
    d: FloatArray,
    restricted: FloatArray,
    group: IntArray,
    sweep: Callable[[FloatArray], FloatArray],
    weight: FloatArray | None = None,
) -> tuple[FloatArray, FloatArray]:
    """Return ``a`` (G,) and ``s`` (G, G): under signs v, b* d'Wd = a'v and the cluster scores are ``s @ v``.

    ``d`` (n,) is the regressor less everything else, ``restricted`` (n,) the residual of the outcome without
    it, and ``sweep`` takes a matrix (n, m) to its residual on everything else (effects and controls).
    """
    size = int(group.max()) + 1
    w = np.ones(len(d)) if weight is None else weight
    total = float(np.sum(w * d**2))
    a = np.bincount(group, w * d * restricted, size)
    own = np.bincount(group, w * d**2, size)
    s = np.empty((size, size))
    step = max(1, BLOCK // len(d))
    for start in range(0, size, step):
        block = np.arange(start, min(start + step, size))
        columns = sweep(restricted[:, None] * (group[:, None] == block))
        s[:, block] = np.column_stack([np.bincount(group, w * d * c, size) for c in columns.T])
    return a, s - np.outer(own, a / total)


def all_signs(groups: int) -> FloatArray:
    """Return every vector of Rademacher signs, shape (2^groups, groups)."""
    bits = (np.arange(2**groups)[:, None] >> np.arange(groups)) & 1
    return np.asarray(1.0 - 2.0 * bits)


def wild_p(
    a: FloatArray, s: FloatArray, spec: WildSpec, factor: float, rng: np.random.Generator
) -> tuple[float, int, bool]:
    """Return the p-value of |t|, the number of draws, and whether all sign vectors were enumerated.

    ``a`` and ``s`` come from ``influence``; ``factor`` is the small-sample factor (it cancels, and is taken so
    that t is the one reported). With Rademacher signs and 2^G <= draws every vector is used and p is the share
    of |t*| >= |t|; otherwise p = (1 + #{|t*| >= |t|}) / (B + 1).
    """
    groups = len(a)
    observed = _statistics(np.ones((1, groups)), a, s, factor)[0]
    every = spec.signs == "rademacher" and groups < 60 and 2**groups <= spec.draws
    if every:
        signs = all_signs(groups)
    else:
        signs = rng.choice(SIGNS[spec.signs], size=(spec.draws, groups))
    beyond = int(np.sum(_statistics(signs, a, s, factor) >= observed * (1 - 1e-9)))
    if every:
        return beyond / len(signs), len(signs), True
    return (1 + beyond) / (len(signs) + 1), len(signs), False


def _statistics(signs: FloatArray, a: FloatArray, s: FloatArray, factor: float) -> FloatArray:
    scores = signs @ s.T
    error = np.sqrt(factor * np.einsum("bg,bg->b", scores, scores))
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.nan_to_num(np.abs(signs @ a) / error, nan=0.0, posinf=np.inf))
