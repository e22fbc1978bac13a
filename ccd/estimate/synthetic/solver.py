"""Least squares on the simplex: min |Aw - b|^2 + r |w|^2 over w >= 0, sum w = 1, to its optimum."""

from __future__ import annotations

import numpy as np

from ccd.arrays import BoolArray, FloatArray

#: What the optimality conditions may miss, as a share of the minimum, before the slower algorithm is asked.
TOLERANCE = 1e-10
#: Below this nothing is left to refine.
CLEAR = 1e-13
#: More unknowns than this are pivoted in blocks where r is no mere tie-break.
MANY = 12
#: r below this share of the mean column's square is a tie-break: Woodbury's formula would lose every digit.
SMALL = 1e-7
#: Rows to a column above which least squares are done on the factor R of the rows.
SAVES = 3
#: More unknowns than this are begun from the donors nearest the treated, this many.
WIDE, NEAREST = 400, 64
#: Block pivots that may pass without fewer faults before one unknown at a time is moved, and pivots in all.
PATIENCE, PIVOTS = 3, 200


def simplex_weights(a: FloatArray, b: FloatArray, r: float, *, intercept: bool = False) -> FloatArray:
    """Return the weights (n,) that minimise |Aw - b|^2 + r |w|^2 on the simplex.

    ``a`` is (m, n), ``b`` (m,), ``r`` > 0: without it donors that tie would let the order of rows decide. With an
    ``intercept`` the columns of A and b lose their mean first. On the simplex Aw - b = Cw with C = A - b1'.
    """
    c = a - b[:, None]
    if intercept:
        c -= c.mean(0)
    n = c.shape[1]
    if n == 1:
        return np.ones(1)
    size = float((c**2).sum()) / n
    if size == 0:  # every donor is the treated itself: the ridge decides alone
        return np.full(n, 1 / n)
    if n > MANY and r > SMALL * size:
        w = _block_pivoting(c, r)
        if w is not None and optimality_gap(c, w, r) <= TOLERANCE:
            return w
    if len(set(c[0].tolist())) == n:
        return _by_nnls(c, np.full(n, r), float(np.sqrt(size)))
    # donors that are equal share their weight: told apart by r alone they would lose half their digits
    distinct, which, count = np.unique(c, axis=1, return_inverse=True, return_counts=True)
    which = which.reshape(-1)
    return np.asarray((_by_nnls(distinct, r / count, float(np.sqrt(size))) / count)[which])


def optimality_gap(c: FloatArray, w: FloatArray, r: float | FloatArray) -> float:
    """Return by how much w misses the Karush-Kuhn-Tucker conditions, as a share of |Cw|^2 + r |w|^2.

    At the optimum every gradient C'Cw + rw is at least that sum, and equal to it where w > 0.
    """
    gradient = (c @ w) @ c + r * w
    least = float(w @ gradient)
    short = least - float(gradient.min())
    above = float((w * (gradient - least)).max())
    return max(short, above) / least if least > 0 else 0.0


def _by_nnls(c: FloatArray, r: FloatArray, s: float) -> FloatArray:
    """Return w = x / sum x, x the non-negative least squares of [C/s; diag(sqrt r)/s; 1'] on (0, 0, 1); r is (n,).

    On the ray x = kw its loss is least at q / (1 + q), which rises with q = (|Cw|^2 + r |w|^2) / s^2.
    """
    from scipy.optimize import nnls

    m, n = c.shape
    if n > WIDE:
        near = _from_nearest(c, r, s)
        if near is not None and optimality_gap(c, near, r) <= TOLERANCE:
            return near
    # the same sums of squares in fewer rows, where that saves more than it costs
    top = np.asarray(np.linalg.qr(c, mode="r"), dtype=np.float64) if m > SAVES * n else c
    rows = len(top)
    stacked = np.zeros((rows + n + 1, n))
    stacked[:rows] = top / s
    stacked[rows:-1].flat[:: n + 1] = np.sqrt(r) / s
    stacked[-1] = 1
    target = np.zeros(rows + n + 1)
    target[-1] = 1
    x, _ = nnls(stacked, target, maxiter=50 * n)
    w = np.asarray(x / x.sum())
    scaled, ridge = stacked[:rows], r / s**2
    return w if optimality_gap(scaled, w, ridge) <= CLEAR else _refined(scaled, ridge, w, 4 * n)


