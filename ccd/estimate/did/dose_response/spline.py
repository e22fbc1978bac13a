"""Cubic B-splines of a dose: the basis with a constant, and its slope."""

from __future__ import annotations

import numpy as np

from ccd.arrays import FloatArray

DEGREE = 3


def knots_of(doses: FloatArray, inner: int) -> FloatArray:
    """Return the knots of a cubic spline over ``doses`` (n,): ``inner`` at their quantiles, the ends fourfold."""
    shares = np.linspace(0, 1, inner + 2)[1:-1]
    ends = np.repeat([doses.min(), doses.max()], DEGREE + 1)
    return np.concatenate([ends[: DEGREE + 1], np.quantile(doses, shares), ends[DEGREE + 1 :]])


def basis(at: FloatArray, knots: FloatArray) -> FloatArray:
    """Return a constant and all B-splines but the first at ``at`` (k,) inside the knots, (k, columns)."""
    return _columns(at, knots, 0, 1.0)


def slopes(at: FloatArray, knots: FloatArray) -> FloatArray:
    """Return the first derivatives of ``basis`` at ``at`` (k,), (k, columns)."""
    return _columns(at, knots, 1, 0.0)


def _columns(at: FloatArray, knots: FloatArray, order: int, constant: float) -> FloatArray:
    from scipy.interpolate import BSpline

    size = len(knots) - DEGREE - 1
    found = BSpline(knots, np.eye(size), DEGREE)(at, nu=order)
    return np.column_stack([np.full(len(at), constant), found[:, 1:]])
