"""Two-way regressions on each of two groups of regions, under many labellings of the regions at once."""

from __future__ import annotations

import numpy as np

from ccd.arrays import BoolArray, FloatArray
from ccd.progress import told

#: Least eigenvalue of the regressors' correlations below which a labelling identifies nothing.
LEAST = 1e-9
#: Numbers that one block of draws holds.
BLOCK = 2_000_000


def group_slopes(
    y: FloatArray, x: FloatArray, inside: BoolArray, parameters: int
) -> tuple[FloatArray, FloatArray]:
    """Return slope and clustered error (R,) of the first regressor on the regions ``inside`` (R, N) of every draw.

    ``y`` (N, T) and ``x`` (N, T, K) are raw; region and year effects are those of the group alone, errors are
    clustered by region with the factor G/(G-1) (n-1)/(n-``parameters``). nan where a draw identifies no slope.

    Regions are swept out once. The year means of a group are sums over its regions, and so are X'X and X'y, whose
    parts by region are tabulated once; a draw costs O(N T K + N K^2).
    """
    swept_y = y - y.mean(axis=1, keepdims=True)
    swept_x = x - x.mean(axis=1, keepdims=True)
    step = max(1, BLOCK // swept_x.size)
    parts = [
        _block(swept_y, swept_x, inside[start : start + step].astype(np.float64), parameters)
        for start in told(range(0, len(inside), step), "draws", len(inside), step)
    ]
    return np.concatenate([slope for slope, _ in parts]), np.concatenate([error for _, error in parts])


def both_slopes(
    y: FloatArray, x: FloatArray, inside: BoolArray, years: int, parameters: int
) -> tuple[FloatArray, FloatArray]:
    """Return slopes and errors (R, 2) on the regions ``inside`` (R, N) of every draw and on the others.

    ``y`` (N T,) and ``x`` (N T, K) are the rows of a balanced panel of ``years`` years, region by region.
    """
    n = inside.shape[1]
    wide = x.reshape(n, years, x.shape[1])
    found = [group_slopes(y.reshape(n, years), wide, rows, parameters) for rows in (inside, ~inside)]
    return np.column_stack([slope for slope, _ in found]), np.column_stack([error for _, error in found])


def _block(
    y: FloatArray, x: FloatArray, inside: FloatArray, parameters: int
) -> tuple[FloatArray, FloatArray]:
    draws, (n, t, k) = len(inside), x.shape
    own_xx, own_xy = np.einsum("ntj,ntl->njl", x, x), np.einsum("ntj,nt->nj", x, y)
    count = inside.sum(axis=1)
    mean_x = ((inside @ x.reshape(n, t * k)) / count[:, None]).reshape(draws, t, k)
    mean_y = (inside @ y) / count[:, None]
    xx = (inside @ own_xx.reshape(n, k * k)).reshape(draws, k, k)
    xx -= count[:, None, None] * np.einsum("rtj,rtl->rjl", mean_x, mean_x)
    xy = inside @ own_xy - count[:, None] * np.einsum("rtj,rt->rj", mean_x, mean_y)
    known, inverse = _inverted(xx)
    beta = np.einsum("rjl,rl->rj", inverse, xy)
    # the score of a region: sum_t (x_it - mean_t) (y_it - mean_t - (x_it - mean_t)'b), weighed by the first row
    row = inverse[:, 0]
    score = own_xy @ row.T  # (N, R)
    score -= np.einsum("ntj,rj,rt->nr", x, row, mean_y, optimize=True)
    along = np.einsum("rtj,rj->rt", mean_x, row)
    score += (along * mean_y).sum(axis=1) - y @ along.T
    fitted = np.einsum("rtj,rj->rt", mean_x, beta)
    score -= np.einsum("njl,rj,rl->nr", own_xx, row, beta, optimize=True)
    score += np.einsum("ntj,rj,rt->nr", x, row, fitted, optimize=True)
    score += np.einsum("ntj,rj,rt->nr", x, beta, along, optimize=True) - (along * fitted).sum(axis=1)
    rows = count * t
    factor = count / (count - 1) * (rows - 1) / (rows - parameters)
    error = np.sqrt(factor * np.einsum("nr,rn->r", score**2, inside))
    return np.where(known, beta[:, 0], np.nan), np.where(known, error, np.nan)


def _inverted(matrix: FloatArray) -> tuple[np.ndarray, FloatArray]:
    """Return which of the matrices (R, k, k) have an inverse, and the inverses (of others: the identity)."""
    size = np.sqrt(np.maximum(np.einsum("rjj->rj", matrix), 0))
    safe = np.where(size > 0, size, 1)
    correlation = matrix / safe[:, :, None] / safe[:, None, :]
    known = (size > 0).all(axis=1) & (np.linalg.eigvalsh(correlation)[:, 0] > LEAST)
    correlation[~known] = np.eye(matrix.shape[1])
    return known, np.linalg.inv(correlation) / safe[:, :, None] / safe[:, None, :]