def _from_nearest(c: FloatArray, r: FloatArray, s: float) -> FloatArray | None:
    """Return the optimum from that on the donors nearest the treated: few of very many are ever active.

    None: they fit the treated exactly, so that the ridge spreads the weight over most donors.
    """
    near = np.sort(np.argsort((c**2).sum(0), kind="stable")[:NEAREST])
    w = np.zeros(c.shape[1])
    w[near] = _by_nnls(c[:, near], r[near], s)
    if ((c[:, near] @ w[near]) ** 2).sum() <= r @ w**2:
        return None
    return _refined(c / s, r / s**2, w, 4 * len(c))


def _refined(c: FloatArray, r: FloatArray, w: FloatArray, steps: int) -> FloatArray:
    """Return the optimum from weights near it, by an active set whose ``steps`` at most are solved by QR.

    ``c`` (m, n) has columns of mean length 1. Where donors fit the treated exactly, |Cw|^2 lies far below the rounding
    of Cw: the residual is taken from the factors, which keep its digits, so that the last donors are chosen well.
    """
    active = w > 0
    for _ in range(steps):
        own, residual, least = _equality_solution(c[:, active], r[active])
        new = np.zeros(len(w))
        new[active] = own
        if (own <= 0).any():  # go toward it as far as the simplex reaches, and drop what is met there
            falls = active & (new <= 0)
            step = float(np.min(w[falls] / (w[falls] - new[falls])))
            w = w + step * (new - w)
            met = falls & (w <= 1e-15)
            if not met.any():
                met = falls & (w == w[falls].min())
            active, w = active & ~met, np.where(met, 0, np.maximum(w, 0))
            continue
        w = new
        short = np.where(active, 0, least - c.T @ residual)
        i = int(np.argmax(short))
        if short[i] <= 1e-12 * least + 1e-14 * np.sqrt(least):
            break
        active = active.copy()
        active[i] = True
    return w


def _equality_solution(c: FloatArray, r: FloatArray) -> tuple[FloatArray, FloatArray, float]:
    """Return w of sum 1 that minimises |Cw|^2 + r |w|^2 with any sign, Cw (m,), and the minimum."""
    from scipy.linalg import solve_triangular

    n = c.shape[1]
    q, factor = np.linalg.qr(np.vstack([c, np.diag(np.sqrt(r))]))
    z = solve_triangular(factor, np.ones(n), trans="T")
    w = solve_triangular(factor, z)
    total = float(w.sum())
    z = z / total
    return w / total, q[: len(c)] @ z, float(z @ z)


def _block_pivoting(c: FloatArray, r: float) -> FloatArray | None:
    """Return the weights by pivoting whole blocks of donors in and out (Portugal, Judice and Vicente 1994).

    All donors begin active; C (m, n) has few rows, so that each step solves m equations. None: it does not settle.
    """
    n = c.shape[1]
    active: BoolArray = np.ones(n, dtype=bool)
    fewest, left = n + 1, PATIENCE
    for _ in range(PIVOTS):
        w = _on(c, active, r)
        if w is None:
            return None
        gradient = (c @ w) @ c + r * w
        least = float(w @ gradient)
        wrong = np.where(active, w < 0, gradient < least * (1 - 1e-12))
        count = int(np.count_nonzero(wrong))
        if count == 0:
            return w
        if count < fewest:
            fewest, left = count, PATIENCE
        elif left > 0:
            left -= 1
        else:  # Murty's rule ends where blocks cycle: move the last alone
            last = np.flatnonzero(wrong)[-1]
            wrong = np.zeros(n, dtype=bool)
            wrong[last] = True
        active = active ^ wrong
        if not active.any():
            return None
    return None


def _on(c: FloatArray, active: BoolArray, r: float) -> FloatArray | None:
    """Return the weights of sum 1, of either sign, that minimise on the ``active`` donors (n,) alone.

    None: r I + own own' is not positive to rounding.
    """
    from scipy.linalg.lapack import dposv

    own = c.compress(active, axis=1)
    inner = own @ own.T
    inner.flat[:: len(inner) + 1] += r
    _, solved, info = dposv(inner, c @ active, overwrite_a=True)
    if info != 0:
        return None
    x = 1 - solved @ own  # (own'own + rI)^-1 1, times r
    w = np.zeros(len(active))
    w[active] = x / x.sum()
    return w
