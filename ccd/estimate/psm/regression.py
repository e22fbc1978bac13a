"""The second stage: two-way difference-in-differences under the matching weights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ccd.arrays import BoolArray, FloatArray, IntArray
from ccd.errors import EstimationError, Words
from ccd.estimate.contrasts.crossed import WORDS, blocks
from ccd.estimate.linear.ols import Fit, codes, demean, least_squares, unidentified
from ccd.estimate.linear.vcov import Vcov, cluster, crossed, parameters
from ccd.estimate.rows.sample import Sample
from ccd.results import SampleSize
from ccd.words import text


@dataclass(frozen=True)
class Rows:
    """The rows (n,) of a sample that have a weight, codes without gaps; ``place`` (n,) is where they stand in it."""

    sample: Sample
    place: IntArray

    @cached_property
    def entity(self) -> IntArray:
        """Return entity codes (n,)."""
        return codes(self.sample.entity[self.place])

    @cached_property
    def time(self) -> IntArray:
        """Return year codes (n,)."""
        return codes(self.sample.time[self.place])

    @property
    def years(self) -> NDArray[np.int64]:
        """Return years (n,)."""
        return np.asarray(self.sample.years[self.place])

    @property
    def cohort(self) -> FloatArray:
        """Return first treated years (n,); nan = never."""
        return np.asarray(self.sample.cohort[self.place])

    @cached_property
    def entity_cohort(self) -> FloatArray:
        """Return the cohort of each entity code (N,)."""
        return np.asarray(self.cohort[np.unique(self.entity, return_index=True)[1]])

    @cached_property
    def clusters(self) -> tuple[IntArray, ...]:
        """Return one or two arrays of cluster codes (n,)."""
        return tuple(codes(group[self.place]) for group in self.sample.clusters)


@dataclass(frozen=True)
class Regression:
    """A two-way regression: ``beta`` (k,) with the policy first, its covariance, within R2, and what it stands on."""

    beta: FloatArray
    vcov: Vcov
    r2: float
    rows: Rows

    @property
    def nobs(self) -> int:
        """Return the number of rows."""
        return len(self.rows.place)

    def size(self) -> SampleSize:
        """Return the size of what the regression stands on."""
        keep = np.zeros(len(self.rows.sample.y), dtype=bool)
        keep[self.rows.place] = True
        return self.rows.sample.rows(keep).size()


def weighted_did(sample: Sample, weight: FloatArray | None, names: Sequence[str], where: Words) -> Regression:
    """Return y on D and the controls under analytic row weights (n,), rows of weight 0 left out of n and G.

    ``names`` (k) are the policy and the controls. Errors are clustered as the sample says. Raises
    EstimationError when the effect is not identified under the weights.
    """
    rows, weight = weighed(sample, weight)
    return regressed(rows, weight, sample.treated[rows.place, None], names, where)


def weighed(sample: Sample, weight: FloatArray | None) -> tuple[Rows, FloatArray | None]:
    """Return the rows that have a weight, and their weights."""
    if weight is None:
        return Rows(sample, np.arange(len(sample.y))), None
    place = np.flatnonzero(weight)
    return Rows(sample, place), weight[place]


def regressed(
    rows: Rows,
    weight: FloatArray | None,
    focus: FloatArray | BoolArray,
    names: Sequence[str],
    where: Words,
    first: BoolArray | None = None,
) -> Regression:
    """Return y on ``focus`` (n, m) and the controls under weights (n,), ``names`` being those of all of them.

    With two groups of regions, rows ``first`` (n,) of the first of them, every term and year effect is the group's
    own: ``beta`` holds the terms of the first group, then those of the other.
    """
    clusters = rows.clusters
    if min((int(group.max()) + 1 for group in clusters if len(group)), default=0) < 2:
        raise EstimationError(text("one cluster is left"), where=where, fix=text("match less narrowly"))
    raw = np.column_stack([focus.astype(float), rows.sample.x[rows.place]])
    effects = [rows.entity, rows.time]
    if first is not None:
        raw = blocks(first, raw[first], raw[~first])
        names = [f"{name} ({word} group)" for word in WORDS for name in names]
        effects = [rows.entity, codes(crossed(rows.time, first.astype(np.intp)))]
    x = demean(raw, effects, weight)
    size = None if weight is None else np.abs(weight)
    for found in unidentified(x, raw, size):
        if found:
            raise EstimationError(
                text(
                    "{found}: no variation is left after region and year effects",
                    found=tuple(names[j] for j in found),
                ),
                where=where,
                fix=text("leave it out, or match less narrowly"),
            )
    fit = _solve(demean(rows.sample.y[rows.place, None], effects, weight)[:, 0], x, weight, where)
    vcov = cluster(fit, clusters, parameters(x.shape[1], effects, clusters))
    return Regression(fit.beta, vcov, fit.r2, rows)


def _solve(y: FloatArray, x: FloatArray, weight: FloatArray | None, where: Words) -> Fit:
    """Return the fit; weights of both signs (local linear matching) go through the normal equations."""
    if weight is None or (weight >= 0).all():
        return least_squares(y, x, weight)
    gram = (x * weight[:, None]).T @ x
    if np.linalg.eigvalsh(gram).min() <= 1e-12 * np.abs(gram).max():
        raise EstimationError(
            text("negative weights outweigh the positive ones"),
            where=where,
            fix=text('take a wider bandwidth, or matcher = "kernel"'),
        )
    inverse = np.asarray(np.linalg.inv(gram), dtype=np.float64)
    beta = inverse @ (x.T @ (weight * y))
    resid = y - x @ beta
    total = float(weight @ y**2)
    r2 = 1 - float(weight @ resid**2) / total if total > 0 else float("nan")
    return Fit(beta, resid, inverse, x, weight, r2)
