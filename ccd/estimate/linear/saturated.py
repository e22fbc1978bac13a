"""Two-way regressions with an indicator per cell (cohort, year), solved by patterns instead of rows.

Every region of a cohort that is seen in the same years has the same indicators, so sums over regions stand in for
the rows: exact on unbalanced panels, and as quick with three hundred indicators as with three.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ccd.arrays import BoolArray, FloatArray, IntArray
from ccd.estimate.linear.ols import TOLERANCE

#: A regressor is dependent when those before it leave less than this share of its (squared) length.
DEPENDENT = 1e-10


@dataclass(frozen=True)
class Pattern:
    """Regions (``rows``) of one cohort seen in the same years: ``design`` (T, c), less its mean, at ``columns``.

    With weights that change over the years a region is a pattern of its own; ``mass`` (T,) sums the weights.
    """

    rows: IntArray
    columns: IntArray
    design: FloatArray
    mass: FloatArray


@dataclass(frozen=True)
class Saturated:
    """The fit of y on a_i + l_t + x'c + one effect per cell.

    ``effect`` (K,) and ``slopes`` (p,) are nan where not identified; ``resid`` (N, T), times its weight, is 0
    where unseen; ``r2`` is within region and year effects; ``kept`` counts the identified effects and slopes.
    """

    effect: FloatArray
    slopes: FloatArray
    resid: FloatArray
    r2: float
    kept: int
    bread: FloatArray
    x: FloatArray
    patterns: tuple[Pattern, ...]
    first: int

    def influence(self, weights: FloatArray) -> FloatArray:
        """Return the influence of each region on ``weights`` (q, K + p) @ (effects, slopes), (N, q)."""
        moved = self.bread[:, self.first :] @ weights.T
        tail = len(moved) - self.x.shape[2]
        psi = np.zeros((len(self.resid), len(weights)))
        for one in self.patterns:
            psi[one.rows] = self.resid[one.rows] @ (one.design @ moved[one.columns])
        return np.asarray(psi + np.einsum("itp,it->ip", self.x, self.resid) @ moved[tail:])

    def row_influence(self, weights: FloatArray, entity: IntArray, time: IntArray) -> FloatArray:
        """Return the influence of each row (``entity``, ``time``, (n,)), (n, q); their sums are ``influence``."""
        moved = self.bread[:, self.first :] @ weights.T
        tail = len(moved) - self.x.shape[2]
        psi = np.zeros((*self.resid.shape, len(weights)))
        for one in self.patterns:
            psi[one.rows] = one.design @ moved[one.columns]
        psi = (psi + self.x @ moved[tail:]) * self.resid[:, :, None]
        return np.asarray(psi[entity, time])


def saturate(
    y: FloatArray,
    x: FloatArray,
    group: IntArray,
    cells: IntArray,
    effect: IntArray | None = None,
    weight: FloatArray | None = None,
) -> Saturated:
    """Return the least-squares fit of ``y`` (N, T; nan = unseen) with an effect per cell.

    ``x`` (N, T, p) are controls, ``group`` (N,) each region's cohort number and ``cells`` (K, 2) the pairs
    (cohort number, year position) that have an effect; ``effect`` (K,) numbers the effects of cells that share
    one (none: each has its own), such as those of an event time; ``weight`` (N, T) weighs the rows (none: alike).
    Later regressors give way to earlier ones; the order is years, cells, controls.
    """
    seen, raw = np.isfinite(y), x
    w = seen.astype(float) if weight is None else np.where(seen, weight, 0.0)
    y, x = _center(y[:, :, None], seen, w)[:, :, 0], _center(x, seen, w)
    x = np.where(_constant(raw, x, seen), 0.0, x)
    effect = np.arange(len(cells)) if effect is None else effect
    t, p, k = y.shape[1], x.shape[2], int(effect.max(initial=-1)) + 1
    first, size = t - 1, t - 1 + k + p
    gram, right = np.zeros((size, size)), np.zeros(size)
    patterns = tuple(_patterns(seen, group, cells, effect, w, _steady(w, seen)))
    heavy, load = (y, x) if weight is None else (w * y, w[:, :, None] * x)
    tail = slice(first + k, size)
    for one in patterns:
        a, own = one.design, one.columns
        gram[np.ix_(own, own)] += a.T @ (one.mass[:, None] * a)
        gram[own, tail] += a.T @ load[one.rows].sum(axis=0)
        right[own] += a.T @ heavy[one.rows].sum(axis=0)
    gram[tail, : first + k] = gram[: first + k, tail].T
    gram[tail, tail] = np.einsum("itp,itq->pq", x, load)
    right[tail] = np.einsum("itp,it->p", x, heavy)
    bread, kept = _inverse(gram)
    beta = bread @ right
    resid = y - x @ beta[tail]
    for one in patterns:
        resid[one.rows] -= one.design @ beta[one.columns]
    years = pseudo_inverse(gram[:first, :first])
    total = float(np.sum(y * heavy) - right[:first] @ years @ right[:first])
    beta = np.where(kept, beta, np.nan)
    return Saturated(
        effect=beta[first : first + k],
        slopes=beta[tail],
        resid=resid if weight is None else w * resid,
        r2=1 - float(np.sum(w * resid**2)) / total if total > 0 else float("nan"),
        kept=int(kept[first:].sum()),
        bread=bread,
        x=x,
        patterns=patterns,
        first=first,
    )


def _steady(weight: FloatArray, seen: BoolArray) -> bool:
    """Tell whether the weights (N, T) of each region are the same in all years seen."""
    return not np.any(np.where(seen, weight - weight.max(axis=1, keepdims=True), 0.0))


def _center(values: FloatArray, seen: BoolArray, weight: FloatArray) -> FloatArray:
    """Return ``values`` (N, T, c) less each region's weighted mean over the years seen, 0 elsewhere."""
    filled = np.where(seen[:, :, None], values, 0.0)
    total = weight.sum(axis=1)[:, None]
    mean = np.einsum("it,itc->ic", weight, filled) / np.where(total > 0, total, 1.0)
    return np.asarray(np.where(seen[:, :, None], filled - mean[:, None, :], 0.0))


