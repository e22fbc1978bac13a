"""Tests that instruments left out of the equation agree with each other: Hansen's J and Sargan's."""

from __future__ import annotations

import numpy as np

from ccd.arrays import FloatArray, IntArray
from ccd.estimate.linear.ols import group_sums, least_squares


def without(matrix: FloatArray, controls: FloatArray) -> FloatArray:
    """Return ``matrix`` (n, k) less its projection on ``controls`` (n, c), which may have no columns."""
    if not controls.shape[1]:
        return matrix
    return np.column_stack([least_squares(column, controls).resid for column in matrix.T])


def hansen_j(resid: FloatArray, endogenous: FloatArray, excluded: FloatArray, groups: IntArray) -> float:
    """Return the J statistic of two-step GMM (Hansen 1982), chi2(k - e): scores z u are summed by ``groups`` (n,).

    ``resid`` (n,) are those of two-stage least squares; ``endogenous`` (n, e) and the ``excluded`` instruments
    (n, k) have the controls and fixed effects taken out, which leaves J as it is. Each row is a group of its own
    where errors are only heteroskedastic. Missing where the groups are too few for the k x k weights.
    """
    scores = group_sums(excluded * resid[:, None], groups, int(groups.max()) + 1)
    spread = scores.T @ scores
    scale = np.sqrt(np.diag(spread))
    if not scale.all() or np.linalg.matrix_rank(spread / np.outer(scale, scale), hermitian=True) < len(scale):
        return float("nan")
    root = np.linalg.cholesky(spread)
    moments = np.linalg.solve(root, scores.sum(axis=0))
    slopes = np.linalg.solve(root, excluded.T @ endogenous)
    left = least_squares(moments, slopes).resid
    return float(left @ left)


def sargan(resid: FloatArray, excluded: FloatArray) -> float:
    """Return n u'P_z u / u'u (Sargan 1958), chi2(k - e), of residuals (n,) on instruments as ``hansen_j`` takes."""
    fitted = resid - least_squares(resid, excluded).resid
    return len(resid) * float(fitted @ fitted) / float(resid @ resid)
