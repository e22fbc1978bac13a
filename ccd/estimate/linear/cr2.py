"""Bias-reduced clustered errors for few clusters (CR2), each coefficient with its own degrees of freedom.

An array function: no model offers it as ``vcov``, since a model has one number of degrees of freedom for all terms.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ccd.arrays import FloatArray, IntArray

#: Eigenvalues of I - H_gg below this are directions that the cluster's own regressors explain.
NONE = 1e-10


class BiasReduced(NamedTuple):
    """Covariance ``matrix`` (k, k) and Satterthwaite's degrees of freedom ``df`` (k,), working errors being iid."""

    matrix: FloatArray
    df: FloatArray


def cr2(x: FloatArray, resid: FloatArray, group: IntArray) -> BiasReduced:
    """Return Bell & McCaffrey's covariance of least squares on ``x`` (n, k) of full rank, by clusters (n,).

    The residuals (n,) of cluster g are multiplied by (I - H_gg)^(-1/2), the symmetric pseudo-inverse where effects
    of the cluster leave I - H_gg singular (Pustejovsky & Tipton 2018, eq. 7); df = tr(P)^2 / tr(P^2), their eq. 11.
    Effects that lie inside the clusters may be swept from ``x``; others, as years, stay as columns.
    """
    bread = np.linalg.inv(x.T @ x)
    size, k = int(group.max()) + 1, x.shape[1]
    scores, length, crossed = np.empty((size, k)), np.empty((size, k)), np.empty((size, k, k))
    for g in range(size):
        own = x[group == g]
        values, vectors = np.linalg.eigh(np.eye(len(own)) - own @ bread @ own.T)
        root = np.where(values > NONE, 1 / np.sqrt(np.maximum(values, NONE)), 0.0)
        adjusted = (vectors * root) @ vectors.T @ own @ bread  # (n_g, k)
        scores[g] = adjusted.T @ resid[group == g]
        length[g] = np.einsum("ij,ij->j", adjusted, adjusted)
        crossed[g] = own.T @ adjusted
    df = np.empty(k)
    for j in range(k):
        column = crossed[:, :, j]
        p = np.diag(length[:, j]) - column @ bread @ column.T
        df[j] = np.trace(p) ** 2 / np.sum(p**2)
    return BiasReduced(scores.T @ scores, df)
