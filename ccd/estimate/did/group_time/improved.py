"""The improved doubly robust DID: a score that balances means, and a weighted outcome regression."""

from __future__ import annotations

import numpy as np

from ccd.arrays import BoolArray, FloatArray
from ccd.estimate.did.group_time.drdid import TwoByTwo, Unestimable, standard
from ccd.estimate.matching.entropy_balance import exponential_tilt


def doubly_robust_improved(treated: BoolArray, change: FloatArray, x: FloatArray) -> TwoByTwo:
    """Return Sant'Anna & Zhao's (2020, sec. 3.2) improved effect of ``change`` (m, c) given ``x`` (m, k).

    Inverse probability tilting (Graham, Pinto & Egel 2012) asks that odds exp(x'g) of the untreated
    reproduce the treated means of x and a constant, which is what entropy balancing solves; the untreated
    change is regressed on x under these odds. Neither step then moves the influence function. Raises
    Unestimable (constant, few, collinear), or EstimationError where no odds give the treated means.
    """
    x = standard(treated, x)
    inner = x[~treated]
    if len(inner) < x.shape[1]:
        raise Unestimable("few")
    odds = np.zeros(len(x))
    odds[~treated] = exponential_tilt(inner[:, 1:], x[treated, 1:].mean(axis=0)).weight * treated.sum()
    root = np.sqrt(odds[~treated])[:, None]
    q, r = np.linalg.qr(inner * root)
    if np.abs(np.diag(r)).min() <= 1e-9 * np.abs(np.diag(r)).max():
        raise Unestimable("collinear")
    resid = change - x @ np.linalg.solve(r, q.T @ (change[~treated] * root))
    d, w = treated.astype(float)[:, None], odds[:, None]
    one, zero = resid[treated].mean(axis=0), (w * resid).sum(axis=0) / w.sum()
    psi = d / d.mean() * (resid - one) - w / w.mean() * (resid - zero)
    return TwoByTwo(one - zero, psi)
