"""What every matcher takes and gives: two groups of scores, and what each control lends."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np

from ccd.arrays import BoolArray, FloatArray, IntArray
from ccd.estimate.linear.ols import codes

#: Two distances closer than this on the probability are one distance: rounding may not break a tie.
TIE = 1e-10

KernelName = Literal["epanechnikov", "uniform", "biweight", "triangular", "tricube", "gaussian"]
MatcherName = Literal["kernel", "nearest", "radius", "local-linear", "mahalanobis", "entropy-balance"]
SupportName = Literal["minmax", "trim", "none"]


@dataclass(frozen=True)
class Settings:
    """How to match; distances (``bandwidth``, ``caliper``) are on the probability."""

    matcher: MatcherName = "kernel"
    kernel: KernelName = "epanechnikov"
    bandwidth: float = 0.06
    neighbours: int = 1
    replacement: bool = True
    caliper: float | None = None
    support: SupportName = "minmax"
    trim: float = 5.0


@dataclass(frozen=True)
class Pool:
    """Treated (t) and controls (c) of one stratum.

    Scores (t,), (c,); ``treated_x`` (t, k) and ``control_x`` (c, k), the matching columns (whitened for
    Mahalanobis distances), with their ``names`` (k);
    ``treated_count`` (t,) and ``control_count`` (c,) say how often each row stands (a bootstrap draw).
    """

    treated_score: FloatArray
    control_score: FloatArray
    treated_x: FloatArray
    control_x: FloatArray
    treated_count: FloatArray
    control_count: FloatArray
    names: tuple[str, ...] = ()

    @cached_property
    def order(self) -> IntArray:
        """Return the order that sorts the controls by score."""
        return np.asarray(np.argsort(self.control_score), dtype=np.intp)


@dataclass(frozen=True)
class Lent:
    """What a matcher gives: ``weight`` (c,) and ``matched`` (t,).

    The shares lent to one treated row sum to one over the controls (times their counts); a control's
    weight is the sum of the shares it lends.
    """

    weight: FloatArray
    matched: BoolArray


def whiten(x: FloatArray, treated: BoolArray, count: FloatArray | None = None) -> FloatArray:
    """Return ``x`` (n, k) with the pooled within-group covariance made the identity.

    Euclidean distances of the rows are then Mahalanobis distances (Rubin 1980, Biometrics 36, 293-298).
    ``x`` must be free of constant and collinear columns.
    """
    often = np.ones(len(x)) if count is None else count
    centred = np.empty_like(x)
    for group in (treated, ~treated):
        centred[group] = x[group] - np.average(x[group], axis=0, weights=often[group])
    spread = np.sqrt(np.average(centred**2, axis=0, weights=often))
    scaled = centred / spread
    freedom = max(float(often.sum()) - 2, 1.0)
    covariance = (scaled * often[:, None]).T @ scaled / freedom
    root = np.linalg.cholesky(covariance)
    middle = np.average(x, axis=0, weights=often)
    return np.asarray(np.linalg.solve(root, ((x - middle) / spread).T).T)


def strata_of(*columns: object) -> IntArray:
    """Return one code (n,) for each distinct combination of ``columns``, in sorted order."""
    found = codes(columns[0])
    for column in columns[1:]:
        inner = codes(column)
        found = codes(found * (int(inner.max()) + 1) + inner)
    return found
