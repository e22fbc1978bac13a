"""A small study with a menu, written where a test wants it."""

from __future__ import annotations

from pathlib import Path

import numpy as np

STUDY = """
seed = 11
[data]
path = "panel.csv"
entity = "region"
time = "year"
years = [2001, 2008]
[subsystems.one]
a = "+"
b = "-"
[subsystems.two]
c = "+"
d = "+"
[policies.reform]
column = "start"
[[models]]
name = "main"
kind = "did"
policy = "reform"
cluster = "region"
controls = ["x"]
[output]
formats = ["csv"]
figures = []
"""
MENU = """
[multiverse]
model = "main"
draws = 49
[multiverse.vary]
"index.scale" = ["minmax", "rank"]
"index.weights" = ["entropy", "critic", "equal"]
"coupling.formula" = ["standard", "fan2024"]
"data.years" = [[2001, 2008], [2002, 2008]]
"model.controls" = [[], ["x"]]
"model.estimator" = ["twfe", "imputation"]
"""
#: A second model, by imputation, with keys that the two tests of draws in blocks give, and a robustness block of MODEL.
SECOND = """
[[models]]
name = "second"
kind = "did"
policy = "reform"
estimator = "imputation"
{keys}
[[robustness]]
model = "{model}"
[robustness.checks]
"equal" = {{ "index.weights" = "equal" }}
"""


def write_study(folder: Path, menu: str = MENU, regions: int = 14, seed: int = 5, more: str = "") -> Path:
    """Write panel.csv and study.toml into ``folder`` and return the study's path."""
    rng = np.random.default_rng(seed)
    starts = [2004, 2004, 2005, 2006, *[None] * (regions - 4)]
    lines = ["region,year,a,b,c,d,x,start"]
    for i in range(regions):
        level = rng.uniform(1, 3, 4)
        for year in range(2001, 2009):
            cells = level * (1 + 0.04 * (year - 2001)) + rng.uniform(0, 0.5, 4)
            figures = ",".join(f"{cell:.2f}" for cell in [*cells, rng.normal()])
            lines.append(f"r{i:02d},{year},{figures},{starts[i] or ''}")
    (folder / "panel.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    path = folder / "study.toml"
    path.write_text(STUDY + more + menu, encoding="utf-8")
    return path
