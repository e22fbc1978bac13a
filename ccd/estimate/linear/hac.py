"""Errors correlated across regions: Driscoll-Kraay over time, Conley over space."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from ccd.arrays import FloatArray, IntArray
from ccd.estimate.linear.ols import Fit, group_sums
from ccd.estimate.linear.vcov import Vcov, positive
from ccd.space.distance import distances
from ccd.words import text


def driscoll_kraay(fit: Fit, time: IntArray, k: int, lag: int | None = None) -> Vcov:
    """Return the covariance of Driscoll & Kraay (1998): Bartlett kernel on the yearly sums of the scores.

    ``time`` (n,) codes the years; ``lag`` is floor(T^.25) unless given. Factor T/(T-1) * (n-1)/(n-K) as for
    clusters by year, which it equals at lag 0; inference t(T-1).
    """
    n, years = len(fit.resid), int(time.max()) + 1
    lags = int(years**0.25 + 1e-9) if lag is None else lag
    sums = group_sums(fit.scores, time, years)
    meat = sums.T @ sums
    for step in range(1, lags + 1):
        cross = sums[step:].T @ sums[:-step]
        meat = meat + (1 - step / (lags + 1)) * (cross + cross.T)
    factor = years / (years - 1) * (n - 1) / (n - k)
    matrix = positive(factor * fit.bread @ meat @ fit.bread)
    note = text(
        "Driscoll-Kraay standard errors, Bartlett kernel with {lags} lags over {years} years, small-sample factor "
        "T/(T-1) x (n-1)/(n-K) = {factor:.4f} with K = {k}; inference t({df})",
        lags=lags,
        years=years,
        factor=factor,
        k=k,
        df=years - 1,
    )
    return Vcov(matrix, years - 1, "driscoll-kraay", note)


class Near(NamedTuple):
    """The rows of years with m rows each, (T, m), and of each year a matrix of ones where two places are near.

    ``weight`` is (T, m, m), 0 where two places lie further apart than the cutoff.
    """

    rows: IntArray
    weight: FloatArray


def near(time: IntArray, longitude: FloatArray, latitude: FloatArray, cutoff: float) -> tuple[Near, ...]:
    """Return by year which places are within ``cutoff`` km; ``longitude`` and ``latitude`` (n,) in degrees."""
    by_size: dict[int, list[IntArray]] = {}
    for year in range(int(time.max()) + 1):
        rows = np.flatnonzero(time == year)
        by_size.setdefault(len(rows), []).append(rows)
    found = []
    for years in by_size.values():
        apart = np.stack([distances(longitude[rows], latitude[rows]) for rows in years])
        found.append(Near(np.stack(years), (apart <= cutoff).astype(np.float64)))
    return tuple(found)


def conley(fit: Fit, places: Sequence[Near], k: int, cutoff: float = 300.0) -> Vcov:
    """Return the covariance of Conley (1999): scores of one year within ``cutoff`` km weigh 1, others 0.

    ``places`` is what ``near`` says of the rows; distances are great circles. Factor n/(n-K) as for HC1, which
    it equals at cutoff 0; inference t(n-K).
    """
    n, scores = len(fit.resid), fit.scores
    meat = np.zeros_like(fit.bread)
    for rows, weight in places:
        own = scores[rows]
        meat = meat + (own.transpose(0, 2, 1) @ (weight @ own)).sum(axis=0)
    matrix = positive(n / (n - k) * fit.bread @ meat @ fit.bread)
    note = text(
        "Conley standard errors, uniform kernel within {cutoff:g} km and year, factor n/(n-K) with K = {k}; "
        "inference t({df}); correlation over time is not allowed for",
        cutoff=cutoff,
        k=k,
        df=n - k,
    )
    return Vcov(matrix, n - k, "conley", note)
