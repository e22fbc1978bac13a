"""Write more_peers.json: triple differences by another package, on staggered.csv. Run by hand.

In an environment with diff-diff 3.13.0: python tests/reference/more_peers.py
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
RESULTS: dict[str, dict[str, object]] = {}


def record(name: str, estimate: dict, std_error: dict) -> None:
    """Keep the finite numbers under ``name``."""

    def plain(values: dict) -> dict[str, float]:
        return {str(key): float(value) for key, value in values.items() if np.isfinite(value)}

    RESULTS[name] = {"peer": "diff-diff", "estimate": plain(estimate), "std_error": plain(std_error)}


def triple(frame: pd.DataFrame) -> None:
    """ATT(g, t) of the even regions, their means by event time and cohort, and over all."""
    columns = {"outcome": "y", "unit": "id", "time": "year", "first_treat": "start", "eligibility": "side"}
    grid = [("dr", None), ("dr", ["z"]), ("reg", ["z"]), ("ipw", ["z"])]
    for control in ("nevertreated", "notyettreated"):
        for method, covariates in grid:
            model = diff_diff.StaggeredTripleDifference(
                estimation_method=method, control_group=control, pscore_trim=1e-9
            )
            found = model.fit(frame, **columns, covariates=covariates, aggregate="all")
            name = f"ddd {method} {control} {'z' if covariates else '1'}"
            tables = {
                "cells": {f"{int(g)}/{int(t)}": one for (g, t), one in found.group_time_effects.items()},
                "dynamic": {int(e): one for e, one in found.event_study_effects.items()},
                "group": {int(g): one for g, one in found.group_effects.items()},
            }
            for part, table in tables.items():
                shown = [{key: one[column] for key, one in table.items()} for column in ("effect", "se")]
                record(f"{name} {part}", *shown)
            record(f"{name} simple", {"overall": found.overall_att}, {"overall": found.overall_se})


def main() -> None:
    warnings.filterwarnings("ignore")
    frame = pd.read_csv(HERE / "staggered.csv", float_precision="round_trip")
    frame["id"] = frame["region"].str[1:].astype(int) + 1
    frame["side"] = frame["id"] % 2
    triple(frame)
    versions = {"Python": platform.python_version(), "diff-diff": version("diff-diff")}
    (HERE / "more_peers.json").write_text(
        json.dumps({"versions": versions, "results": RESULTS}, indent=1) + "\n", encoding="utf-8"
    )


if __name__ == "__main__":
    main()
