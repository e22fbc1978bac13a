"""Pre-treatment differences on untreated cells alone, so that no effect can leak into them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ccd.arrays import BoolArray, FloatArray
from ccd.estimate.linear.saturated import saturate
from ccd.estimate.rows.events import event_cells
from ccd.estimate.rows.sample import Sample
from ccd.estimate.rows.wide import spread, spread_all, spread_weight


@dataclass(frozen=True)
class Leads:
    """Effects ``beta`` (k,) before treatment at the event times ``shown``, 0 at ``base``.

    ``psi`` (N, k) is the influence of each region and ``lost`` the event times that are not identified.
    """

    shown: tuple[int, ...]
    base: tuple[int, ...]
    lost: tuple[int, ...]
    beta: FloatArray
    psi: FloatArray


def leads(sample: Sample, event: FloatArray, untreated: BoolArray) -> Leads:
    """Return the leads e <= -2 of a two-way regression with controls on the ``untreated`` cells (n,).

    e = -1 is left out (never seen: the last e before treatment); without never treated regions the smallest e
    too. ``event`` (n,) is e, nan for the never treated (Borusyak, Jaravel & Spiess 2024).
    """
    group, cells, value = event_cells(sample, np.where(untreated, event, np.nan))
    seen = sorted(set(value))
    if not seen:
        return Leads((), (), (), np.zeros(0), np.zeros((len(sample.entity_cohort), 0)))
    base = {-1} if -1 in seen else {max(seen)}
    if np.isfinite(sample.entity_cohort).all():
        base.add(seen[0])
    shown = [e for e in seen if e not in base]
    kept = [j for j, e in enumerate(value) if e not in base]
    number = np.array([shown.index(value[j]) for j in kept], dtype=np.intp)
    y = np.where(untreated, sample.y, np.nan)
    x, weight = spread_all(sample, sample.x), spread_weight(sample)
    fit = saturate(spread(sample, y), x, group, cells[kept], number, weight)
    found = np.isfinite(fit.effect[: len(shown)])
    psi = fit.influence(np.eye(len(shown), len(shown) + len(fit.slopes))[found])
    return Leads(
        shown=tuple(e for e, ok in zip(shown, found, strict=True) if ok),
        base=tuple(sorted(base)),
        lost=tuple(e for e, ok in zip(shown, found, strict=True) if not ok),
        beta=fit.effect[: len(shown)][found],
        psi=psi,
    )
