"""Panel thresholds against a textbook loop and a peer, in one run and one thread: CPU seconds and ratios.

The peer is benchmark-only: pip install pyxthreg, then python benchmarks/threshold.py [NAME ...].
NAME: scan, test, everything, large, floor. Times are the best of a few runs; the loop is timed on a few
draws and scaled to the number asked for.
"""

from __future__ import annotations

import os

for _name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

import contextlib
import io
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import numpy as np
import pandas as pd

from ccd.estimate.threshold.scan.bootstrap import Wild, bootstrap, null_model, observed, p_value, statistics
from ccd.estimate.threshold.scan.candidates import by_rows
from ccd.estimate.threshold.scan.exact import project, scan
from ccd.estimate.threshold.spec import Threshold
from ccd.panel import Panel
from ccd.streams import Stream

ENTITIES, YEARS, CONTROLS = 565, 14, 5
TRIM, DRAWS, GRID = 0.05, 300, 300
SECTION = {
    "name": "m",
    "kind": "threshold",
    "outcome": "y",
    "threshold": "q",
    "regime": "x",
    "controls": tuple(f"z{j}" for j in range(CONTROLS)),
    "number": 1,
}
NOTHING = np.empty(0, dtype=np.intp)


def arrays(entities: int, years: int, controls: int = CONTROLS, seed: int = 1):
    """Return y, x, z, q, entity and time of a panel with one threshold at q = 0."""
    rng = np.random.default_rng(seed)
    entity, year = np.repeat(np.arange(entities), years), np.tile(np.arange(years), entities)
    n = entities * years
    q = rng.normal(size=n) + rng.normal(size=entities)[entity]
    x, z = rng.normal(size=(n, 1)), rng.normal(size=(n, controls))
    y = x[:, 0] * np.where(q <= 0, 0.5, 0.6) + 0.1 * z.sum(axis=1) + rng.normal(size=entities)[entity]
    return y + rng.normal(size=n), x, z, q, entity, year


def seconds(run: Callable[[], object], times: int = 3) -> float:
    """Return the least CPU seconds of a few runs."""
    best = np.inf
    for _ in range(times):
        begun = time.process_time()
        run()
        best = min(best, time.process_time() - begun)
    return best


def exact(data, *, year_effects: bool = True):
    """Return the scan, F1 and the null model of the exact search, from the arrays."""
    y, x, z, q, entity, year = data
    model = project(y, np.column_stack([z, x]), entity, year if year_effects else None)
    found = scan(model, x, by_rows(q, TRIM))
    return found, float(statistics(observed(found), 1)[1][0]), null_model(found, NOTHING)


def test_one(data, draws: int, *, year_effects: bool = True) -> float:
    """Return the p-value of F1: exact search, then wild draws that search every value."""
    found, f, null = exact(data, year_effects=year_effects)
    wild = Wild(found, null.resid, data[4], "rademacher")
    return p_value(f, bootstrap(found, null, wild, np.random.default_rng(1), draws))


def textbook(data, draws: int) -> None:
    """Search F1 on a grid the textbook way: demean and solve at every grid point of every draw."""
    y, x, z, q, entity, year = data
    n, entities, years = len(y), entity.max() + 1, year.max() + 1
    grid = np.quantile(q, np.linspace(TRIM, 1 - TRIM, GRID))

    def demean(columns):
        wide = columns.reshape(entities, years, -1)
        wide = wide - wide.mean(axis=1, keepdims=True)
        return (wide - wide.mean(axis=0, keepdims=True)).reshape(n, -1)

    fixed = demean(np.column_stack([z, x]))

    def search(outcome):
        linear = outcome - fixed @ np.linalg.lstsq(fixed, outcome, rcond=None)[0]
        best = np.inf
        for g in grid:
            low = (q <= g)[:, None]
            design = np.column_stack([fixed[:, :-1], demean(np.column_stack([x * low, x * ~low]))])
            beta = np.linalg.solve(design.T @ design, design.T @ outcome)
            best = min(best, float(np.sum((outcome - design @ beta) ** 2)))
        return linear, best

    resid, _ = search(demean(y[:, None])[:, 0])
    rng = np.random.default_rng(1)
    for _ in range(draws):
        search(demean((resid * rng.choice([-1.0, 1.0], entities)[entity])[:, None])[:, 0])


