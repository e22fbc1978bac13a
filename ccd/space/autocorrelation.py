"""Is a variable alike among neighbours? Moran's I, Geary's C and Getis and Ord's G, with their moments and draws."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ccd.arrays import FloatArray, IntArray

if TYPE_CHECKING:
    from scipy import sparse

#: Statistics that differ by less than this share of the observed one are ties.
TIE = 1e-9


class Sums(NamedTuple):
    """S0, S1 and S2 of weights (Cliff & Ord 1981)."""

    s0: float
    s1: float
    s2: float


class Tested(NamedTuple):
    """A statistic, its expectation, z under randomisation, and the two-sided normal p."""

    value: float
    expected: float
    z: float
    p_value: float


@dataclass(frozen=True)
class Moments:
    """The sums of W (n, n) and of its binary form, made once for all years."""

    matrix: sparse.csr_array
    binary: sparse.csr_array
    sums: Sums
    binary_sums: Sums


def moments(matrix: sparse.csr_array) -> Moments:
    """Return what the tests need of W (n, n)."""
    from scipy import sparse

    binary = sparse.csr_array((np.ones(matrix.nnz), matrix.indices, matrix.indptr), shape=matrix.shape)
    return Moments(matrix, binary, _sums(matrix), _sums(binary))


def _sums(matrix: sparse.csr_array) -> Sums:
    both = matrix + matrix.T
    sides = np.asarray(matrix.sum(axis=1)).ravel() + np.asarray(matrix.sum(axis=0)).ravel()
    return Sums(float(matrix.sum()), float((both.multiply(both)).sum() / 2), float(sides @ sides))


def moran(x: FloatArray, w: Moments) -> Tested:
    """Return I = n/S0 z'Wz / z'z of ``x`` (n,), its variance under randomisation (Cliff & Ord 1981, 2.38)."""
    n, (s0, s1, s2) = len(x), w.sums
    z = x - x.mean()
    value = n / s0 * float(z @ (w.matrix @ z)) / float(z @ z)
    kurtosis, expected = _kurtosis(z), -1 / (n - 1)
    square = n * ((n * n - 3 * n + 3) * s1 - n * s2 + 3 * s0**2)
    square -= kurtosis * ((n * n - n) * s1 - 2 * n * s2 + 6 * s0**2)
    square /= (n - 1) * (n - 2) * (n - 3) * s0**2
    return _tested(value, expected, square - expected**2)


def geary(x: FloatArray, w: Moments) -> Tested:
    """Return C = (n-1)/(2 S0) sum w_ij (x_i - x_j)^2 / z'z of ``x`` (n,) (Cliff & Ord 1981, 2.40)."""
    n, (s0, s1, s2) = len(x), w.sums
    z = x - x.mean()
    cells = w.matrix.tocoo()
    gaps = float(cells.data @ (x[cells.row] - x[cells.col]) ** 2)
    k = _kurtosis(z)
    variance = (n - 1) * s1 * (n * n - 3 * n + 3 - (n - 1) * k)
    variance -= (n - 1) * s2 * (n * n + 3 * n - 6 - (n * n - n + 2) * k) / 4
    variance += s0**2 * (n * n - 3 - (n - 1) ** 2 * k)
    variance /= n * (n - 2) * (n - 3) * s0**2
    return _tested((n - 1) / (2 * s0) * gaps / float(z @ z), 1.0, variance)


def getis_ord(x: FloatArray, w: Moments) -> Tested:
    """Return G = x'Wx / sum_{i != j} x_i x_j with binary W of ``x`` (n,) >= 0 (Getis & Ord 1992); nan below 0."""
    n, (s0, s1, s2) = len(x), w.binary_sums
    m1, m2, m3, m4 = (float(np.sum(x**p)) for p in (1, 2, 3, 4))
    among = m1**2 - m2
    if x.min() < 0 or among <= 0:
        return Tested(*[float("nan")] * 4)
    expected = s0 / (n * (n - 1))
    square = ((n * n - 3 * n + 3) * s1 - n * s2 + 3 * s0**2) * m2**2
    square -= ((n * n - n) * s1 - 2 * n * s2 + 6 * s0**2) * m4
    square -= (2 * n * s1 - (n + 3) * s2 + 6 * s0**2) * m1**2 * m2
    square += (4 * (n - 1) * s1 - 2 * (n + 1) * s2 + 8 * s0**2) * m1 * m3
    square += (s1 - s2 + s0**2) * m1**4
    square /= among**2 * n * (n - 1) * (n - 2) * (n - 3)
    return _tested(float(x @ (w.binary @ x)) / among, expected, square - expected**2)


def _kurtosis(z: FloatArray) -> float:
    return len(z) * float(np.sum(z**4)) / float(z @ z) ** 2


def _tested(value: float, expected: float, variance: float) -> Tested:
    from scipy.special import ndtr

    z = (value - expected) / np.sqrt(variance) if variance > 0 else float("nan")
    return Tested(value, expected, float(z), float(2 * ndtr(-abs(z))))


def two_sided(above: IntArray, below: IntArray, draws: int) -> FloatArray:
    """Return min(1, 2 (1 + min(#>=, #<=)) / (B + 1)) from counts of draws as large and as small."""
    return np.asarray(np.minimum(1.0, 2 * (1 + np.minimum(above, below)) / (draws + 1)))


def permuted_moran(x: FloatArray, w: Moments, orders: IntArray) -> float:
    """Return the permutation p of Moran's I of ``x`` (n,) over ``orders`` (B, n) of its values."""
    z = x - x.mean()
    drawn = np.ascontiguousarray(z[orders].T)
    statistic = np.einsum("nb,nb->b", drawn, w.matrix @ drawn)
    observed = float(z @ (w.matrix @ z))
    slack = TIE * abs(observed)
    above, below = np.sum(statistic >= observed - slack), np.sum(statistic <= observed + slack)
    return float(two_sided(above, below, len(orders)))
