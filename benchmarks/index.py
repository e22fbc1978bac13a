"""Index and coupling of 3,000 counties x 25 years x 30 indicators: the functions, and ``ccd couple`` with its files.

The functions are clocked in CPU seconds (target: under 2 together). The command is a whole process, files read
and written, beside a process that only calls ``pandas.read_csv`` on the same file, in turn and in one run
(targets: at most 8 times as long, under 1 GB).

python benchmarks/index.py
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).parents[1]))

from ccd.coupling.build import CouplingSpec, couple
from ccd.describe import describe
from ccd.index.build import IndexSpec, build_index
from ccd.index.lint import lint
from ccd.panel import Panel

COUNTIES, YEARS, INDICATORS, RUNS = 3000, 25, 30, 5
NAMES = [f"x{j:02d}" for j in range(INDICATORS)]
SYSTEMS = {s: {NAMES[10 * k + j]: "+" for j in range(10)} for k, s in enumerate(("one", "two", "three"))}


def data() -> pd.DataFrame:
    rng = np.random.default_rng(1)
    index = pd.MultiIndex.from_product(
        [[f"county{i:04d}" for i in range(COUNTIES)], range(2000, 2000 + YEARS)], names=["county", "year"]
    )
    level = rng.lognormal(size=(len(index), 1))
    return pd.DataFrame(
        level * rng.lognormal(sigma=0.5, size=(len(index), INDICATORS)), index=index, columns=NAMES
    )


def functions(frame: pd.DataFrame) -> None:
    panel = Panel(frame, pd.DataFrame(index=frame.index))
    clock = [time.process_time()]
    index = build_index(panel, SYSTEMS, IndexSpec(), None)
    clock.append(time.process_time())
    coupling = couple(panel, index, CouplingSpec())
    clock.append(time.process_time())
    describe(panel, index, coupling, NAMES)
    clock.append(time.process_time())
    lint(panel, SYSTEMS, IndexSpec(), index, coupling.frame["D"])
    clock.append(time.process_time())
    steps = np.diff(clock)
    shown = ", ".join(
        f"{n} {s:.2f} s" for n, s in zip(("index", "couple", "describe", "lint"), steps, strict=True)
    )
    print(f"{shown}: {steps.sum():.2f} s of CPU together (target: under 2)")


def process(arguments: list[str]) -> tuple[float, float]:
    """Return the seconds and the megabytes at peak of one Python process."""
    began = time.perf_counter()
    child = subprocess.Popen([sys.executable, *arguments])
    _, status, used = os.wait4(child.pid, 0)
    if status:
        raise SystemExit(f"{arguments} failed")
    return time.perf_counter() - began, used.ru_maxrss / 1024


def command(frame: pd.DataFrame, folder: Path) -> None:
    table, study = folder / "counties.csv", folder / "counties.toml"
    frame.reset_index().to_csv(table, index=False)
    lines = ["[data]", 'path = "counties.csv"', 'entity = "county"', 'time = "year"']
    for system, inside in SYSTEMS.items():
        lines += [f"[subsystems.{system}]", *(f'{name} = "+"' for name in inside)]
    study.write_text("\n".join(lines), encoding="utf-8")
    ours, theirs = [], []
    for _ in range(RUNS):  # in turn, so that a drift of the machine hits both
        ours.append(process(["-m", "ccd", "couple", str(study), "-o", str(folder / "out"), "-q"]))
        theirs.append(process(["-c", f"import pandas; pandas.read_csv({str(table)!r})"]))
    a, b = (statistics.median(seconds for seconds, _ in found) for found in (ours, theirs))
    peak = max(megabytes for _, megabytes in ours)
    print(f"ccd couple {a:.2f} s, pandas.read_csv {b:.2f} s, ratio {a / b:.1f} (target: at most 8)")
    print(f"ccd couple at peak {peak:.0f} MB (target: under 1,024)")


def main() -> None:
    frame = data()
    functions(frame)
    with tempfile.TemporaryDirectory() as folder:
        command(frame, Path(folder))


if __name__ == "__main__":
    main()
