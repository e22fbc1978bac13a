"""Goodman-Bacon (2021): the two-way fixed-effects coefficient as a weighted mean of 2x2 comparisons."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ccd.arrays import FloatArray, IntArray
from ccd.estimate.did.effects import Finding
from ccd.estimate.linear.ols import codes
from ccd.estimate.rows.sample import Sample
from ccd.results import loose
from ccd.words import text

NEVER = "never"
COLUMNS = ["treated", "control", "type", "estimate", "weight"]


def bacon(starts: FloatArray, sizes: FloatArray, means: FloatArray, years: FloatArray) -> pd.DataFrame:
    """Return every 2x2 of a balanced panel without controls: COLUMNS, the weights summing to 1.

    ``starts`` (K,) are the cohorts (nan = never), ``sizes`` (K,) their numbers of entities, ``means`` (K, T)
    their mean outcomes in ``years`` (T,). Types: ``treated vs never``, ``earlier vs later`` (the control is not
    treated yet), ``later vs earlier`` (the control is treated already). Equations 7-10 of the paper.
    """
    rows: list[tuple[float, float, str, float, float]] = []
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
    return _frame(rows)


def _change(gap: FloatArray, after: FloatArray, before: FloatArray) -> float:
    return float(gap[after].mean() - gap[before].mean())


def bacon_pairs(
    y: FloatArray,
    residual: FloatArray,
    cohort: FloatArray,
    time: IntArray,
    weight: FloatArray | None = None,
) -> pd.DataFrame:
    """Return the decomposition with controls, weights, more effects or an unbalanced panel: COLUMNS.

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
    rows = []
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
    return _frame(rows)


def _frame(rows: list[tuple[float, float, str, float, float]]) -> pd.DataFrame:
    total = sum(row[4] for row in rows)
    labelled = [
        (_label(a, kind == "within"), _label(b, kind == "within"), kind, estimate, weight / total)
        for a, b, kind, estimate, weight in rows
    ]
    return pd.DataFrame(labelled, columns=COLUMNS)


def _label(start: float, within: bool) -> str:
    if within:
        return "all"
    return str(int(start)) if np.isfinite(start) else NEVER


def decompose(sample: Sample, residual: FloatArray, plain: bool) -> pd.DataFrame:
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


def summary(frame: pd.DataFrame) -> dict[str, object]:
    """Return weight and weighted mean estimate of each type, for summary.json."""
    facts: dict[str, object] = {"estimate": float(np.sum(frame["estimate"] * frame["weight"]))}
    for kind, rows in frame.groupby("type", sort=True):
        weight = float(rows["weight"].sum())
        mean = float(np.average(rows["estimate"], weights=rows["weight"])) if weight else float("nan")
        facts[str(kind)] = {"weight": weight, "estimate": mean, "comparisons": len(rows)}
    return facts


def bacon_finding(sample: Sample, residual: FloatArray, plain: bool) -> Finding:
    """Return the part ``bacon`` of a staggered policy (none otherwise); see ``decompose``."""
    if len(np.unique(sample.cohort[np.isfinite(sample.cohort)])) < 2:
        return Finding()
    split = plain and sample.balanced
    frame = decompose(sample, residual, split)
    facts = summary(frame)
    note = text(
        "Goodman-Bacon weights with controls, weights, more effects or an unbalanced panel: pairs of cohorts are not "
        "split by direction, and what varies inside cohorts stands in the row 'within'"
    )
    return Finding((loose("bacon", frame, facts=facts, notes=() if split else (note,)),), {"bacon": facts})
