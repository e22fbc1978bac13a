"""Goodman-Bacon (2021): the two-way fixed-effects coefficient as a weighted mean of 2x2 comparisons."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ccd.arrays import BoolArray, FloatArray, IntArray
from ccd.estimate.did.effects import Finding
from ccd.estimate.linear.ols import codes
from ccd.estimate.rows.sample import Sample
from ccd.results import Bacon, BaconKind, Part
from ccd.words import text

NEVER, ALL = "never", "all"
#: A comparison: cohort, cohort it is compared with (nan: never), type, estimate, and its weight before scaling.
Row = tuple[float, float, str, float, float]


def bacon(starts: FloatArray, sizes: FloatArray, means: FloatArray, years: FloatArray) -> Bacon:
    """Return every 2x2 of a balanced panel without controls.

    ``starts`` (K,) are the cohorts (nan = never), ``sizes`` (K,) their numbers of entities, ``means`` (K, T)
    their mean outcomes in ``years`` (T,). Types: ``treated vs never``, ``earlier vs later`` (the control is not
    treated yet), ``later vs earlier`` (the control is treated already). Equations 7-10 of the paper.
    """
    rows: list[Row] = []
    share = sizes / sizes.sum()
    on = np.where(np.isfinite(starts), (years >= starts[:, None]).mean(axis=1), 0.0)
    known = [int(j) for j in np.argsort(starts) if np.isfinite(starts[j])]
    never = np.flatnonzero(~np.isfinite(starts))
    for place, k in enumerate(known):
        after = years >= starts[k]
        for u in never:
            change = _change(means[k] - means[u], after, ~after)
            weight = share[k] * share[u] * on[k] * (1 - on[k])
            rows.append((starts[k], np.nan, "treated vs never", change, weight))
        for later in known[place + 1 :]:
            gap, later_on = means[k] - means[later], years >= starts[later]
            common = share[k] * share[later] * (on[k] - on[later])
            early = _change(gap, after & ~later_on, ~after)
            late = _change(-gap, later_on, after & ~later_on)
            rows.append((starts[k], starts[later], "earlier vs later", early, common * (1 - on[k])))
            rows.append((starts[later], starts[k], "later vs earlier", late, common * on[later]))
    return _scaled(rows)


def _change(gap: FloatArray, after: FloatArray, before: FloatArray) -> float:
    return float(gap[after].mean() - gap[before].mean())


def bacon_pairs(
    y: FloatArray,
    residual: FloatArray,
    cohort: FloatArray,
    time: IntArray,
    weight: FloatArray | None = None,
) -> Bacon:
    """Return the decomposition with controls, weights, more effects or an unbalanced panel.

    ``residual`` (n,) is D less its projection on effects and controls. Section 5.2 of the paper: one
    comparison for each pair of cohorts (types ``treated vs never``, ``timing``), not split by direction, and one
    row ``within``: what varies inside cohorts and years because controls or missing rows do.
    """
    w = np.ones(len(y)) if weight is None else weight
    starts = np.unique(cohort)  # nan, if there, once and last
    group = codes(np.where(np.isfinite(cohort), cohort, np.inf))
    cells = group * (int(time.max()) + 1) + time
    shape = (len(starts), int(time.max()) + 1)
    count, d, m = (
        np.bincount(cells, values, shape[0] * shape[1]).reshape(shape) for values in (w, w * residual, w * y)
    )
    d, m = (np.divide(v, count, out=np.zeros(shape), where=count > 0) for v in (d, m))
    inside = residual - d[group, time]
    within = float(np.sum(w * inside**2))
    rows: list[Row] = []
    if within > 1e-12 * float(np.sum(w * residual**2)):
        rows.append((np.nan, np.nan, "within", float(np.sum(w * inside * y)) / within, within))
    for j in range(len(starts)):
        for k in range(j + 1, len(starts)):
            pair = count[j] * count[k] / np.maximum(count.sum(axis=0), np.finfo(float).tiny)
            gap = d[j] - d[k]
            mass = float(np.sum(pair * gap**2))
            if mass > 0:
                kind = "timing" if np.isfinite(starts[k]) else "treated vs never"
                rows.append(
                    (starts[j], starts[k], kind, float(np.sum(pair * gap * (m[j] - m[k]))) / mass, mass)
                )
    return _scaled(rows)


def _scaled(rows: Sequence[Row]) -> Bacon:
    """Return the rows with weights that sum to 1, and what each type adds up to."""
    total = sum(row[4] for row in rows)
    estimate = np.array([row[3] for row in rows])
    weight = np.array([row[4] / total for row in rows])
    kind = tuple(row[2] for row in rows)
    return Bacon(
        treated=tuple(_label(a, kind == "within") for a, _, kind, _, _ in rows),
        control=tuple(_label(b, kind == "within") for _, b, kind, _, _ in rows),
        type=kind,
        estimate=estimate,
        weight=weight,
        total=float(np.sum(estimate * weight)),
        kinds=tuple(_kind(one, np.array(kind) == one, estimate, weight) for one in sorted(set(kind))),
    )


def _kind(kind: str, rows: BoolArray, estimate: FloatArray, weight: FloatArray) -> BaconKind:
    whole = float(weight[rows].sum())
    mean = float(np.average(estimate[rows], weights=weight[rows])) if whole else float("nan")
    return BaconKind(kind, whole, mean, int(rows.sum()))


def _label(start: float, within: bool) -> str:
    if within:
        return ALL
    return str(int(start)) if np.isfinite(start) else NEVER


def decompose(sample: Sample, residual: FloatArray, plain: bool) -> Bacon:
    """Return the 2x2 table of a sample: split by direction when ``plain`` (balanced, no controls, no weights)."""
    if not plain:
        return bacon_pairs(sample.y, residual, sample.cohort, sample.time, sample.weight)
    n, t = len(sample.panel.entities), len(sample.panel.times)
    outcome = sample.y.reshape(n, t)
    years = np.asarray(sample.panel.times, dtype=float)
    key = np.append(years, np.inf)[
        np.searchsorted(years, sample.entity_cohort)
    ]  # begun in a year not in the panel
    starts, group = np.unique(key, return_inverse=True)
    sizes = np.bincount(group).astype(float)
    means = np.stack([outcome[group == j].mean(axis=0) for j in range(len(starts))])
    return bacon(np.where(np.isfinite(starts), starts, np.nan), sizes, means, years)


def bacon_finding(sample: Sample, residual: FloatArray, plain: bool) -> Finding:
    """Return the part ``bacon`` of a staggered policy (none otherwise); see ``decompose``."""
    if len(np.unique(sample.cohort[np.isfinite(sample.cohort)])) < 2:
        return Finding()
    split = plain and sample.balanced
    found = decompose(sample, residual, split)
    note = text(
        "Goodman-Bacon weights with controls, weights, more effects or an unbalanced panel: pairs of cohorts are not "
        "split by direction, and what varies inside cohorts stands in the row 'within'"
    )
    part = Part(found, notes=() if split else (note,))
    return Finding((part,), {"bacon": found.scalars()})
