"""Covariance matrices of least-squares estimates, with the small-sample factor of each named."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ccd.arrays import FloatArray, IntArray
from ccd.estimate.linear.grid import block_products, blocks
from ccd.estimate.linear.ols import Fit, codes, group_sums
from ccd.words import Text, text


@dataclass(frozen=True)
class Vcov:
    """A covariance matrix (k, k), the degrees of freedom of its t (inf = normal), and how it was made."""

    matrix: FloatArray
    df: float
    kind: str
    note: Text
    clusters: tuple[int, ...] = ()

    @property
    def std_error(self) -> FloatArray:
        """Return the standard errors, shape (k,)."""
        return np.sqrt(np.diag(self.matrix))


def parameters(slopes: int, effects: Sequence[IntArray], clusters: Sequence[IntArray] = ()) -> int:
    """Return K = slopes + 1 + sum of (levels - 1) over fixed effects not nested in any cluster variable.

    Source: Correia (2017, reghdfe), Berge (2018, fixest). Without ``clusters`` all effects count.
    """
    inside_one = [any(nested(effect, cluster) for cluster in clusters) for effect in effects]
    counted = [effect for effect, inside in zip(effects, inside_one, strict=True) if not inside]
    return slopes + 1 + sum(int(np.count_nonzero(np.bincount(effect))) - 1 for effect in counted)


def nested(inner: IntArray, outer: IntArray) -> bool:
    """Tell whether each level of ``inner`` (n,) lies in one level of ``outer`` (n,), both codes."""
    if inner is outer:
        return True
    own = np.zeros(int(inner.max(initial=0)) + 1, dtype=outer.dtype)
    for rows in (slice(0, 1000), slice(None)):  # most of what is not nested shows at once
        own[inner[rows]] = outer[rows]
        if not np.array_equal(own[inner[rows]], outer[rows]):
            return False
    return True


def crossed(first: IntArray, second: IntArray) -> IntArray:
    """Return the codes of the pairs of two groupings, (n,)."""
    return codes(first * (second.max() + 1) + second)


def cluster(fit: Fit, groups: Sequence[IntArray], k: int, both: IntArray | None = None) -> Vcov:
    """Return the one- or two-way cluster-robust covariance (Cameron, Gelbach & Miller 2011).

    Factor G/(G-1) * (n-1)/(n-K) with the smaller G; two ways: V1 + V2 - V12, negative eigenvalues set
    to 0. Inference is t(G-1) with the smaller G. ``both`` are the codes of the pairs, where they are known.
    """
    meat = sum((_outer(fit, g) for g in groups), np.zeros_like(fit.bread))
    if len(groups) == 2:
        meat = meat - _outer(fit, crossed(*groups) if both is None else both)
    matrix = fit.bread @ meat @ fit.bread
    if len(groups) == 2:
        matrix = positive(matrix)
    return scaled(matrix, groups, len(fit.resid), k)


def scaled(matrix: FloatArray, groups: Sequence[IntArray], n: int, k: int) -> Vcov:
    """Return the sandwich ``matrix`` (q, q) of ``n`` rows times the small-sample factor of its clusters."""
    sizes = [int(g.max()) + 1 for g in groups]
    least = min(sizes)
    factor = least / (least - 1) * (n - 1) / (n - k) if least > 1 else float("nan")
    note = text(
        "Standard errors clustered ({clusters} clusters), small-sample factor G/(G-1) x (n-1)/(n-K) = {factor:.4f} "
        "with K = {k}; inference t({df})",
        clusters=tuple(sizes),
        factor=factor,
        k=k,
        df=least - 1,
    )
    return Vcov(factor * matrix, least - 1, "cluster", note, tuple(sizes))


def hc1(fit: Fit, k: int) -> Vcov:
    """Return White's heteroskedasticity-robust covariance times n/(n-K); inference t(n-K)."""
    n = len(fit.resid)
    matrix = n / (n - k) * fit.bread @ (fit.scores.T @ fit.scores) @ fit.bread
    note = text(
        "Heteroskedasticity-robust standard errors (HC1), factor n/(n-K) with K = {k}; inference t({df})",
        k=k,
        df=n - k,
    )
    return Vcov(matrix, n - k, "hc1", note)


def iid(fit: Fit, k: int) -> Vcov:
    """Return the classical covariance s^2 (X'WX)^-1, s^2 = e'We/(n-K); inference t(n-K)."""
    n = len(fit.resid)
    w = np.ones(n) if fit.weight is None else fit.weight
    matrix = float(np.sum(w * fit.resid**2)) / (n - k) * fit.bread
    return Vcov(
        matrix, n - k, "iid", text("Classical standard errors with K = {k}; inference t({df})", k=k, df=n - k)
    )


def _outer(fit: Fit, group: IntArray) -> FloatArray:
    if size := blocks(group):
        resid = fit.resid if fit.weight is None else fit.resid * fit.weight
        sums = block_products(fit.x, resid, size)
    else:
        sums = group_sums(fit.scores, group, int(group.max()) + 1)
    return np.asarray(sums.T @ sums)


def positive(matrix: FloatArray) -> FloatArray:
    """Return a symmetric matrix with its negative eigenvalues set to 0."""
    values, vectors = np.linalg.eigh(matrix)
    if values.min() >= 0:
        return matrix
    return np.asarray((vectors * np.clip(values, 0, None)) @ vectors.T)


def p_values(statistic: FloatArray, df: float) -> FloatArray:
    """Return two-sided p-values of ``statistic`` under t(df), or the normal when df is infinite."""
    from scipy.special import ndtr, stdtr

    tail = ndtr(-np.abs(statistic)) if np.isinf(df) else stdtr(df, -np.abs(statistic))
    return np.asarray(2 * tail)


def p_values_f(statistic: float, q: int, df: float) -> float:
    """Return the p-value of ``statistic`` under F(q, df), or chi2(q) when df is infinite."""
    from scipy.special import chdtrc, fdtrc

    return float(chdtrc(q, statistic) if np.isinf(df) else fdtrc(q, df, statistic))


def quantile(level: float, df: float) -> float:
    """Return the two-sided critical value at confidence ``level`` of t(df), or of the normal."""
    from scipy.special import ndtri, stdtrit

    upper = 0.5 + level / 2
    return float(ndtri(upper) if np.isinf(df) else stdtrit(df, upper))
