"""Write synthetic_peers.json: what other packages say of synthetic_panels.json and quota.json. Run by hand.

python -m venv peers && peers/bin/pip install synthdid-py==0.1.0 diff-diff==3.13.0 augsynth-py==0.6.0 pandas
peers/bin/python tests/reference/synthetic_peers.py

synthdid-py repeats the steps of R's synthdid, so its weights stop where those stop; augsynth-py solves by cvxpy.
"""

from __future__ import annotations

import json
import platform
import warnings
from importlib.metadata import version
from pathlib import Path

import augsynth_py
import diff_diff
import numpy as np
import pandas as pd
import polars
import synthdid
from augsynth_py.synth.augmented import _fit_at_lambda

HERE = Path(__file__).parent
PANELS = json.loads((HERE / "synthetic_panels.json").read_text(encoding="utf-8"))
RESULTS: dict[str, dict[str, object]] = {}
#: Regions of the panel "germany" as if treated at two dates.
SEVERAL = {"Italy": 1985, "France": 1985, "West Germany": 1990, "Japan": 1990}
#: Donors that an interior-point solver gives less than this have none.
WEIGHTED = 1e-3
#: Ridge penalties of augmented synthetic control, as shares of the largest squared singular value.
SHARES = (1e-2, 1e-4)


def record(name: str, peer: str, **columns: dict[str, float]) -> None:
    """Keep the columns of numbers under ``name``."""
    plain = {column: {key: float(v) for key, v in numbers.items()} for column, numbers in columns.items()}
    RESULTS[name] = {"peer": peer, **plain}


def matrix(panel: dict) -> tuple[np.ndarray, list[str], int]:
    """Return outcomes (N, T), the treated last, names of the donors, and the years before."""
    donors = [name for name in panel["series"] if name != panel["treated"]]
    rows = [panel["series"][name] for name in (*donors, panel["treated"])]
    return np.array(rows, float), donors, panel["date"] - panel["first"]


def flat(panel: dict, starts: dict[str, int]) -> pd.DataFrame:
    """Return one row a region and year, ``d`` 1 from a region's start on."""
    return pd.DataFrame(
        [
            {
                "unit": name,
                "time": panel["first"] + t,
                "y": float(value),
                "d": int(panel["first"] + t >= start),
            }
            for name, series in panel["series"].items()
            for start in [starts.get(name, 9999)]
            for t, value in enumerate(series)
        ]
    )


def sdid(name: str, panel: dict) -> None:
    """Synthetic difference-in-differences, its weights, and every donor as if treated; DID."""
    y, donors, before = matrix(panel)
    fit = synthdid.synthdid_estimate(y, len(donors), before)
    years = [str(panel["first"] + t) for t in range(before)]
    record(f"{name} sdid", "synthdid-py", estimate={"sdid": fit},
           weights=dict(zip(donors, fit.weights.omega, strict=True)),
           time_weights=dict(zip(years, fit.weights.lambda_, strict=True)))  # fmt: skip
    found = {}
    for j, donor in enumerate(donors):
        order = [i for i in range(len(donors)) if i != j]
        found[donor] = synthdid.synthdid_estimate(y[[*order, j]], len(order), before)
    record(f"{name} sdid placebos", "synthdid-py", estimate=found)
    record(f"{name} did", "synthdid-py", estimate={"did": synthdid.did_estimate(y, len(donors), before)})
    frame = flat(panel, {panel["treated"]: panel["date"]})
    frame["treated"] = (frame.unit == panel["treated"]).astype(int)
    after = [t for t in sorted(frame.time.unique()) if t >= panel["date"]]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        one = diff_diff.SyntheticDiD(variance_method="placebo", n_bootstrap=10, seed=1).fit(
            frame, outcome="y", treatment="treated", unit="unit", time="time", post_periods=after
        )
    record(f"{name} sdid diff-diff", "diff-diff", estimate={"sdid": one.att})


def synthetic_control(name: str, panel: dict) -> None:
    """Synthetic control, with an intercept, and augmented; conformal p jointly and by year."""
    y, _, _ = matrix(panel)
    table = polars.DataFrame(flat(panel, {}).to_dict("list"))
    keys = {"unit": "unit", "time": "time", "outcome": "y", "treated": panel["treated"]}
    keys["treatment_time"] = panel["date"]
    for estimator, demeaned in (("sc", False), ("difp", True)):
        fit = augsynth_py.Synth(fixedeff=demeaned).fit(table, **keys)
        record(f"{name} {estimator}", "augsynth-py", estimate={estimator: fit.att_},
               weights={donor: w for donor, w in fit.weights_.items() if w > WEIGHTED})  # fmt: skip
        p = {"joint": augsynth_py.conformal_pvalue(fit)}
        for year in range(panel["date"], panel["first"] + y.shape[1]):
            kept = table.filter((polars.col("time") < panel["date"]) | (polars.col("time") == year))
            alone = augsynth_py.Synth(fixedeff=demeaned).fit(kept, **{**keys, "treatment_time": year})
            p[str(year)] = augsynth_py.conformal_pvalue(alone)
        record(f"{name} {estimator} conformal", "augsynth-py", p_value=p)
    before = panel["date"] - panel["first"]
    x = y[:-1, :before] - y[:-1, :before].mean(0)
    largest = float(np.linalg.norm(x, 2)) ** 2
    found = {}
    for share in SHARES:
        one = _fit_at_lambda(table, **keys, lambda_=share * largest, fixedeff=False)
        found[str(share)] = float(np.mean(one.gap[~one.pre_mask]))
    record(f"{name} ascm", "augsynth-py", estimate=found)


def several_dates() -> None:
    """Four regions at two dates: the mean effect and its jackknife error. Quotas of seven dates: the effect."""
    keys = {"unit": "unit", "time": "time", "outcome": "y", "treatment": "d"}
    frame = flat(PANELS["germany"], SEVERAL)
    for estimator in ("synthdid", "did"):
        found = synthdid.staggered_synthdid_estimate(frame, estimator, **keys)
        record(f"several dates {estimator}", "synthdid-py", estimate={"overall": found.att},
               std_error={"overall": found.se(method="jackknife")})  # fmt: skip
    quota = json.loads((HERE / "quota.json").read_text(encoding="utf-8"))
    found = synthdid.staggered_synthdid_estimate(flat(quota, quota["starts"]), "synthdid", **keys)
    record("quota synthdid", "synthdid-py", estimate={"overall": found.att})


def main() -> None:
    """Run every peer and write what they say."""
    for name, panel in PANELS.items():
        sdid(name, panel)
        synthetic_control(name, panel)
    several_dates()
    packages = ("synthdid-py", "diff-diff", "augsynth-py", "numpy", "scipy", "cvxpy")
    versions = {"Python": platform.python_version(), **{name: version(name) for name in packages}}
    stored = {"versions": versions, "results": RESULTS}
    (HERE / "synthetic_peers.json").write_text(json.dumps(stored, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