def _constant(raw: FloatArray, x: FloatArray, seen: BoolArray) -> BoolArray:
    """Tell which controls (p,) have no variation within regions, on the scale of their variation between them."""
    flat = raw[seen]
    spread = np.linalg.norm(flat - flat.mean(axis=0), axis=0)
    return np.asarray(np.linalg.norm(x[seen], axis=0) <= TOLERANCE * spread)


def _patterns(
    seen: BoolArray, group: IntArray, cells: IntArray, effect: IntArray, weight: FloatArray, steady: bool
) -> Iterator[Pattern]:
    t = seen.shape[1]
    key = np.column_stack([group, seen]).astype(np.int32)
    if not steady:
        key = np.arange(len(seen), dtype=np.int32)[:, None]
    which = np.unique(key, axis=0, return_inverse=True)[1].ravel()
    order = np.argsort(which, kind="stable")
    for rows in np.split(order, np.flatnonzero(np.diff(which[order])) + 1):
        mask = seen[rows[0]]
        if not mask.any():
            continue
        own = np.flatnonzero(cells[:, 0] == group[rows[0]])
        own = own[mask[cells[own, 1]]]
        years = np.flatnonzero(mask[1:]) + 1
        shared, place = np.unique(effect[own], return_inverse=True)
        design = np.zeros((t, len(years) + len(shared)))
        design[years, np.arange(len(years))] = 1
        design[cells[own, 1], len(years) + place] = 1
        own_weight = weight[rows[0]] / weight[rows[0]].sum()
        design -= mask[:, None] * (own_weight @ design)
        yield Pattern(rows, np.concatenate([years - 1, t - 1 + shared]), design, weight[rows].sum(axis=0))


def _inverse(gram: FloatArray) -> tuple[FloatArray, BoolArray]:
    """Return the inverse of ``gram`` over its independent columns, 0 elsewhere, and which these are."""
    scale = np.sqrt(np.diag(gram))
    kept = scale > 0
    safe = np.where(kept, scale, 1.0)
    unit = gram / safe / safe[:, None]
    inverse = _inverted(unit) if kept.all() else None
    if inverse is not None:
        return inverse / safe / safe[:, None], kept
    kept &= _independent(unit)
    found = np.zeros_like(gram)
    inside = np.ix_(kept, kept)
    found[inside] = np.linalg.inv(unit[inside]) / safe[kept] / safe[kept][:, None]
    return (found + found.T) / 2, kept


def _inverted(unit: FloatArray) -> FloatArray | None:
    """Return the inverse of a Gram matrix with unit diagonal (k, k), None when a column depends on others."""
    from scipy.linalg.lapack import dpotrf, dpotri

    if not len(unit):
        return unit
    root, failed = dpotrf(unit, lower=1)
    if failed or (np.diag(root) ** 2).min() <= DEPENDENT:
        return None
    low = np.tril(dpotri(root, lower=1)[0])
    return np.asarray(low + np.tril(low, -1).T)


def _independent(unit: FloatArray) -> BoolArray:
    """Tell which columns of a Gram matrix with unit diagonal (k, k) are not implied by those before them."""
    left, kept = unit.copy(), np.ones(len(unit), dtype=bool)
    for j in range(len(unit)):
        if left[j, j] <= DEPENDENT:
            kept[j] = False
            continue
        row = left[j, j + 1 :]
        left[j + 1 :, j + 1 :] -= np.outer(row, row / left[j, j])
    return kept


def pseudo_inverse(gram: FloatArray) -> FloatArray:
    """Return the pseudo-inverse of a Gram matrix (k, k) over its independent columns."""
    return _inverse(gram)[0]
