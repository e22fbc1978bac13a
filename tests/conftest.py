"""What every test shares: quiet BLAS, derandomised properties, small panels."""

from __future__ import annotations

import os

for _name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")
os.environ["CCD_CACHE"] = "0"  # a test that wants finished work kept says where

import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402
import pytest  # noqa: E402
from hypothesis import settings  # noqa: E402

from ccd.panel import Panel  # noqa: E402

settings.register_profile("ccd", derandomize=True, deadline=None, max_examples=50)
settings.load_profile("ccd")


def make_panel(
    columns: dict[str, np.ndarray], entity, time, cohort=None, groups=None, policy="policy"
) -> Panel:
    """Return a panel from flat arrays; ``cohort`` (n,) is each row's first treated year, nan = never."""
    index = pd.MultiIndex.from_arrays(
        [[str(e) for e in entity], np.asarray(time, int)], names=["region", "year"]
    )
    frame = pd.DataFrame({k: np.asarray(v, float) for k, v in columns.items()}, index=index)
    texts = pd.DataFrame({k: np.asarray(v, str) for k, v in (groups or {}).items()}, index=index)
    order = frame.index.argsort()
    frame, texts = frame.iloc[order], texts.iloc[order]
    cohorts = {}
    if cohort is not None:
        rows = pd.Series(np.asarray(cohort, float)[order], index=frame.index.get_level_values(0))
        cohorts = {policy: rows.groupby(level=0, sort=True).first()}
    return Panel(frame, texts, cohorts)


@pytest.fixture
def staggered() -> Panel:
    """40 regions x 10 years, cohorts 2004/2006/2008 and never, two controls, one group column."""
    rng = np.random.default_rng(7)
    n, t = 40, 10
    entity = np.repeat([f"r{i:02d}" for i in range(n)], t)
    time = np.tile(np.arange(2001, 2001 + t), n)
    start = np.repeat(rng.choice([2004.0, 2006.0, 2008.0, np.nan], n, p=[0.2, 0.2, 0.2, 0.4]), t)
    x1, x2 = rng.normal(size=n * t), rng.normal(size=n * t)
    y = np.repeat(rng.normal(size=n), t) + 0.1 * (time - 2001) + 0.5 * (time >= start) + 0.3 * x1
    y = y + rng.normal(scale=0.4, size=n * t)
    province = np.repeat([f"p{i // 4}" for i in range(n)], t)
    return make_panel({"y": y, "x1": x1, "x2": x2}, entity, time, start, {"province": province})
