"""The interactive model: effects that differ by unit, a binary treatment, doubly robust means."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from ccd.arrays import FloatArray, IntArray
from ccd.estimate.dml.learners import Fitted

#: Propensities nearer to 0 or 1 are set to these.
CLIP = (0.01, 0.99)


class Interactive(NamedTuple):
    """ATE and ATT with their errors, propensities (N,) after clipping, and how many were clipped."""

    ate: tuple[float, float]
    att: tuple[float, float]
    propensity: FloatArray
    clipped: int
    r2: tuple[float, float]
    rmse: tuple[float, float]


def interactive(
    y: FloatArray,
    d: FloatArray,
    x: FloatArray,
    fold: IntArray,
    learn: Callable[[FloatArray, FloatArray, IntArray], Fitted],
    classify: Callable[[FloatArray, FloatArray, IntArray], Fitted],
) -> Interactive:
    """Return the effects of a binary ``d`` (N,) on ``y`` (N,) given ``x`` (N, p), units being regions in ``fold`` (N,).

    ATE = mean[g1 - g0 + d (y - g1) / m - (1 - d)(y - g0) / (1 - m)]; ATT weighs units by d / p and
    m / ((1 - m) p) (Chernozhukov et al. 2018, section 5.1). g0, g1, m are learnt without the unit's fold.
    """
    n = len(y)
    unit = np.arange(n)
    g0, g1, m = np.empty(n), np.empty(n), np.empty(n)
    for k in np.unique(fold):
        out = fold == k
        for g, arm in ((g0, d == 0), (g1, d == 1)):
            known = ~out & arm
            g[out] = learn(x[known], y[known], unit[known])(x[out])
        m[out] = classify(x[~out], d[~out], unit[~out])(x[out])
    kept = np.clip(m, *CLIP)
    p = d.mean()
    ate = g1 - g0 + d * (y - g1) / kept - (1 - d) * (y - g0) / (1 - kept)
    att = (d * (y - g0) - kept * (1 - d) * (y - g0) / (1 - kept)) / p
    seen = np.where(d == 1, g1, g0)
    total = (np.sum((y - y.mean()) ** 2), np.sum((d - p) ** 2))
    errors = (np.sum((y - seen) ** 2), np.sum((d - m) ** 2))
    theta = float(att.mean())
    return Interactive(
        ate=(float(ate.mean()), float(np.sqrt(np.sum((ate - ate.mean()) ** 2)) / n)),
        att=(theta, float(np.sqrt(np.sum((att - theta * d / p) ** 2)) / n)),
        propensity=kept,
        clipped=int(np.sum(m != kept)),
        r2=(float(1 - errors[0] / total[0]), float(1 - errors[1] / total[1])),
        rmse=(float(np.sqrt(errors[0] / n)), float(np.sqrt(errors[1] / n))),
    )
