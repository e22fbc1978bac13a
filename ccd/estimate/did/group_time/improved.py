"""The improved doubly robust DID: a score that balances means, and a weighted outcome regression."""

from __future__ import annotations

import numpy as np

from ccd.arrays import BoolArray, FloatArray
from ccd.errors import EstimationError
from ccd.estimate.did.group_time.drdid import TwoByTwo, Unestimable, standard
from ccd.estimate.matching.entropy_balance import exponential_tilt


def doubly_robust_improved(
    treated: BoolArray, change: FloatArray, x: FloatArray, weight: FloatArray | None = None
) -> TwoByTwo:
    """Return Sant'Anna & Zhao's (2020, sec. 3.2) improved effect of ``change`` (m, c) given ``x`` (m, k).

    Inverse probability tilting (Graham, Pinto & Egel 2012) asks that odds exp(x'g) of the untreated
    reproduce the treated means of x and a constant, which is what entropy balancing solves; the untreated
    change is regressed on x under these odds. Neither step then moves the influence function. ``weight`` (m,)
    are weights of the units. Raises Unestimable (constant, few, collinear, outside).
    """
    x = standard(treated, x)
    inner, often = x[~treated], np.ones(len(x)) if weight is None else weight
    if len(inner) < x.shape[1]:
        raise Unestimable("few")
    odds = np.zeros(len(x))
    target = np.average(x[treated, 1:], axis=0, weights=often[treated])
    try:
        tilt = exponential_tilt(inner[:, 1:], target, None if weight is None else weight[~treated])
    except EstimationError as error:
        raise Unestimable("outside") from error
    odds[~treated] = tilt.weight * often[treated].sum()
    root = np.sqrt(odds[~treated])[:, None]
    q, r = np.linalg.qr(inner * root)
    if np.abs(np.diag(r)).min() <= 1e-9 * np.abs(np.diag(r)).max():
        raise Unestimable("collinear")
    resid = change - x @ np.linalg.solve(r, q.T @ (change[~treated] * root))
    d, w = (treated * often)[:, None], odds[:, None]
    one, zero = (d * resid).sum(axis=0) / d.sum(), (w * resid).sum(axis=0) / w.sum()
    psi = d / d.mean() * (resid - one) - w / w.mean() * (resid - zero)
    return TwoByTwo(one - zero, psi)
