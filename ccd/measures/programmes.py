"""The linear programmes of data envelopment analysis, one unit each; arrays in, a score out."""

from __future__ import annotations

import numpy as np

from ccd.arrays import FloatArray


def solved(
    cost: FloatArray,
    upper: tuple[FloatArray, FloatArray] | None,
    equal: tuple[FloatArray, FloatArray] | None,
    free: int = 0,
) -> tuple[float, FloatArray]:
    """Return least ``cost @ v`` and v, shape (k,), under upper[0] v <= upper[1], equal[0] v = equal[1] and v >= 0.

    The first ``free`` variables may have either sign. Missing where the programme has no solution.
    """
    from scipy.optimize import linprog

    bounds = np.tile(np.array([0.0, np.inf]), (len(cost), 1))
    bounds[:free, 0] = -np.inf
    left = {} if upper is None else {"A_ub": upper[0], "b_ub": upper[1]}
    same = {} if equal is None else {"A_eq": equal[0], "b_eq": equal[1]}
    found = linprog(cost, **left, **same, bounds=bounds, method="highs-ds")
    if not found.success:
        return float("nan"), np.full(len(cost), np.nan)
    return float(found.fun), np.asarray(found.x, dtype=np.float64)


def radial(
    x: FloatArray,
    y: FloatArray,
    own_x: FloatArray,
    own_y: FloatArray,
    *,
    out: bool = False,
    vrs: bool = False,
) -> float:
    """Return the score of a unit with inputs ``own_x`` (m,), outputs ``own_y`` (s,) against units x (n, m), y (n, s).

    Charnes, Cooper and Rhodes (1978); with ``vrs`` Banker, Charnes and Cooper (1984): theta, or 1/phi with ``out``.
    """
    m, n = len(own_x), len(x)
    # each row is divided by the unit's own figure: programmes of 1e8 yuan beside persons stay well scaled
    a, b = (x / own_x).T, (y / own_y).T
    if out:
        table = np.vstack([np.c_[np.zeros(m), a], np.c_[np.ones(len(own_y)), -b]])
        right = np.r_[np.ones(m), np.zeros(len(own_y))]
    else:
        table = np.vstack([np.c_[-np.ones(m), a], np.c_[np.zeros(len(own_y)), -b]])
        right = np.r_[np.zeros(m), -np.ones(len(own_y))]
    cost = np.zeros(n + 1)
    cost[0] = -1.0 if out else 1.0
    convex = (np.r_[0.0, np.ones(n)][None, :], np.ones(1)) if vrs else None
    value, _ = solved(cost, (table, right), convex)
    return -1 / value if out else value


def slacks(x: FloatArray, y: FloatArray, own_x: FloatArray, own_y: FloatArray, side: str = "both") -> float:
    """Return the slacks-based score of Tone (2001, EJOR 130, eq. 13) under constant returns, in (0, 1].

    ``side`` in or out: inputs' or outputs' slacks alone.
    """
    (n, m), s = x.shape, y.shape[1]
    a, b = (x / own_x).T, (y / own_y).T
    # variables: t, slacks of inputs (m), of outputs (s), weights (n)
    inputs = np.hstack([-np.ones((m, 1)), np.eye(m), np.zeros((m, s)), a])
    outputs = np.hstack([-np.ones((s, 1)), np.zeros((s, m)), -np.eye(s), b])
    one = np.zeros((1, 1 + m + s + n))
    one[0, 0] = 1
    if side != "in":
        one[0, 1 + m : 1 + m + s] = 1 / s
    cost = np.zeros(1 + m + s + n)
    cost[0] = 1
    if side != "out":
        cost[1 : 1 + m] = -1 / m
    value, _ = solved(cost, None, (np.vstack([inputs, outputs, one]), np.r_[np.zeros(m + s), 1.0]))
    return value


def super_slacks(
    x: FloatArray, y: FloatArray, own_x: FloatArray, own_y: FloatArray, side: str = "both"
) -> float:
    """Return the super-efficiency of Tone (2002, EJOR 143, eq. 10) against the OTHER units x (n, m), y (n, s).

    At least 1; missing where the programme of one side has no solution.
    """
    (n, m), s = x.shape, y.shape[1]
    a, b = (x / own_x).T, (y / own_y).T
    # variables: t, what inputs rise (m), what outputs fall (s), weights (n)
    inputs = np.hstack([-np.ones((m, 1)), -np.eye(m), np.zeros((m, s)), a])
    outputs = np.hstack([np.ones((s, 1)), np.zeros((s, m)), -np.eye(s), -b])
    keep = np.hstack([-np.ones((s, 1)), np.zeros((s, m)), np.eye(s), np.zeros((s, n))])
    one = np.zeros((1, 1 + m + s + n))
    one[0, 0] = 1
    one[0, 1 + m : 1 + m + s] = -1 / s
    cost = np.zeros(1 + m + s + n)
    cost[0] = 1
    cost[1 : 1 + m] = 1 / m
    fixed = np.zeros((0, 1 + m + s + n))
    if side != "both":  # the other side keeps what it has
        held = range(1 + m, 1 + m + s) if side == "in" else range(1, 1 + m)
        fixed = np.eye(1 + m + s + n)[[*held]]
    left = np.vstack([inputs, outputs, keep])
    value, _ = solved(
        cost, (left, np.zeros(len(left))), (np.vstack([one, fixed]), np.r_[1.0, np.zeros(len(fixed))])
    )
    return value


def chained(
    x: FloatArray, z: FloatArray, y: FloatArray, own_x: FloatArray, own_z: FloatArray, own_y: FloatArray
) -> tuple[float, float, float]:
    """Return E, E1 and E2 of two stages, E = E1 E2, E1 the largest that E leaves (Kao and Hwang 2008, EJOR 185).

    Multipliers of inputs, of what lies between and of outputs: own_x (m,), own_z (q,), own_y (s,); z is (n, q).
    """
    a, c, b = x / own_x, z / own_z, y / own_y
    (n, m), q, s = a.shape, c.shape[1], b.shape[1]
    second = np.hstack([np.zeros((n, m)), -c, b])
    first = np.hstack([-a, c, np.zeros((n, s))])
    left = (np.vstack([first, second]), np.zeros(2 * n))
    unit = np.r_[np.ones(m), np.zeros(q + s)]
    value, _ = solved(np.r_[np.zeros(m + q), -np.ones(s)], left, (unit[None, :], np.ones(1)))
    whole = -value
    if not whole > 0:
        return float("nan"), float("nan"), float("nan")
    keep = np.r_[np.zeros(m + q), np.ones(s)]
    # E is met from below by a hair, for the solver's rounding of it may lie outside
    bounded = (np.vstack([left[0], -keep]), np.r_[left[1], -whole * (1 - 1e-9)])
    value, _ = solved(np.r_[np.zeros(m), -np.ones(q), np.zeros(s)], bounded, (unit[None, :], np.ones(1)))
    one = max(-value, whole)
    return whole, one, whole / one
