"""Make dose.csv and write dose_peers.json: dose responses by another package. Run by hand.

In an environment with diff-diff 3.13.0: python tests/reference/dose_peers.py
"""

from __future__ import annotations

import json
import platform
import warnings
from importlib.metadata import version
from pathlib import Path

import diff_diff
import numpy as np
import pandas as pd

HERE = Path(__file__).parent
FIRST, LAST, SHOWN = 2001, 2007, 41
RESULTS: dict[str, dict[str, object]] = {}


def make() -> pd.DataFrame:
    """Return 75 regions in seven years, 22 and 25 of them treated from 2003 and 2005 on with a dose each."""
    rng = np.random.default_rng(20240117)
    start = np.repeat([2003, 2005, 0], [22, 25, 28])
    dose = np.where(start > 0, np.round(0.2 + rng.gamma(2.0, 1.0, len(start)), 3), 0.0)
    level, rows = rng.normal(size=len(start)), []
    for i, (own, strength, height) in enumerate(zip(start, dose, level, strict=True)):
        for year in range(FIRST, LAST + 1):
            effect = (own > 0) * (year >= own) * (0.6 * strength - 0.05 * strength**2 + 0.1 * (year - own))
            y = height + 0.2 * (year - FIRST) + effect + rng.normal(scale=0.4)
            rows.append((f"r{i:02d}", year, own, strength, round(y, 6)))
    return pd.DataFrame(rows, columns=["region", "year", "start", "dose", "y"])


def response(frame: pd.DataFrame, name: str, knots: int) -> None:
    """Keep ATT(d) and ACRT(d) at evenly spaced doses, and their means."""
    doses = frame.loc[frame["start"] > 0, "dose"]
    at = np.linspace(doses.min(), doses.max(), SHOWN)
    model = diff_diff.ContinuousDiD(degree=3, num_knots=knots, dvals=at, control_group="never_treated")
    found = model.fit(frame, "y", "region", "year", "start", "dose")
    for what, curve in (("att", found.dose_response_att), ("acrt", found.dose_response_acrt)):
        keep(f"{name} {knots} {what}", dict(enumerate(curve.effects)), dict(enumerate(curve.se)))
    keep(
        f"{name} {knots} means",
        {"policy": found.overall_att, "policy slope": found.overall_acrt},
        {"policy": found.overall_att_se, "policy slope": found.overall_acrt_se},
    )


def keep(name: str, estimate: dict, std_error: dict) -> None:
    """Keep numbers under ``name``."""
    columns = {"estimate": estimate, "std_error": std_error}
    RESULTS[name] = {
        "peer": "diff-diff",
        **{column: {str(k): float(v) for k, v in values.items()} for column, values in columns.items()},
    }


def main() -> None:
    warnings.filterwarnings("ignore")
    make().to_csv(HERE / "dose.csv", index=False)
    frame = pd.read_csv(HERE / "dose.csv", float_precision="round_trip")
    for name, years in (("one", (2005, 0)), ("two", (2003, 2005, 0))):
        for knots in (0, 2):
            response(frame[frame["start"].isin(years)], name, knots)
    versions = {"Python": platform.python_version(), "diff-diff": version("diff-diff")}
    (HERE / "dose_peers.json").write_text(
        json.dumps({"versions": versions, "results": RESULTS}, indent=1) + "\n", encoding="utf-8"
    )


if __name__ == "__main__":
    main()