def peer_frame(data) -> pd.DataFrame:
    y, x, z, q, entity, year = data
    columns = {"id": entity, "year": year, "y": y, "x": x[:, 0], "q": q}
    return pd.DataFrame(columns | {f"z{j}": z[:, j] for j in range(z.shape[1])})


def peer(frame: pd.DataFrame, draws: int, *, year_effects: bool) -> Callable[[], object] | None:
    try:
        from pyxthreg import ThresholdPanel
    except ImportError:
        return None

    def run() -> None:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            controls = [name for name in frame if name.startswith("z")]
            model = ThresholdPanel(frame, "y", ["x"], "q", controls, "id", "year")
            model.fit(thnum=1, trim=TRIM, grid=GRID, bs=draws, time_fe=year_effects, n_jobs=1, nobslog=True)

    run()  # compiles
    return run


def bench_scan() -> None:
    data = arrays(ENTITIES, YEARS)
    found = exact(data)[0]
    took = seconds(lambda: exact(data), 10)
    print(f"(a) exact scan, {found.candidates.size} values: {1e3 * took:.1f} ms")


def bench_test() -> None:
    data = arrays(ENTITIES, YEARS)
    test_one(data, 20)
    ours = seconds(lambda: test_one(data, DRAWS), 7)
    one_way = seconds(lambda: test_one(data, DRAWS, year_effects=False), 7)
    print(f"(b) F1, B = {DRAWS}, every value: {1e3 * ours:.1f} ms ({1e3 * one_way:.1f} without year effects)")
    few = 3
    base = seconds(lambda: textbook(data, 0), 1)
    loop = base + (seconds(lambda: textbook(data, few), 1) - base) / few * DRAWS
    print(f"    textbook loop, {GRID} grid points: {loop:.0f} s (from {few} draws), ratio {loop / ours:,.0f}")
    frame = peer_frame(data)
    panel = as_panel(data)
    for year_effects, mine in ((False, one_way), (True, ours)):
        model = Threshold.model_validate(
            SECTION | {"bootstrap": DRAWS, "resampling": ("wild",), "time_effects": year_effects}
        )
        model.fit(panel, Stream(1, "m"))
        whole = seconds(lambda model=model: model.fit(panel, Stream(1, "m")), 7)
        run = peer(frame, DRAWS, year_effects=year_effects)
        if run is None:
            print("    pyxthreg is not installed")
            return
        theirs = seconds(run)
        words = "with" if year_effects else "without"
        print(
            f"    pyxthreg {words} year effects, {GRID} grid points: {theirs:.2f} s, ratio {theirs / mine:.1f}; "
            f"to the whole model with sets, slopes and tables ({1e3 * whole:.0f} ms) {theirs / whole:.1f}"
        )


def as_panel(data) -> Panel:
    frame = peer_frame(data)
    index = pd.MultiIndex.from_arrays(
        [frame["id"].map("{:06d}".format), frame["year"] + 2001], names=["id", "year"]
    )
    columns = frame.drop(columns=["id", "year"]).set_axis(index).astype(float)
    return Panel(columns, pd.DataFrame(index=index))


def bench_everything() -> None:
    panel = as_panel(arrays(ENTITIES, YEARS))
    for pairs in (False, True):
        model = Threshold.model_validate(SECTION | {"number": 3, "bootstrap": 1000, "joint": pairs})
        model.fit(panel, Stream(1, "m"))
        took = seconds(lambda model=model: model.fit(panel, Stream(1, "m")), 3)
        more = ", and the joint optimum over all pairs" if pairs else ""
        print(f"(c) 1-2-3 thresholds, F1-F3, wild and block, B = 1000{more}: {took:.2f} s")


