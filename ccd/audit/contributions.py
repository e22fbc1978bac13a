"""Which contributions of the subsystems made a published T: a linear programme."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from ccd.arrays import BoolArray, FloatArray
from ccd.audit.boxes import SLACK, Printed, range_of
from ccd.audit.trial import Trial, tried
from ccd.words import Text, text


@dataclass(frozen=True)
class Contributions:
    """Contributions a_s (n,) nearest to a published T, the range [low, high] (n,) of each, and what is missed by."""

    nearest: FloatArray
    low: FloatArray
    high: FloatArray
    missed: float


def contributions(u: Printed, t: Printed) -> Contributions:
    """Return the contributions a >= 0, in sum 1, with |U a - T| <= h_T + sum_s a_s h_s in every row.

    u (m, n), t (m,), rows without gaps. Where there are none: those that miss by least, which is ``missed``.
    """
    from scipy.optimize import linprog

    n = u.value.shape[1]
    above = np.hstack([u.value - u.half, -np.ones((len(t.value), 1))])
    below = np.hstack([-u.value - u.half, -np.ones((len(t.value), 1))])
    a_ub = np.vstack([above, below])
    b_ub = np.concatenate([t.value + t.half, -t.value + t.half])
    one = np.append(np.ones(n), 0.0)[None]
    exact = {"primal_feasibility_tolerance": 1e-10, "dual_feasibility_tolerance": 1e-10}

    def solved(cost: FloatArray, most: float | None) -> FloatArray | None:
        bounds = [(0.0, 1.0)] * n + [(0.0, most)]
        found = linprog(cost, a_ub, b_ub, one, [1.0], bounds, method="highs", options=exact)
        return None if found.x is None else np.asarray(found.x, dtype=np.float64)

    first = solved(np.append(np.zeros(n), 1.0), None)
    if first is None:  # slack is free, so there is always an answer
        return Contributions(np.full(n, np.nan), np.full(n, np.nan), np.full(n, np.nan), float("inf"))
    missed = float(first[-1])
    low, high = first[:n].copy(), first[:n].copy()
    if missed <= SLACK:
        for s in range(n):
            cost = np.zeros(n + 1)
            cost[s] = 1.0
            least, most = solved(cost, SLACK), solved(-cost, SLACK)
            low[s] = low[s] if least is None else least[s]
            high[s] = high[s] if most is None else most[s]
    return Contributions(first[:n], low, high, missed if missed > SLACK else 0.0)


def trials(u: Printed, t: Printed, names: Sequence[str]) -> Iterator[Trial]:
    """Yield T with equal contributions, with the contributions that a linear programme finds, and other means."""
    n = u.value.shape[1]
    rows: BoolArray = np.isfinite(u.value).all(axis=1) & np.isfinite(t.value)
    t = Printed(np.where(rows, t.value, np.nan), t.half)
    yield _weighted(np.full(n, 1 / n), u, t, text("equal contributions"))
    found = contributions(Printed(u.value[rows], u.half[rows]), Printed(t.value[rows], t.half[rows]))
    listed = tuple(f"{name} {_range(a, b)}" for name, a, b in zip(names, found.low, found.high, strict=True))
    yield _weighted(found.nearest, u, t, text("contributions {listed}", listed=listed))
    for said, of in (
        (text("geometric mean of U"), lambda v: np.prod(v ** (1 / n), axis=1)),
        (text("sum of U"), lambda v: v.sum(axis=1)),
    ):
        low, high = range_of(of, u.low, u.high)
        yield tried("T", said, t, low, high, right=False)


def _weighted(a: FloatArray, u: Printed, t: Printed, said: Text) -> Trial:
    middle, wide = u.value @ a, u.half @ a
    return tried("T", said, t, middle - wide, middle + wide, right=True)


def _range(low: float, high: float) -> str:
    shown = f"{low:.3f}", f"{high:.3f}"
    return shown[0] if shown[0] == shown[1] else f"{shown[0]}..{shown[1]}"
