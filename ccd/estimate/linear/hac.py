"""Errors correlated across regions: Driscoll-Kraay over time, Conley over space."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np

from ccd.arrays import FloatArray, IntArray
from ccd.estimate.linear.ols import Fit, group_sums
from ccd.estimate.linear.vcov import Vcov, positive
from ccd.space.distance import pairs_within
from ccd.words import text

if TYPE_CHECKING:
    from scipy import sparse

#: How Driscoll-Kraay errors count K: without the years, with every effect, or no small-sample factor at all.
FactorName = Literal["nested", "all", "none"]


class Bartlett(NamedTuple):
    """The kernel of Driscoll-Kraay errors: its ``lags`` (None: floor(T^.25)) and what its ``factor`` counts."""

    lags: int | None = None
    factor: FactorName = "nested"


BARTLETT = Bartlett()


def driscoll_kraay(fit: Fit, time: IntArray, k: int, kernel: Bartlett = BARTLETT) -> Vcov:
    """Return the covariance of Driscoll & Kraay (1998): Bartlett kernel on the yearly sums of the scores.

    ``time`` (n,) codes the years. The kernel weighs lag j by 1 - j/(lags + 1); without ``lags`` they are
    floor(T^.25) as in plm and fixest, where Stata's xtscc takes floor(4 (T/100)^(2/9)). Factor
    T/(T-1) * (n-1)/(n-K) as for clusters by year, which it equals at lag 0. The caller counts K: without the years,
    which are the clusters ("nested"), or with every effect ("all", as fixest and pyfixest). With "none" there is no
    factor (plm's ``vcovSCC`` of type HC0, xtscc's ``ase``). Inference t(T-1).
    """
    n, years = len(fit.resid), int(time.max()) + 1
    lags = int(years**0.25 + 1e-9) if kernel.lags is None else kernel.lags
    sums = group_sums(fit.scores, time, years)
    meat = sums.T @ sums
    for step in range(1, lags + 1):
        cross = sums[step:].T @ sums[:-step]
        meat = meat + (1 - step / (lags + 1)) * (cross + cross.T)
    factor = 1.0 if kernel.factor == "none" else years / (years - 1) * (n - 1) / (n - k)
    matrix = positive(factor * fit.bread @ meat @ fit.bread)
    if kernel.factor == "none":
        note = text(
            "Driscoll-Kraay standard errors, Bartlett kernel with {lags} lags over {years} years, no small-sample "
            "factor; inference t({df})",
            lags=lags,
            years=years,
            df=years - 1,
        )
        return Vcov(matrix, years - 1, "driscoll-kraay", note)
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
    """The rows of years with the same m places, (T, m), and a sparse matrix (m, m) of ones where two are near."""

    rows: IntArray
    weight: sparse.csr_array


def near(time: IntArray, longitude: FloatArray, latitude: FloatArray, cutoff: float) -> tuple[Near, ...]:
    """Return by year which places are within ``cutoff`` km; ``longitude`` and ``latitude`` (n,) in degrees."""
    from scipy import sparse

    by_places: dict[bytes, list[IntArray]] = {}
    for year in range(int(time.max()) + 1):
        rows = np.flatnonzero(time == year)
        by_places.setdefault(longitude[rows].tobytes() + latitude[rows].tobytes(), []).append(rows)
    found = []
    for years in by_places.values():
        i, j = pairs_within(longitude[years[0]], latitude[years[0]], cutoff)
        shape = (len(years[0]), len(years[0]))
        found.append(Near(np.stack(years), sparse.csr_array((np.ones(len(i)), (i, j)), shape=shape)))
    return tuple(found)


def conley(fit: Fit, places: Sequence[Near], k: int, cutoff: float = 300.0) -> Vcov:
    """Return the covariance of Conley (1999): scores of one year within ``cutoff`` km weigh 1, others 0.

    ``places`` is what ``near`` says of the rows; distances are great circles. Factor n/(n-K) as for HC1, which
    it equals at cutoff 0; inference t(n-K).
    """
    n, scores = len(fit.resid), fit.scores
    meat = np.zeros_like(fit.bread)
    for rows, weight in places:
        own = scores[rows.T]
        wide = own.reshape(len(own), -1)
        meat = meat + np.einsum("mtj,mtk->jk", own, (weight @ wide).reshape(own.shape))
    matrix = positive(n / (n - k) * fit.bread @ meat @ fit.bread)
    note = text(
        "Conley standard errors, uniform kernel within {cutoff:g} km and year, factor n/(n-K) with K = {k}; "
        "inference t({df}); correlation over time is not allowed for",
        cutoff=cutoff,
        k=k,
        df=n - k,
    )
    return Vcov(matrix, n - k, "conley", note)
