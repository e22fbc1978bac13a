"""The score and its distribution in both groups: coefficients, densities, common support."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ccd.estimate.linear.inference import terms_of
from ccd.estimate.matching import Matched, Score, Units, density, rule_of_thumb
from ccd.results import CommonSupport, Named, Part, Propensity, ScoreDensity
from ccd.words import names

GRID = 201
BINS = 20


def density_part(units: Units, matched: Matched) -> Part[ScoreDensity]:
    """Return the densities of the score in both groups before and after, on one grid and one bandwidth."""
    grid = np.linspace(0, 1, GRID)
    bandwidth = rule_of_thumb(units.score)
    stages = {"before": np.ones(len(units.score)), "after": matched.weight}
    groups = {"treated": units.treated, "control": ~units.treated}
    curves = {
        (stage, group): density(units.score[member], weight[member], grid, bandwidth)
        for stage, weight in stages.items()
        for group, member in groups.items()
    }
    value = ScoreDensity(
        stage=tuple(stage for stage, _ in curves for _ in range(GRID)),
        group=tuple(group for _, group in curves for _ in range(GRID)),
        at=np.tile(grid, len(curves)),
        density=np.concatenate(list(curves.values())),
        bandwidth=bandwidth,
    )
    return Part(value)


def support_part(units: Units, matched: Matched, labels: Sequence[str]) -> Part[CommonSupport]:
    """Return counts of units by bins of the score: controls, treated on and off support."""
    edges = np.linspace(0, 1, BINS + 1)
    off = units.treated & ~matched.on_support
    control, on, beyond = (
        np.histogram(units.score[member], edges)[0]
        for member in (~units.treated, units.treated & matched.on_support, off)
    )
    lender = units.score[~units.treated]
    value = CommonSupport(
        low=edges[:-1],
        high=edges[1:],
        control=control,
        treated_on=on,
        treated_off=beyond,
        off_support=names(dict.fromkeys(labels[int(i)] for i in np.flatnonzero(off))),
        control_low=float(lender.min()),
        control_high=float(lender.max()),
    )
    return Part(value)


def score_part(score: Score, columns: Sequence[str]) -> Part[Propensity]:
    """Return the coefficients of the score with normal inference."""
    k = len(columns) + 1
    error = np.sqrt(np.diag(score.vcov))[:k]
    terms = terms_of([Named(name) for name in ("const", *columns)], score.beta[:k], error, float("inf"))
    return Part(Propensity(terms, score.pseudo_r2, score.chi2, score.p_value, score.link), "score")
