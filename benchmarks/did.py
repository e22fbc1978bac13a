"""Difference-in-differences against peers, in one run and one thread: CPU seconds and ratios.

Peers are benchmark-only: pip install pyfixest linearmodels diff-diff csdid moderndid, then
python benchmarks/did.py [NAME ...]. Every peer is warmed up once; times are the best of a few runs.
"""

from __future__ import annotations

import os

for _name in (
    "OPENBLAS_NUM_THREADS",
    "OMP_NUM_THREADS",
    "MKL_NUM_THREADS",
    "NUMBA_NUM_THREADS",
    "RAYON_NUM_THREADS",
):
    os.environ.setdefault(_name, "1")

import contextlib
import io
import resource
import subprocess
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

import numpy as np
import pandas as pd

from ccd.estimate import MODELS
from ccd.panel import Panel
from ccd.streams import Stream

STREAM = Stream(1, "benchmark")
COHORTS = tuple(range(2008, 2020, 2))
DRAWS, LOOPED = 10_000, 50


def table(n: int, t: int = 20, seed: int = 1) -> pd.DataFrame:
    """Return a staggered panel: half of n units treated, six cohorts, three controls."""
    rng = np.random.default_rng(seed)
    unit, year = np.repeat(np.arange(n), t), np.tile(np.arange(2001, 2001 + t), n)
    start = rng.choice([*COHORTS, 0], n, p=[0.5 / len(COHORTS)] * len(COHORTS) + [0.5])
    start = np.repeat(start, t)
    d = (start > 0) & (year >= start)
    x = rng.normal(size=(n * t, 3))
    y = (
        np.repeat(rng.normal(size=n), t)
        + 0.05 * year
        + d * (0.2 + 0.05 * (year - start))
        + x @ [0.3, 0.1, 0.0]
    )
    y = y + rng.normal(size=n * t)
    frame = pd.DataFrame({"unit": unit, "year": year, "start": start, "d": d.astype(float), "y": y})
    return frame.assign(x1=x[:, 0], x2=x[:, 1], x3=x[:, 2])


def panel_of(frame: pd.DataFrame) -> Panel:
    """Return the table as a panel."""
    index = pd.MultiIndex.from_arrays(
        [frame["unit"].map("{:06d}".format), frame["year"].astype(int)], names=["unit", "year"]
    )
    columns = frame[["y", "x1", "x2", "x3"]].set_axis(index)
    first = frame.groupby("unit")["start"].first()
    cohort = pd.Series(first.where(first > 0).to_numpy(float), index=[f"{u:06d}" for u in first.index])
    return Panel(columns, pd.DataFrame(index=index), {"policy": cohort})


def model(estimator: str, **keys: object):
    section = {"name": "m", "kind": "did", "estimator": estimator, "policy": "policy", "outcome": "y"}
    quiet = {"permutation": {"draws": 0}}
    return MODELS[f"did-{estimator}"].model_validate({**section, **quiet, **keys})


def best(run: Callable[[], object], times: int = 3) -> float:
    """Return the least of ``times`` CPU seconds (one thread), after one run that is not counted."""
    found = []
    for _ in range(times + 1):
        began = time.process_time()
        with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
            warnings.simplefilter("ignore")
            run()
        found.append(time.process_time() - began)
    return min(found[1:])


def report(name: str, ours: float, peers: dict[str, float], targets: dict[str, float]) -> None:
    print(f"{name}: ccd {ours * 1e3:.1f} ms")
    fastest = min(peers.values())
    for peer, seconds in peers.items():
        wanted = targets.get(peer)
        aim = (
            ""
            if wanted is None
            else f"  (target {wanted:g}: {'met' if seconds / ours >= wanted else 'MISSED'})"
        )
        print(f"    {peer:<28}{seconds * 1e3:>10.1f} ms   {seconds / ours:>8.1f} x{aim}")
    if "fastest" in targets:
        ratio = fastest / ours
        met = "met" if ratio >= targets["fastest"] else "MISSED"
        print(f"    fastest peer {ratio:.1f} x  (target {targets['fastest']:g}: {met})")


