"""More fixed effects than two ways, and a linear trend for every entity, projected out exactly."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ccd.arrays import FloatArray, IntArray
from ccd.estimate.linear.ols import demean
from ccd.estimate.linear.vcov import nested

if TYPE_CHECKING:
    from scipy import sparse


def distinct(effects: Sequence[IntArray]) -> tuple[IntArray, ...]:
    """Return ``effects`` (each (n,)) without those that a finer one implies: year, beside province x year."""
    kept: list[IntArray] = []
    for j, effect in enumerate(effects):
        implied = any(nested(other, effect) for other in effects[:j]) or any(
            nested(other, effect) and not nested(effect, other) for other in effects[j + 1 :]
        )
        if not implied:
            kept.append(effect)
    return tuple(kept)


def residualise(
    matrix: FloatArray,
    effects: Sequence[IntArray],
    weight: FloatArray | None = None,
    trend: FloatArray | None = None,
) -> FloatArray:
    """Return ``matrix`` (n, k) less its (weighted) projection on any number of fixed effects, exactly.

    With ``trend`` (n,), usually the year, each level of the first effect has its own slope on it too. The
    first effect is block diagonal and swept out in closed form; the levels of the others solve their
    normal equations (Frisch-Waugh-Lovell), whose rank may be short. Exact on unbalanced panels.
    """
    from scipy import sparse

    if trend is None and len(effects) <= 2:
        return demean(matrix, effects, weight)
    matrix = np.asarray(matrix, dtype=np.float64)
    w = np.ones(len(matrix)) if weight is None else weight
    basis = _basis(effects[0], w, trend)
    weighted = (sparse.diags(w) @ basis).tocsr()
    swept = matrix - basis @ (weighted.T @ matrix)
    if len(effects) == 1:
        return np.asarray(swept)
    levels = sparse.hstack([_dummies(effect) for effect in effects[1:]]).tocsr()
    cross = (weighted.T @ levels).tocsr()
    normal = (levels.T @ sparse.diags(w) @ levels - cross.T @ cross).toarray()
    moments = levels.T @ (swept * w[:, None])
    level = np.linalg.pinv(normal, rcond=1e-11, hermitian=True) @ moments
    return np.asarray(swept - (levels @ level - basis @ (cross @ level)))


def _dummies(effect: IntArray) -> sparse.csr_matrix:
    from scipy import sparse

    rows = np.arange(len(effect))
    return sparse.csr_matrix((np.ones(len(effect)), (rows, effect)), shape=(len(effect), effect.max() + 1))


def _basis(effect: IntArray, w: FloatArray, trend: FloatArray | None) -> sparse.csr_matrix:
    """Return columns orthonormal under the weights: a constant, and with ``trend`` a slope, per level."""
    from scipy import sparse

    size, rows = int(effect.max()) + 1, np.arange(len(effect))
    totals = np.bincount(effect, w, size)
    constant = 1 / np.sqrt(totals[effect])
    shape = (len(effect), size)
    basis = sparse.csr_matrix((constant, (rows, effect)), shape=shape)
    if trend is None:
        return basis
    centred = trend - (np.bincount(effect, w * trend, size) / totals)[effect]
    lengths = np.bincount(effect, w * centred**2, size)[effect]
    slope = np.divide(centred, np.sqrt(lengths), out=np.zeros(len(effect)), where=lengths > 1e-12)
    return sparse.hstack([basis, sparse.csr_matrix((slope, (rows, effect)), shape=shape)]).tocsr()
