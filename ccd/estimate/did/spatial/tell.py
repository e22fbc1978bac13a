"""The parts of the rings estimator: rings with their sign, twfe beside, event studies, the map of bands."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ccd.arrays import FloatArray, IntArray
from ccd.estimate.did.spatial.bands import CLEAN, TREATED
from ccd.estimate.linear.inference import infer
from ccd.panel import Panel
from ccd.results import BandMap, Comparison, Estimate, EventStudies, Part, Ring, RingEffects
from ccd.words import text

Told = tuple[Ring, IntArray, FloatArray, FloatArray]


def rings_part(
    estimate: Estimate, rings: Sequence[Ring], cells: Sequence[int], regions: Sequence[int]
) -> Part[RingEffects]:
    """Return the effects of treated regions (ring 0) and of the ``rings`` that are seen, each with its sign."""
    k = len(rings) + 1
    terms = estimate.terms
    low, high = terms.conf_low[:k], terms.conf_high[:k]
    sign = ["+" if a > 0 else "-" if b < 0 else "none" for a, b in zip(low, high, strict=True)]
    return Part(
        RingEffects(
            ring=("treated", *(ring.band for ring in rings)),
            low=np.array([0.0, *(ring.low for ring in rings)]),
            high=np.array([0.0, *(ring.high for ring in rings)]),
            estimate=terms.estimate[:k],
            std_error=terms.std_error[:k],
            p_value=terms.p_value[:k],
            conf_low=low,
            conf_high=high,
            cells=np.array(cells, dtype=np.intp),
            regions=np.array(regions, dtype=np.intp),
            sign=tuple(sign),
            label=tuple(term.words for term in terms.term[:k]),
            outcome=estimate.outcome,
        )
    )


def comparison(estimate: Estimate, twfe: tuple[FloatArray, FloatArray, float], k: int) -> Part[Comparison]:
    """Return imputation and two-way fixed effects side by side for treated regions and each ring."""
    terms, beside = estimate.terms, infer(*twfe)
    rows = [(terms, text("Imputation")), (beside, text("Two-way fixed effects"))]
    names = [str(term) for term in terms.term[:k]]

    def column(name: str) -> FloatArray:
        return np.concatenate([getattr(found, name)[:k] for found, _ in rows])

    return Part(
        Comparison(
            label=tuple(
                text("{term}, {estimator}", term=term.words, estimator=label)
                for _, label in rows
                for term in terms.term[:k]
            ),
            estimate=column("estimate"),
            std_error=column("std_error"),
            p_value=column("p_value"),
            conf_low=column("conf_low"),
            conf_high=column("conf_high"),
            nobs=np.full(2 * k, estimate.nobs),
            group=tuple(names * 2),
            title=text("Rings by imputation and by two-way fixed effects"),
            term=estimate.headline.words,
            about={"outcome": estimate.outcome, "term": str(estimate.headline)},
        )
    )


def event_studies(told: Sequence[Told], outcome: str, policy: str) -> Part[EventStudies]:
    """Return the event studies of the rings below each other: years since a region entered its ring."""
    found = [infer(mean, error, float("inf")) for _, _, mean, error in told]

    def column(name: str) -> FloatArray:
        return np.concatenate([np.zeros(0), *(getattr(one, name) for one in found)])

    return Part(
        EventStudies(
            label=tuple(ring.words for ring, keys, *_ in told for _ in keys),
            event_time=np.concatenate([np.zeros(0, dtype=np.intp), *(keys for _, keys, *_ in told)]),
            estimate=column("estimate"),
            std_error=column("std_error"),
            conf_low=column("conf_low"),
            conf_high=column("conf_high"),
            outcome=outcome,
            term=policy,
        ),
        notes=(text("Years since a region entered the ring; intervals are analytic"),),
    )


def map_part(panel: Panel, state: IntArray, rings: Sequence[Ring], policy: str) -> Part[BandMap]:
    """Return the band of each region-year."""
    names = {TREATED: "treated", CLEAN: "clean", **{k + 1: ring.band for k, ring in enumerate(rings)}}
    return Part(
        BandMap(
            region=tuple(panel.entities[i] for i in panel.entity_codes),
            year=panel.years.astype(np.intp),
            band=tuple(names.get(int(one), "donut") for one in state),
            bands=tuple(ring.band for ring in rings),
            policy=policy,
            km=rings[0].km,
        )
    )
