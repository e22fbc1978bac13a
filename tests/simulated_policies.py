"""Factorial panels with known effects: two or three policies, staggered, growing, unbalanced."""

from __future__ import annotations

import numpy as np
import pandas as pd
from conftest import make_panel

from ccd.panel import Panel


def factorial(
    seed: int,
    n: int = 40,
    t: int = 10,
    alone: tuple[float, ...] = (1.0, 0.5),
    synergy: float = 0.8,
    growth: float = 0.0,
    noise: float = 0.3,
    keep: float = 1.0,
    slope: float = 0.4,
    starts: tuple[int, ...] = (2004, 2006, 2008),
    share: float = 0.5,
    by_cohort: float = 0.0,
    selection: float = 0.0,
) -> Panel:
    """Return n regions x t years under policies a, b(, c); each alone gives ``alone`` + growth x years since.

    ``by_cohort`` is added for each year that a policy began before 2006, ``selection`` to every effect of
    regions that take up all policies: what matching at the same exposure cannot mend.
    """
    rng = np.random.default_rng(seed)
    entity, time = np.repeat(np.arange(n), t), np.tile(np.arange(2001, 2001 + t), n)
    cohorts, effects = {}, []
    y = np.repeat(rng.normal(size=n), t) + 0.1 * (time - 2001) + rng.normal(scale=noise, size=n * t)
    x = rng.normal(size=n * t)
    both = np.ones(n * t, dtype=bool)
    for k, effect in enumerate(alone):
        start = np.where(rng.random(n) < share, rng.choice(starts, n), np.nan)
        cohorts["abc"[k]] = start
        since = time - start[entity]
        on = since >= 0
        early = by_cohort * np.nan_to_num(2006 - start[entity])
        effects.append(np.where(on, effect + growth * np.nan_to_num(since) + early, 0))
        both &= on
    joiners = np.all([np.isfinite(start) for start in cohorts.values()], axis=0)[entity]
    for each in effects:
        y = y + each + selection * joiners * (each != 0)
    y = y + synergy * both + slope * x
    panel = make_panel({"y": y, "x": x}, [f"r{i:03d}" for i in entity], time)
    names = sorted({f"r{i:03d}" for i in entity})
    panel = Panel(
        panel.frame,
        panel.groups,
        {k: pd.Series(v, index=names) for k, v in cohorts.items()},
        source="simulated",
    )
    return panel if keep == 1 else panel.rows(rng.random(n * t) < keep)
