"""Make staggered.csv and write staggered_peers.json: what other packages say of it, and of matching.csv. Run by hand.

python -m venv peers && peers/bin/pip install pyfixest==0.60.0 moderndid==0.2.0 csdid==0.4.3 differences==0.3.0 \
    diff-diff==3.13.0
peers/bin/python tests/reference/staggered_peers.py
"""

from __future__ import annotations

import json
import platform
import warnings
from importlib.metadata import version
from pathlib import Path

import diff_diff
import moderndid
import numpy as np
import pandas as pd
import pyfixest
from csdid.att_gt import ATTgt
from differences import ATTgt as Differences

HERE = Path(__file__).parent
WINDOW = (-3, 2)
RESULTS: dict[str, dict[str, object]] = {}


def make() -> pd.DataFrame:
    """60 regions x 10 years from 2001: cohorts of 12, 10 and 14, 24 never treated; effects differ and grow."""
    rng = np.random.default_rng(20)
    starts = np.repeat([2004.0, 2006.0, 2008.0, np.nan], [12, 10, 14, 24])
    rng.shuffle(starts)
    n, years = len(starts), np.arange(2001, 2011)
    i, t = np.repeat(np.arange(n), len(years)), np.tile(years, n)
    z = rng.normal(size=n)
    g = starts[i]
    x1, x2 = rng.normal(size=len(i)) + 0.4 * z[i], rng.uniform(size=len(i))
    effect = np.where(t >= g, 0.4 + 0.1 * (t - g) + 0.05 * (g - 2004), 0.0)
    noise = rng.normal(scale=0.5, size=len(i)) * (1 + 0.3 * (x2 > 0.5))
    trend = 0.08 * (t - 2001) + 0.05 * z[i] * (t - 2001)
    y = rng.normal(size=n)[i] + trend + effect + 0.3 * x1 - 0.2 * x2 + noise
    places = np.random.default_rng(21).uniform([100, 22], [122, 42], (n, 2)).round(4)
    return pd.DataFrame(
        {
            "region": [f"r{code:02d}" for code in i],
            "year": t,
            "start": np.where(np.isfinite(g), g, 0).astype(int),
            "province": [f"p{code // 4:02d}" for code in i],
            "y": y.round(6),
            "x1": x1.round(6),
            "x2": x2.round(6),
            "z": z[i].round(6),
            "w": rng.uniform(1, 3, len(i)).round(4),
            "lon": places[i, 0],
            "lat": places[i, 1],
            "kept": (rng.uniform(size=len(i)) < 0.93).astype(int),
        }
    )


def record(name: str, peer: str, estimate: dict, std_error: dict | None = None) -> None:
    """Keep numbers under ``name``, but no missing ones and no zeros (a base year)."""

    def plain(values: dict) -> dict[str, float]:
        return {str(key): float(value) for key, value in values.items() if np.isfinite(value) and value}

    RESULTS[name] = {"peer": peer, "estimate": plain(estimate)}
    if std_error is not None:
        RESULTS[name]["std_error"] = plain(std_error)


def two_way(frame: pd.DataFrame) -> None:
    """Two-way least squares and Sun & Abraham by pyfixest."""
    errors = {"region": {"CRV1": "id"}, "province": {"CRV1": "province"}, "two": {"CRV1": "id+year"}}
    errors |= {"hc1": "hetero", "iid": "iid"}
    for name, vcov in errors.items():
        fit = pyfixest.feols("y ~ D + x1 + x2 | id + year", frame, vcov=vcov)
        record(f"twfe {name}", "pyfixest", fit.coef().to_dict(), fit.se().to_dict())
    lag = {"time_id": "year", "panel_id": "id", "lag": 1}
    fit = pyfixest.feols("y ~ D + x1 + x2 | id + year", frame, vcov="DK", vcov_kwargs=lag)
    record("twfe driscoll-kraay", "pyfixest", fit.coef().to_dict(), fit.se().to_dict())
    columns = [
        frame[["D", "x1", "x2"]],
        pd.get_dummies(frame["id"]),
        pd.get_dummies(frame["year"]).iloc[:, 1:],
    ]
    plain = diff_diff.LinearRegression(
        include_intercept=False, vcov_type="conley", conley_coords=frame[["lat", "lon"]].to_numpy(),
        conley_cutoff_km=300.0, conley_kernel="uniform", conley_time=frame["year"].to_numpy(),
        conley_unit=frame["id"].to_numpy(), conley_lag_cutoff=0,
    ).fit(np.column_stack(columns).astype(float), frame["y"].to_numpy())  # fmt: skip
    names = ("D", "x1", "x2")
    record("twfe conley", "diff-diff", {name: plain.get_coefficient(j) for j, name in enumerate(names)},
           {name: plain.get_se(j) for j, name in enumerate(names)})  # fmt: skip
    fit = pyfixest.feols("y ~ D + x1 + x2 | id + year", frame, vcov={"CRV1": "id"}, weights="w")
    record("twfe weights", "pyfixest", fit.coef().to_dict(), fit.se().to_dict())
    fit = pyfixest.feols("y ~ D + x1 + x2 | id + year + province^year", frame, vcov={"CRV1": "id"})
    record("twfe province x year", "pyfixest", fit.coef().to_dict(), fit.se().to_dict())
    kept = frame[frame["kept"] == 1]
    fit = pyfixest.feols("y ~ D + x1 + x2 | id + year", kept, vcov={"CRV1": "id"})
    record("twfe unbalanced", "pyfixest", fit.coef().to_dict(), fit.se().to_dict())
    fit = pyfixest.feols("y ~ i(event, ref=-1) + x1 | id + year", frame, vcov={"CRV1": "id"})
    keys = {name: name.split("::")[-1] for name in fit.coef().index if "::" in name}
    events("twfe events", "pyfixest", fit.coef().rename(keys), fit.se().rename(keys), keys.values())
    fit = pyfixest.event_study(
        frame, "y", "id", "year", "start", cluster="id", estimator="saturated", att=False
    )
    found = fit.aggregate()
    events("sun-abraham events", "pyfixest", found["Estimate"], found["Std. Error"], found.index)
    fit = pyfixest.did2s(frame, "y", "~ 0 + x1 | id + year", "~ i(D, ref=0)", "D", "id")
    record("gardner", "pyfixest", {"D": fit.coef().iloc[-1]}, {"D": fit.se().iloc[-1]})
    fit = pyfixest.did2s(frame, "y", "~ 0 | id + year", "~ i(far, ref=-99)", "D", "id")
    keys = {name: name.split("::")[-1] for name in fit.coef().index}
    events("gardner events", "pyfixest", fit.coef().rename(keys), fit.se().rename(keys), keys.values())


