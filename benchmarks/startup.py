"""What ``ccd --help`` costs beside importing typer: the ratio of medians of whole processes, in one run.

python benchmarks/startup.py
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time

RUNS = 15


def seconds(code: list[str]) -> float:
    began = time.perf_counter()
    subprocess.run([sys.executable, *code], check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - began


def main() -> None:
    ours, typer = [], []
    for _ in range(RUNS):  # in turn, so that a drift of the machine hits both
        ours.append(seconds(["-m", "ccd", "--help"]))
        typer.append(seconds(["-c", "import typer"]))
    a, b = statistics.median(ours), statistics.median(typer)
    print(f"ccd --help {a:.3f} s, import typer {b:.3f} s, ratio {a / b:.2f} (target: at most 3)")


if __name__ == "__main__":
    main()
