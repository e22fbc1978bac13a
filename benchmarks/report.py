"""CPU of a whole run of the main study against a script that draws as many figures of the same numbers by hand.

The script is what a user of matplotlib writes: savefig in each format, nothing tuned; once with constrained layout, as
ccd draws, and once with none, where labels may be cut off. It reads the tables that the run wrote, and draws as many
figures in svg, pdf and png of 300 dpi; a run also estimates, tests, and writes tables and the page.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
STUDY = ROOT / "configs" / "new_areas.toml"

PLAIN = """
import sys
from pathlib import Path

import matplotlib

matplotlib.use("agg")
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

run, out = Path(sys.argv[1]), Path(sys.argv[2])
plt.rcParams.update({"figure.constrained_layout.use": sys.argv[3] == "constrained", "font.size": 9})
read = lambda name: pd.read_csv(run / f"{name}.csv")


def save(figure, name):
    for kind in ("svg", "pdf", "png"):
        figure.savefig(out / f"{name}.{kind}", dpi=300)
    plt.close(figure)


def interval(frame, at, name):
    figure, axes = plt.subplots(figsize=(6.3, 3.4))
    half = 1.96 * frame["std_error"]
    axes.errorbar(frame[at], frame["estimate"], yerr=half, fmt="o", capsize=2)
    axes.axhline(0, color="grey", linewidth=0.8)
    axes.set_xlabel(at)
    axes.set_ylabel("Effect on D")
    save(figure, name)


def maps(frame, name, label):
    years = sorted(frame["year"].unique())[::2][:6]
    figure, grid = plt.subplots(2, 3, figsize=(6.3, 4.5))
    for axes, year in zip(grid.flat, years):
        own = frame[frame["year"] == year]
        cells = np.full(36, np.nan)
        cells[: len(own)] = own["D"]
        mesh = axes.pcolormesh(cells.reshape(6, 6), edgecolors="white", vmin=0, vmax=1)
        for k, entity in enumerate(own.iloc[:, 0]):
            axes.text(k % 6 + 0.5, k // 6 + 0.5, str(entity)[:2], ha="center", va="center", fontsize=6)
        axes.set_title(str(year))
        axes.set_axis_off()
    figure.colorbar(mesh, ax=grid, label=label, shrink=0.6)
    save(figure, name)


def bars(frame, words, value, name):
    figure, axes = plt.subplots(figsize=(6.3, 0.9 + 0.17 * len(frame)))
    axes.barh(range(len(frame)), frame[value])
    axes.set_yticks(range(len(frame)), frame[words].astype(str))
    for k, number in enumerate(frame[value]):
        axes.text(number, k, f"{number:.3f}", va="center", fontsize=7)
    axes.set_xlabel(value)
    save(figure, name)


coupling = read("coupling/coupling")
region = coupling.columns[0]
wide = coupling.pivot(index=region, columns="year", values="D")
means = coupling.groupby("year")[["C", "T", "D"]].mean()
latest = wide.iloc[:, -1].sort_values().reset_index()
latest.columns = [region, "D"]

figure, (left, right) = plt.subplots(1, 2, figsize=(6.3, 3))
left.plot(means)
right.plot(means["D"], marker="o")
save(figure, "by_year")
for name, count in (("by_region", 3), ("by_policy", 2)):
    figure, axes = plt.subplots(figsize=(6.3, 3.4))
    for k in range(count):
        axes.plot(wide.iloc[k::count].mean(), marker="o", label=f"group {k}")
    axes.legend()
    save(figure, name)
figure, axes = plt.subplots(figsize=(6.3, 3.4))
for year in wide.columns[::4]:
    wide[year].plot.kde(ax=axes, label=str(year))
axes.legend()
save(figure, "density")
bars(latest, region, "D", "ranking")
bars(latest, region, "D", "changes_regions")
bars(latest.iloc[:13], region, "D", "changes_periods")
bars(latest.iloc[:10], region, "D", "weights")
for name in ("coupling", "timeline"):
    figure, axes = plt.subplots(figsize=(6.3, 6))
    mesh = axes.pcolormesh(wide, edgecolors="white", linewidth=0.4)
    axes.set_yticks(np.arange(len(wide)) + 0.5, wide.index)
    axes.set_xticks(np.arange(wide.shape[1]) + 0.5, wide.columns, rotation=45)
    figure.colorbar(mesh, label="D")
    save(figure, name)
maps(coupling, "map", "D")
maps(coupling, "bottleneck", "lowest")
figure, axes = plt.subplots(figsize=(5.6, 5.2))
axes.scatter(coupling["T"], coupling["D"], s=8)
save(figure, "scores")
figure, axes = plt.subplots(figsize=(6.3, 3))
axes.imshow(wide.iloc[:10], aspect="auto")
axes.set_yticks(range(10), wide.index[:10])
save(figure, "obstacles")
figure, axes = plt.subplots(figsize=(6.3, 3.6))
low = 0
for k in range(5):
    share = ((wide > k / 5) & (wide <= (k + 1) / 5)).mean()
    axes.bar(wide.columns, share, bottom=low, label=f"grade {k}")
    low = low + share
axes.legend()
save(figure, "grades")
for model in ("fixed_effects", "baseline"):
    interval(read(f"models/{model}/event_study"), "event_time", f"{model}_event_study")
    figure, axes = plt.subplots(figsize=(6.3, 3.4))
    weights = read(f"models/{model}/bacon")
    axes.scatter(weights["weight"], weights["estimate"])
    axes.axhline(0, color="grey")
    save(figure, f"{model}_bacon")
    figure, axes = plt.subplots(figsize=(6.3, 3.4))
    axes.hist(read(f"models/{model}/permutation")["estimate"].dropna(), bins=30)
    axes.axvline(0, color="red")
    save(figure, f"{model}_permutation")
figure, axes = plt.subplots(figsize=(6.3, 3.4))
draws = read("models/baseline/placebo")["estimate"].dropna()
draws.plot.kde(ax=axes)
axes.axvline(0, color="red")
save(figure, "placebo")
"""


def cpu(command: list[str]) -> float:
    """Return the CPU seconds of a command and of all that it started."""
    environment = {**os.environ, "CCD_CACHE": "0", "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, env=environment, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    """Print seconds of both, the numbers of figures, and the ratio."""
    with tempfile.TemporaryDirectory() as held:
        run, plain = Path(held, "run"), Path(held, "plain")
        plain.mkdir()
        whole = [sys.executable, "-m", "ccd", "run", str(STUDY), "-q", "-o", str(run)]
        by_hand = [sys.executable, "-c", PLAIN, str(run), str(plain)]
        layouts = ("constrained", "no")
        rounds = [(cpu(whole), *(cpu([*by_hand, one]) for one in layouts)) for _ in range(2)]
        ours, *peers = (min(column) for column in zip(*rounds, strict=True))
        figures = [len(list(folder.glob("*.svg"))) for folder in (run / "figures", plain)]
    print(f"figures: {figures[0]} of ccd, {figures[1]} by hand, each as svg, pdf and png")
    for layout, peer in zip(layouts, peers, strict=True):
        print(f"CPU, best of two: ccd run {ours:.2f} s, plain matplotlib with {layout} layout {peer:.2f} s")
        print(f"ratio {ours / peer:.2f} (target at most 1.5)")


if __name__ == "__main__":
    main()
