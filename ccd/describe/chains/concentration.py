"""How concentrated shares of regions are; arrays in, one number out."""

from __future__ import annotations

import numpy as np

from ccd.arrays import FloatArray, IntArray


def shares(values: FloatArray) -> FloatArray:
    """Return each region's share of the total, (n,)."""
    return np.asarray(values / values.sum())


def herfindahl(s: FloatArray) -> float:
    """Return the sum of squared shares s (n,)."""
    return float(s @ s)


def top_three(s: FloatArray) -> float:
    """Return the sum of the three largest shares (CR3)."""
    return float(np.sort(s)[-3:].sum())


def locational_gini(s: FloatArray, w: FloatArray) -> float:
    """Return the Gini of shares s (n,) against base shares w (n,): twice the area between Lorenz curve and diagonal.

    Regions stand in the order of their quotients s/w (Krugman 1991), each as wide as its base.
    """
    order = np.argsort(s / w, kind="stable")
    curve = np.r_[0.0, np.cumsum(s[order])]
    return float(1 - w[order] @ (curve[1:] + curve[:-1]))


def unweighted_gini(s: FloatArray, w: FloatArray) -> float:
    """Return the Gini of the quotients s/w (n,), each region counted alike."""
    quotient = np.sort(s / w)
    n = len(quotient)
    return float((2 * np.arange(1, n + 1) - n - 1) @ quotient / (n * quotient.sum()))


def ellison_glaeser(s: FloatArray, w: FloatArray, firms: float) -> float:
    """Return the index of shares s (n,) against base shares w (n,) where ``firms`` firms are of one size.

    Ellison and Glaeser (1997, JPE 105, eq. 5). Of counts alone the Herfindahl index of firms is at least 1/firms, so
    that the true index is at most this.
    """
    spread, whole = float((s - w) @ (s - w)), 1 - float(w @ w)
    return (spread - whole / firms) / (whole * (1 - 1 / firms))


def dissimilarity(s: FloatArray, q: FloatArray) -> float:
    """Return half the sum of |s - q|: the share that would have to move (Duncan and Duncan 1955)."""
    return float(np.abs(s - q).sum() / 2)


def between(s: FloatArray, q: FloatArray, groups: IntArray) -> float:
    """Return the dissimilarity of shares summed over groups; ``groups`` (n,) holds codes."""
    gaps = [float((s - q)[groups == code].sum()) for code in np.unique(groups)]
    return float(np.abs(gaps).sum() / 2)