def events(name: str, peer: str, estimate: pd.Series, std_error: pd.Series, keys: object) -> None:
    """Keep an event study, its event times as whole numbers."""
    whole = {str(key): str(int(float(key))) for key in keys}
    record(
        name,
        peer,
        {whole[str(key)]: value for key, value in estimate.items() if str(key) in whole},
        {whole[str(key)]: value for key, value in std_error.items() if str(key) in whole},
    )


def callaway_santanna(frame: pd.DataFrame) -> None:
    """ATT(g, t) and their means by moderndid, csdid and differences."""
    grid = [("reg", "nevertreated", "varying", "~1")]
    grid += [
        (m, c, b, "~z")
        for m in ("dr", "reg", "ipw")
        for c in ("nevertreated", "notyettreated")
        for b in ("varying", "universal")
    ]
    for method, control, base, covariates in grid:
        found = moderndid.att_gt(
            frame, "y", "year", "id", "start", xformla=covariates, est_method=method, control_group=control,
            base_period=base, boot=False, cband=False,
        )  # fmt: skip
        name = f"cs {method} {control} {base} {covariates}"
        cells = [f"{int(g)}/{int(t)}" for g, t in zip(found.groups, found.times, strict=True)]
        record(f"{name} cells", "moderndid", dict(zip(cells, found.att_gt, strict=True)),
               dict(zip(cells, found.se_gt, strict=True)))  # fmt: skip
        for kind in ("simple", "group", "calendar", "dynamic"):
            mean = moderndid.aggte(found, type=kind)
            estimate, error = {"overall": mean.overall_att}, {"overall": mean.overall_se}
            if kind != "simple":
                keys = [str(int(key)) for key in mean.event_times]
                estimate |= dict(zip(keys, mean.att_by_event, strict=True))
                error |= dict(zip(keys, mean.se_by_event, strict=True))
            record(f"{name} {kind}", "moderndid", estimate, error)
    peer = ATTgt(yname="y", gname="start", idname="id", tname="year", xformla="y~z", data=frame.copy(),
                 control_group=["notyettreated"])  # fmt: skip
    found = peer.fit(est_method="dr", base_period="varying", bstrap=False)
    cells = [f"{int(g)}/{int(t)}" for g, t in zip(found.results["group"], found.results["year"], strict=True)]
    record("cs csdid cells", "csdid", dict(zip(cells, found.results["att"], strict=True)),
           dict(zip(cells, found.results["se"], strict=True)))  # fmt: skip
    data = frame.assign(start=frame["start"].where(frame["start"] > 0)).set_index(["id", "year"])
    peer = Differences(data=data, cohort_column="start")
    table = peer.fit("y ~ z", est_method="dr", control_group="never_treated", progress_bar=False).to_pandas()
    table.columns = [str(column[-1]) for column in table.columns]
    cells = [f"{int(key[0])}/{int(key[2])}" for key in table.index]
    record("cs differences cells", "differences", dict(zip(cells, table["ATT"], strict=True)),
           dict(zip(cells, table["std_error"], strict=True)))  # fmt: skip


