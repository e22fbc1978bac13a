"""Placebo draws with t-values against looping a package: the ratio of seconds per draw, in one run.

    python benchmarks/placebo.py            # pyfixest and linearmodels where installed

280 regions x 20 years, three controls, a third treated in four cohorts, errors clustered by region. Each peer
fits ``LOOPED`` of the very same draws; its estimates and t-values are compared with ours (t up to the peer's
own small-sample factor, the same for all draws). diff-diff is no peer here: its two-way estimator takes one
date of treatment only.
"""

from __future__ import annotations

import importlib.util
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).parents[1]))

from ccd.estimate.did.twfe import Twfe
from ccd.estimate.rows.deals import in_space
from ccd.panel import Panel
from ccd.streams import Stream

REGIONS, YEARS, DRAWS, LOOPED = 280, 20, 10_000, 50


def made() -> Panel:
    rng = np.random.default_rng(1)
    index = pd.MultiIndex.from_product(
        [[f"r{i:03d}" for i in range(REGIONS)], range(2001, 2001 + YEARS)], names=["region", "year"]
    )
    frame = pd.DataFrame(rng.normal(size=(len(index), 4)), index=index, columns=["y", "x1", "x2", "x3"])
    starts = np.full(REGIONS, np.nan)
    starts[:90] = rng.choice([2006.0, 2009.0, 2012.0, 2015.0], 90)
    cohort = pd.Series(starts, index=index.levels[0], name="policy")
    return Panel(frame, pd.DataFrame(index=index), {"policy": cohort})


def pyfixest(frame: pd.DataFrame):
    import pyfixest as pf

    def fit(d: np.ndarray) -> tuple[float, float]:
        frame["d"] = d
        found = pf.feols("y ~ d + x1 + x2 + x3 | region + year", frame, vcov={"CRV1": "region"})
        return float(found.coef()["d"]), float(found.tstat()["d"])

    return fit


def linearmodels(frame: pd.DataFrame):
    from linearmodels.panel import PanelOLS

    indexed = frame.set_index(["region", "year"])

    def fit(d: np.ndarray) -> tuple[float, float]:
        x = indexed[["x1", "x2", "x3"]].assign(d=d)
        found = PanelOLS(indexed["y"], x, entity_effects=True, time_effects=True).fit(
            cov_type="clustered", cluster_entity=True
        )
        return float(found.params["d"]), float(found.tstats["d"])

    return fit


PEERS = {"pyfixest": pyfixest, "linearmodels": linearmodels}


def main() -> None:
    panel = made()
    model = Twfe(name="m", kind="did", outcome="y", policy="policy", controls=("x1", "x2", "x3"))
    sample = model.sample(panel)
    model.reassigned(sample, in_space(sample, 10, np.random.default_rng(0)), Stream(0, "m"))  # warm
    began = time.perf_counter()
    cohorts = in_space(sample, DRAWS, np.random.default_rng(0))
    estimate, error = model.reassigned(sample, cohorts, Stream(0, "m"))
    own = time.perf_counter() - began
    print(f"ccd: {DRAWS} draws with t in {own:.3f} s, {1e6 * own / DRAWS:.1f} us a draw")
    frame = panel.frame.reset_index()
    frame["region"] = frame["region"].astype("category").cat.codes
    for name, make in PEERS.items():
        if importlib.util.find_spec(name) is None:
            print(f"{name}: not installed")
            continue
        fit = make(frame)
        treatments = (sample.years[:, None] >= cohorts[: LOOPED + 1].T[sample.entity]).astype(float)
        fit(treatments[:, LOOPED])  # warm: compilation is not counted
        began = time.perf_counter()
        found = np.array([fit(treatments[:, r]) for r in range(LOOPED)])
        each = (time.perf_counter() - began) / LOOPED
        gap = np.abs(found[:, 0] - estimate[:LOOPED]).max()
        ratio = found[:, 1] / (estimate / error)[:LOOPED]
        print(
            f"{name}: {1e3 * each:.2f} ms a draw; ccd {each * DRAWS / own:.0f} times faster; "
            f"largest gap of estimates {gap:.1e}, t ratio {ratio.min():.6f}..{ratio.max():.6f}"
        )


if __name__ == "__main__":
    main()
