"""Placebos of synthetic difference-in-differences beside PyPI's diff-diff, in one run.

Proposition 99 (the csv that the package synthdid-py carries), 280 regions x 20 years, and one fit with 2,800 donors;
least CPU seconds of several runs. Peers are not dependencies: pip install diff-diff synthdid-py into an environment of
their own and name its folder of packages; what is absent is said to be absent. R's synthdid is not in Debian.

python benchmarks/synthetic.py [SITE-PACKAGES OF THE PEERS]

Targets: one placebo at most 1/8 of diff-diff's time; all placebos of 280 x 20 under 1.5 s; 2,800 donors under 0.1 s.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np

from ccd.estimate.synthetic.did import DID
from ccd.estimate.synthetic.fitted import Paths
from ccd.estimate.synthetic.placebos import enumerated
from ccd.estimate.synthetic.sc import SC
from ccd.estimate.synthetic.sdid import sdid


def clock(work: Callable[[], object], runs: int = 3) -> float:
    """Return the least CPU seconds of ``runs``."""
    best = np.inf
    for _ in range(runs):
        began = time.process_time()
        work()
        best = min(best, time.process_time() - began)
    return best


def walk(regions: int) -> Paths:
    rng = np.random.default_rng(1)
    y = rng.normal(size=(20, regions)).cumsum(0) + rng.normal(size=regions)
    return Paths(y[:, 1:], y[:, 0], 14)


def proposition_99() -> None:
    import pandas as pd

    spec = importlib.util.find_spec("synthdid")
    if spec is None or not spec.submodule_search_locations:
        print("synthdid-py is absent: Proposition 99 left out")
        return
    flat = pd.read_csv(
        Path(spec.submodule_search_locations[0]) / "data" / "california_prop99.csv", sep=None, engine="python"
    )
    wide = flat.pivot(index="Year", columns="State", values="PacksPerCapita")
    y = wide.pop("California").to_numpy()
    paths = Paths(wide.to_numpy(), y, int((wide.index < 1989).sum()))
    print(f"Proposition 99: sdid {sdid(paths).estimate:.6f} (-15.605398)", end="; ")
    print(f"frank-wolfe {sdid(paths, solver='frank-wolfe').estimate:.6f} (-15.603828)", end="; ")
    print(f"did {DID.fit(paths).estimate:.6f} (-27.349111)")
    donors = paths.donors.shape[1]
    own = clock(lambda: enumerated(sdid, paths)) / donors
    print(f"one placebo: ccd {1e3 * own:.2f} ms")
    if importlib.util.find_spec("diff_diff") is None:
        print("diff-diff is absent")
        return
    model = importlib.import_module("diff_diff").SyntheticDiD
    flat = flat.rename(columns={"PacksPerCapita": "y", "State": "unit", "Year": "time"})
    flat["treated"] = (flat.unit == "California").astype(int)
    after = sorted(t for t in flat.time.unique() if t >= 1989)

    def fit(draws: int) -> object:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            one = model(variance_method="placebo", n_bootstrap=draws, seed=1)
            return one.fit(
                flat, outcome="y", treatment="treated", unit="unit", time="time", post_periods=after
            )

    theirs = (clock(lambda: fit(60), 2) - clock(lambda: fit(10), 2)) / 50
    print(
        f"one placebo: diff-diff {1e3 * theirs:.2f} ms, {theirs / own:.1f} times ours; its att {fit(10).att:.6f}"
    )


def main() -> None:
    sys.path.extend(sys.argv[1:])
    proposition_99()
    many = walk(280)
    print(f"280 x 20, all {279} sdid placebos: {clock(lambda: enumerated(sdid, many)):.2f} s")
    print(f"280 x 20, all {279} sc placebos: {clock(lambda: enumerated(SC.fit, many), 1):.2f} s")
    wide = walk(2801)
    print(f"2,800 donors, one sdid fit: {clock(lambda: sdid(wide)):.4f} s")
    print(f"2,800 donors, one sc fit: {clock(lambda: SC.fit(wide), 1):.2f} s")


if __name__ == "__main__":
    main()