def others(frame: pd.DataFrame) -> None:
    """Every other estimator, by diff-diff; dCDH by moderndid."""
    keys = {"outcome": "y", "unit": "id", "time": "year", "first_treat": "start"}

    def effects(found: object) -> tuple[dict, dict]:
        table = found.event_study_effects
        return ({k: v["effect"] for k, v in table.items()}, {k: v["se"] for k, v in table.items()})

    def overall(found: object) -> tuple[dict, dict]:
        return {"overall": found.overall_att}, {"overall": found.overall_se}

    found = diff_diff.SunAbraham(cluster="id").fit(frame, **keys)
    record("sun-abraham diff-diff events", "diff-diff", *effects(found))
    found = diff_diff.SunAbraham(cluster="id").fit(frame, **keys, covariates=["x1", "x2"])
    record("sun-abraham diff-diff controls", "diff-diff", *effects(found))
    found = diff_diff.ImputationDiD(cluster="id", aux_partition="horizon", pretrends=True).fit(
        frame, **keys, aggregate="event_study"
    )
    record("imputation events", "diff-diff", *effects(found))
    found = diff_diff.ImputationDiD(cluster="id").fit(frame, **keys, covariates=["x1"])
    record("imputation", "diff-diff", {"overall": found.overall_att})
    found = diff_diff.ImputationDiD(cluster="id").fit(frame[frame["kept"] == 1], **keys, covariates=["x1"])
    record("imputation unbalanced", "diff-diff", {"overall": found.overall_att})
    found = diff_diff.TwoStageDiD(cluster="id").fit(frame, **keys, aggregate="event_study")
    record("gardner diff-diff", "diff-diff", *overall(found))
    record("gardner diff-diff events", "diff-diff", *effects(found))
    found = diff_diff.StackedDiD(kappa_pre=-WINDOW[0], kappa_post=WINDOW[1]).fit(frame, **keys)
    record("stacked", "diff-diff", *overall(found))
    record("stacked events", "diff-diff", *effects(found))
    found = diff_diff.WooldridgeDiD(cluster="id").fit(frame, **keys)
    record("etwfe", "diff-diff", *overall(found))
    cells = {f"{int(g)}/{int(t)}": v for (g, t), v in found.group_time_effects.items()}
    record(
        "etwfe cells",
        "diff-diff",
        {k: v["att"] for k, v in cells.items()},
        {k: v["se"] for k, v in cells.items()},
    )
    found = diff_diff.BaconDecomposition().fit(frame, **keys)
    pairs = {f"{c.treated_group}/{c.control_group}/{c.comparison_type}": c for c in found.comparisons}
    record("bacon estimates", "diff-diff", {k: c.estimate for k, c in pairs.items()})
    record("bacon weights", "diff-diff", {k: c.weight for k, c in pairs.items()})
    found = moderndid.did_multiplegt(frame, "y", "year", "id", "D", effects=7, placebo=3)
    for name, one in (("effects", found.effects), ("placebos", found.placebos)):
        horizons = [str(int(h)) for h in one.horizons]
        record(f"dcdh {name}", "moderndid", dict(zip(horizons, one.estimates, strict=True)),
               dict(zip(horizons, one.std_errors, strict=True)))  # fmt: skip
    record("dcdh total", "moderndid", {"overall": found.ate.estimate}, {"overall": found.ate.std_error})


def doubly_robust() -> None:
    """Doubly robust differences of means before and after, on matching.csv (made by matching.R)."""
    frame = pd.read_csv(HERE / "matching.csv", float_precision="round_trip")
    late = frame["year"] >= 2003
    before, after = (frame[rows].groupby("region")["y"].mean().to_numpy() for rows in (~late, late))
    first = frame.groupby("region").first()
    x = np.column_stack([np.ones(len(first)), first[["x1", "x2", "x3"]]])
    for name, method in (("traditional", moderndid.drdid_panel), ("improved", moderndid.drdid_imp_panel)):
        found = method(after, before, (first["start"] > 0).astype(float).to_numpy(), x)
        record(f"doubly robust {name}", "moderndid", {f"dr-{name}": found.att}, {f"dr-{name}": found.se})


def main() -> None:
    warnings.filterwarnings("ignore")
    make().to_csv(HERE / "staggered.csv", index=False)
    frame = pd.read_csv(HERE / "staggered.csv", float_precision="round_trip")
    frame["id"] = frame["region"].str[1:].astype(int) + 1
    treated = frame["start"] > 0
    frame["D"] = (treated & (frame["year"] >= frame["start"])).astype(int)
    frame["event"] = np.where(treated, frame["year"] - frame["start"], -1)
    frame["far"] = np.where(treated, frame["year"] - frame["start"], -99)
    two_way(frame)
    callaway_santanna(frame)
    others(frame)
    doubly_robust()
    packages = ("pyfixest", "moderndid", "csdid", "differences", "diff-diff")
    versions = {"Python": platform.python_version(), **{name: version(name) for name in packages}}
    stored = {"versions": versions, "results": RESULTS}
    (HERE / "staggered_peers.json").write_text(json.dumps(stored, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