def twfe() -> None:
    import pyfixest
    from linearmodels.panel import PanelOLS

    frame = table(2800)
    panel, one = panel_of(frame), model("twfe", controls=("x1", "x2", "x3"))
    indexed = frame.set_index(["unit", "year"])
    ours = best(lambda: one.effect(one.sample(panel), STREAM), 10)
    peers = {
        "pyfixest": best(
            lambda: pyfixest.feols("y ~ d + x1 + x2 + x3 | unit + year", frame, vcov={"CRV1": "unit"})
        ),
        "linearmodels": best(
            lambda: PanelOLS(
                indexed["y"], indexed[["d", "x1", "x2", "x3"]], entity_effects=True, time_effects=True
            ).fit(cov_type="clustered", cluster_entity=True)
        ),
    }
    report(
        "TWFE, clustered, 2,800 x 20, three controls: sample, effect, error",
        ours,
        peers,
        {"pyfixest": 9, "linearmodels": 20},
    )
    whole = best(lambda: one.fit(panel, STREAM))
    print(f"    whole fit with event study, pre-trend, Bacon weights: {whole * 1e3:.0f} ms")


def callaway_santanna() -> None:
    for label, keys, formula, names, target in (
        ("no covariates", {}, None, None, 1.5),
        ("two covariates, dr", {"covariates": ("z1", "z2")}, "~ z1 + z2", ["z1", "z2"], 2),
    ):
        frame = table(2800)
        rng = np.random.default_rng(4)
        for name in ("z1", "z2"):
            frame[name] = np.repeat(rng.normal(size=2800), 20)
        panel = panel_of(frame)
        panel = panel.with_columns(frame[["z1", "z2"]].set_axis(panel.frame.index))
        one = model("callaway-santanna", bootstrap={"draws": 1000}, **keys)

        def by_diff_diff(frame=frame, names=names):
            import diff_diff

            one = diff_diff.CallawaySantAnna(n_bootstrap=1000, seed=1)
            return one.fit(frame, "y", "unit", "year", "start", covariates=names, aggregate="event_study")

        def by_csdid(frame=frame, formula=formula):
            from csdid.att_gt import ATTgt

            return ATTgt(
                "y", "year", "unit", "start", frame, ["nevertreated"], formula, biters=1000, cband=True
            ).fit(est_method="dr")

        def by_moderndid(frame=frame, formula=formula):
            import moderndid

            return moderndid.att_gt(
                frame, "y", "year", "unit", "start", xformla=formula, boot=True, biters=1000, random_state=1
            )

        peers = {}
        for name, run in (("diff-diff", by_diff_diff), ("csdid", by_csdid), ("moderndid", by_moderndid)):
            try:
                peers[name] = best(run, 2)
            except Exception as error:  # noqa: BLE001  a peer that fails is reported, not hidden
                print(f"    {name} failed: {type(error).__name__} {str(error)[:100]}")
        report(
            f"Callaway-Sant'Anna, 1,000 draws, 2,800 x 20, {label}: whole fit",
            best(lambda one=one, panel=panel: one.fit(panel, STREAM)), peers, {"fastest": target},
        )  # fmt: skip