def bench_large() -> None:
    """Each size in a process of its own, so that its peak memory is its own."""
    for entities in (5_000, 50_000):
        subprocess.run([sys.executable, __file__, "one-size", str(entities)], check=True)


def one_size(entities: int) -> None:
    data = arrays(entities, 20)
    begun = time.process_time()
    found, _, null = exact(data)
    took = time.process_time() - begun
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    begun = time.process_time()
    bootstrap(found, null, Wild(found, null.resid, data[4], "rademacher"), np.random.default_rng(1), 1000)
    wild = time.process_time() - begun
    whole = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"(d) n = {entities * 20:,}: exact single threshold {took:.2f} s, peak {peak:.0f} MB", end="; ")
    print(f"wild B = 1000 {wild:.1f} s, peak {whole:.0f} MB", flush=True)


def bench_floor() -> None:
    """The least that F1 with B draws can cost: its products at the speed of BLAS, its sums at that of memory."""
    data = arrays(ENTITIES, YEARS)
    found, _, null = exact(data)
    wild = Wild(found, null.resid, data[4], "rademacher")
    draws, rows, width, k0 = 1000, 32, found.blocks.width, found.model.basis.shape[1]
    took = seconds(lambda: bootstrap(found, null, wild, np.random.default_rng(1), draws), 5)
    a, b = np.ones((512, 512)), np.ones((512, 512))
    rate = 2 * 512**3 / seconds(lambda: a @ b, 20)
    left, right, out = np.ones((rows, width)), np.ones((rows, width)), np.empty((rows, width))
    cell = seconds(lambda: np.multiply(left, right, out=out), 50) / left.size
    cells = draws * width
    products = 2 * k0 * cells / rate
    sums = 2 * cell * cells  # one pass to weigh and add, one to square, divide and compare
    floor = products + sums
    print(f"floor of F1, B = {draws}: {1e3 * floor:.1f} ms = products {1e3 * products:.1f} ms", end=" ")
    print(f"({2 * k0 * cells / 1e9:.1f} GFlop at {rate / 1e9:.0f} GFlop/s) + two passes {1e3 * sums:.1f} ms")
    print(f"measured: {1e3 * took:.1f} ms, {took / floor:.1f} times the floor; the rest, by step alone:")
    source = wild.draw(np.random.default_rng(1), rows)
    loads = wild.moments(source)[0]
    buffer, squared, ends = np.empty((rows, width)), np.empty((rows, width)), np.zeros(rows)
    square = found.square[0, 0][None]
    steps = {
        "draw signs": lambda: wild.draw(np.random.default_rng(1), rows),
        "gather signs": lambda: np.take(source, wild.sums.unit, axis=1, mode="clip", out=buffer),
        "weigh": lambda: np.multiply(buffer, wild.sums.weight[0], out=buffer),
        "running sums": lambda: found.blocks.accumulate(buffer, ends),
        "products C(g)'c": lambda: found.subtract_loading(buffer, 0, 0, loads),
        "b'b / A": lambda: np.divide(np.multiply(buffer, buffer, out=squared), square),
        "largest": lambda: buffer.max(axis=1),
    }
    for name, step in steps.items():
        buffer[:] = 1.0
        print(f"    {name:16} {1e3 * seconds(step, 30) * draws / rows:6.1f} ms")


BENCHES = {
    "scan": bench_scan,
    "test": bench_test,
    "everything": bench_everything,
    "large": bench_large,
    "floor": bench_floor,
}

if __name__ == "__main__":
    if sys.argv[1:2] == ["one-size"]:
        one_size(int(sys.argv[2]))
    else:
        for name in sys.argv[1:] or BENCHES:
            BENCHES[name]()
