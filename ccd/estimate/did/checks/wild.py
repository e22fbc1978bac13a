"""Wild cluster bootstrap of a coefficient with the null imposed (Cameron, Gelbach & Miller 2008)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import numpy as np
from pydantic import Field

from ccd.arrays import FloatArray, IntArray
from ccd.estimate.did.effects import Finding
from ccd.estimate.linear.design import AbsorbingDesign
from ccd.estimate.linear.ols import Fit
from ccd.spec import Spec
from ccd.words import Name, text

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
    a = np.asarray(np.bincount(group, w * d * restricted, size), dtype=np.float64)
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


def wild_p(a: FloatArray, s: FloatArray, spec: WildSpec, rng: np.random.Generator) -> tuple[float, int, bool]:
    """Return the p-value of |t|, the number of draws, and whether all sign vectors were enumerated.

    ``a`` and ``s`` come from ``influence``; the small-sample factor is the same in every draw and cancels. With
    Rademacher signs and 2^G <= draws every vector is used and p is the share
    of |t*| >= |t|; otherwise p = (1 + #{|t*| >= |t|}) / (B + 1).
    """
    groups = len(a)
    observed = _statistics(np.ones((1, groups)), a, s)[0]
    every = spec.signs == "rademacher" and groups < 60 and 2**groups <= spec.draws
    signs = all_signs(groups) if every else rng.choice(SIGNS[spec.signs], size=(spec.draws, groups))
    beyond = int(np.sum(_statistics(signs, a, s) >= observed * (1 - 1e-9)))
    if every:
        return beyond / len(signs), len(signs), True
    return (1 + beyond) / (len(signs) + 1), len(signs), False


def _statistics(signs: FloatArray, a: FloatArray, s: FloatArray) -> FloatArray:
    found = np.empty(len(signs))
    step = max(1, BLOCK // len(a))
    for start in range(0, len(signs), step):
        block = signs[start : start + step]
        error = np.sqrt(np.sum((block @ s.T) ** 2, axis=1))
        with np.errstate(divide="ignore", invalid="ignore"):
            found[start : start + step] = np.nan_to_num(np.abs(block @ a) / error, nan=0.0, posinf=np.inf)
    return found


def wild_finding(
    y: FloatArray, fit: Fit, design: AbsorbingDesign, spec: WildSpec, policy: str, rng: np.random.Generator
) -> Finding:
    """Return the wild bootstrap p-value of the first regressor of ``fit`` (its ``x`` less the fixed effects)."""
    x = fit.x[:, 1:]
    w = np.ones(len(y)) if design.weight is None else design.weight
    gram = np.linalg.inv(x.T @ (x * w[:, None])) if x.shape[1] else np.zeros((0, 0))

    def sweep(matrix: FloatArray) -> FloatArray:
        left = design.residualise(matrix)
        return np.asarray(left - x @ (gram @ (x.T @ (left * w[:, None]))))

    d = fit.x @ fit.bread[:, 0] / fit.bread[0, 0]
    a, s = influence(d, sweep(y[:, None])[:, 0], design.clusters[0], sweep, design.weight)
    p, draws, every = wild_p(a, s, spec, rng)
    note = text(
        "Wild cluster bootstrap of {policy} with the null imposed ({signs} signs, {draws} draws{all}): p = {p:.4f}",
        policy=Name(policy),
        signs=spec.signs,
        draws=draws,
        all=text(", all there are") if every else "",
        p=p,
    )
    facts = {"draws": draws, "signs": spec.signs, "enumerated": every, "p_value": p}
    return Finding(facts={"wild": facts}, p_values={"wild": p}, notes=(note,))