def others() -> None:
    import diff_diff
    import pyfixest

    frame = table(2800)
    panel = panel_of(frame)
    ids = ("y", "unit", "year", "start")
    sa, imputation, gardner = model("sun-abraham"), model("imputation"), model("gardner")
    never = frame.assign(start=frame["start"].replace(0, 10_000))
    peers = {
        "diff-diff SunAbraham": best(lambda: diff_diff.SunAbraham().fit(frame, *ids), 2),
        "pyfixest saturated": best(
            lambda: pyfixest.event_study(
                frame, "y", "unit", "year", "start", estimator="saturated", cluster="unit"
            ),
            2,
        ),
    }
    report("Sun-Abraham, 2,800 x 20: whole fit", best(lambda: sa.fit(panel, STREAM)), peers, {"fastest": 5})
    whole = best(lambda: diff_diff.ImputationDiD(pretrends=True).fit(frame, *ids, aggregate="event_study"), 2)
    alone = best(lambda: diff_diff.ImputationDiD().fit(frame, *ids), 2)
    report(
        "Imputation, 2,800 x 20: whole fit",
        best(lambda: imputation.fit(panel, STREAM)),
        {"diff-diff, event study": whole},
        {"fastest": 5},
    )
    report(
        "Imputation, 2,800 x 20: sample, effect, error",
        best(lambda: imputation.effect(imputation.sample(panel), STREAM), 10),
        {"diff-diff, effect alone": alone},
        {"fastest": 5},
    )
    peers = {
        "pyfixest did2s": best(
            lambda: pyfixest.event_study(
                never, "y", "unit", "year", "start", estimator="did2s", cluster="unit"
            ),
            2,
        )
    }
    report("Gardner, 2,800 x 20: whole fit", best(lambda: gardner.fit(panel, STREAM)), peers, {})
    from ccd.estimate.did.checks.bacon import bacon_finding

    one = model("twfe")
    sample = one.sample(panel)
    from ccd.estimate.linear.ols import demean

    residual = demean(sample.treated.astype(float)[:, None], [sample.entity, sample.time])[:, 0]
    peers = {"diff-diff Bacon": best(lambda: diff_diff.BaconDecomposition().fit(frame, *ids), 2)}
    report(
        "Goodman-Bacon, 2,800 x 20",
        best(lambda: bacon_finding(sample, residual, True)),
        peers,
        {"fastest": 5},
    )


def placebo() -> None:
    import pyfixest

    from ccd.estimate.rows.deals import in_space

    frame = table(280)
    panel, one = panel_of(frame), model("twfe", controls=("x1",))
    sample = one.sample(panel)

    def draws() -> object:
        cohorts = in_space(sample, DRAWS, STREAM("placebo"))
        return one.reassigned(sample, cohorts, STREAM)

    rng = np.random.default_rng(1)
    starts = frame.groupby("unit")["start"].first().to_numpy()

    def looped() -> None:
        for _ in range(LOOPED):
            start = np.repeat(rng.permutation(starts), 20)
            d = ((start > 0) & (frame["year"] >= start)).astype(float)
            fit = pyfixest.feols(
                "y ~ d + x1 | unit + year", frame.assign(d=d), vcov={"CRV1": "unit"},
                copy_data=False, store_data=False, lean=True,
            )  # fmt: skip
            fit.tstat()

    report(
        f"{DRAWS:,} placebo draws with t, 280 x 20", best(draws, 2),
        {"pyfixest, 50 draws scaled": best(looped, 1) * DRAWS / LOOPED}, {"fastest": 300},
    )  # fmt: skip


def million() -> None:
    """One million rows in a process of its own, so that its peak memory is its own."""
    done = subprocess.run(
        [sys.executable, __file__, "million-alone"], capture_output=True, text=True, check=True
    )
    print(done.stdout, end="")


def million_alone() -> None:
    panel, one = panel_of(table(50_000)), model("twfe", controls=("x1", "x2", "x3"))
    import gc

    gc.collect()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    effect = best(lambda: one.effect(one.sample(panel), STREAM), 2)
    alone = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    whole = best(lambda: one.fit(panel, STREAM), 1)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"TWFE, 1,000,000 rows, three controls: effect {effect:.2f} s, whole fit {whole:.2f} s (target 3 s)"
    )
    print(
        f"    peak memory of the process: data {before:.0f} MB, effect {alone:.0f} MB, "
        f"whole fit {peak:.0f} MB (target 1,024)"
    )


RUNS = {
    "twfe": twfe,
    "callaway-santanna": callaway_santanna,
    "others": others,
    "placebo": placebo,
    "million": million,
    "million-alone": million_alone,
}

if __name__ == "__main__":
    for name in sys.argv[1:] or [key for key in RUNS if key != "million-alone"]:
        try:
            RUNS[name]()
        except ModuleNotFoundError as absent:
            print(f"{name}: left out, {absent.name} is absent")
