"""Pre-treatment differences on untreated cells alone, so that no effect can leak into them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ccd.arrays import BoolArray, FloatArray
from ccd.estimate.ols import demean, group_sums, least_squares, unidentified
from ccd.estimate.sample import Sample


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
    event = event[untreated]
    seen = sorted({int(e) for e in event[np.isfinite(event)]})
    if not seen:
        return Leads((), (), (), np.zeros(0), np.zeros((len(sample.entity_cohort), 0)))
    base = {-1} if -1 in seen else {max(seen)}
    if np.isfinite(event).all():
        base.add(seen[0])
    shown = [e for e in seen if e not in base]
    focus = np.column_stack([event == e for e in shown]).astype(float) if shown else np.zeros((len(event), 0))
    raw = np.column_stack([focus, sample.x[untreated]])
    effects = [sample.entity[untreated], sample.time[untreated]]
    both = demean(np.column_stack([sample.y[untreated], raw]), effects)
    absorbed, collinear = unidentified(both[:, 1:], raw)
    out = {*absorbed, *collinear}
    kept = [j for j in range(raw.shape[1]) if j not in out]
    fit = least_squares(both[:, 0], both[:, 1:][:, kept])
    psi = group_sums(fit.scores, effects[0], len(sample.entity_cohort)) @ fit.bread
    own = [place for place, j in enumerate(kept) if j < len(shown)]
    return Leads(
        shown=tuple(shown[kept[place]] for place in own),
        base=tuple(sorted(base)),
        lost=tuple(e for j, e in enumerate(shown) if j in out),
        beta=fit.beta[own],
        psi=psi[:, own],
    )
