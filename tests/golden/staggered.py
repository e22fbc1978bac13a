"""Random staggered panels and a stream for the tests of difference-in-differences."""

from __future__ import annotations

import numpy as np
from conftest import make_panel

from ccd.panel import Panel
from ccd.streams import Stream

STREAM = Stream(11, "test")


def random_panel(
    seed: int = 3,
    n: int = 40,
    t: int = 9,
    cohorts: tuple[int, ...] = (2004, 2006, 2007),
    never: float = 0.4,
    drop: float = 0.0,
) -> Panel:
    """Return n regions x t years from 2001; effects differ by cohort and grow; ``drop`` rows are missing."""
    rng = np.random.default_rng(seed)
    entity, time = np.repeat(np.arange(n), t), np.tile(np.arange(2001, 2001 + t), n)
    odds = [*([(1 - never) / len(cohorts)] * len(cohorts)), never]
    own = rng.choice([*map(float, cohorts), np.nan], n, p=odds)
    own[: len(cohorts)] = cohorts
    own[len(cohorts) : 2 * len(cohorts)] = cohorts
    start = np.repeat(own, t)
    z1, z2 = np.repeat(rng.normal(size=n), t), np.repeat(rng.uniform(size=n), t)
    x1 = rng.normal(size=n * t) + 0.5 * z1
    x2 = rng.normal(size=n * t)
    event = time - start
    effect = np.where(event >= 0, 0.3 + 0.1 * event + 0.05 * (start - 2004), 0.0)
    y = np.repeat(rng.normal(size=n), t) + 0.1 * (time - 2001) + 0.2 * z1 * (time - 2001) / t
    y = y + effect + 0.3 * x1 + rng.normal(scale=0.5, size=n * t)
    keep = rng.uniform(size=n * t) >= drop
    columns = {"y": y, "x1": x1, "x2": x2, "z1": z1, "z2": z2, "size": np.repeat(rng.uniform(1, 2, n), t)}
    province = np.repeat([f"p{i // 3}" for i in range(n)], t)
    return make_panel(
        {k: v[keep] for k, v in columns.items()},
        [f"r{i:03d}" for i in entity[keep]],
        time[keep],
        start[keep],
        {"province": province[keep]},
    )


def dummies(codes: np.ndarray) -> np.ndarray:
    """Return one 0/1 column per distinct value of ``codes`` (n,)."""
    return (np.asarray(codes)[:, None] == np.unique(codes)).astype(float)
