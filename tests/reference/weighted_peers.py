"""Write weighted_peers.json: weights, the improved doubly robust form and LP-DiD by other packages. Run by hand.

In the environment of staggered_peers.py, on its staggered.csv: peers/bin/python tests/reference/weighted_peers.py
"""

from __future__ import annotations

import json
import platform
import warnings
from importlib.metadata import version

import diff_diff
import moderndid
import numpy as np
import pandas as pd
import pyfixest
from staggered_peers import HERE, RESULTS, record

#: Cells (cohort, year) of the improved form, each against never treated regions from the cohort's last year before.
CELLS = ((2004, 2004), (2004, 2007), (2006, 2008), (2008, 2009))


def callaway_santanna(frame: pd.DataFrame) -> None:
    """ATT(g, t) under weights of regions, and the improved form cell by cell.

    Their means are not kept: moderndid 0.2.0 weighs cohorts by their number of regions whatever the weights.
    """
    for method in ("dr", "reg", "ipw"):
        found = moderndid.att_gt(
            frame, "y", "year", "id", "start", xformla="~z", est_method=method, weightsname="w0", boot=False,
            cband=False,
        )  # fmt: skip
        cells = [f"{int(g)}/{int(t)}" for g, t in zip(found.groups, found.times, strict=True)]
        record(f"cs {method} cells", "moderndid", dict(zip(cells, found.att_gt, strict=True)),
               dict(zip(cells, found.se_gt, strict=True)))  # fmt: skip
    for name in ("improved", "improved weighted"):
        estimate, error = {}, {}
        for g, t in CELLS:
            inside = frame[frame["start"].isin([0, g])]
            wide = inside.pivot(index="id", columns="year", values="y")
            base = inside[inside["year"] == g - 1].set_index("id")
            x = np.column_stack([np.ones(len(base)), base["z"]])
            weight = base["w0"].to_numpy() if "weighted" in name else None
            after, before = wide[t].to_numpy(), wide[g - 1].to_numpy()
            treated = (base["start"] == g).astype(float).to_numpy()
            found = moderndid.drdid_imp_panel(after, before, treated, x, i_weights=weight)
            estimate[f"{g}/{t}"], error[f"{g}/{t}"] = found.att, found.se
        record(f"cs {name}", "moderndid", estimate, error)


def regressions(frame: pd.DataFrame) -> None:
    """Gardner, and an effect for every cohort and year, under weights that change over the years."""
    fit = pyfixest.did2s(frame, "y", "~ 0 + x1 | id + year", "~ i(D, ref=0)", "D", "id", weights="w")
    record("gardner", "pyfixest", {"D": fit.coef().iloc[-1]}, {"D": fit.se().iloc[-1]})
    treated = frame[frame["D"] == 1]
    cells = {
        f"c{g}_{t}": f"{g}/{t}" for g, t in sorted(set(zip(treated["start"], treated["year"], strict=True)))
    }
    columns = {
        name: ((frame["start"] == int(cell[:4])) & (frame["year"] == int(cell[5:]))).astype(int)
        for name, cell in cells.items()
    }
    wide = pd.concat([frame, pd.DataFrame(columns)], axis=1)
    fit = pyfixest.feols(f"y ~ {' + '.join(cells)} + x1 | id + year", wide, vcov={"CRV1": "id"}, weights="w")
    record("etwfe cells", "pyfixest", {cells[k]: fit.coef()[k] for k in cells},
           {cells[k]: fit.se()[k] for k in cells})  # fmt: skip


def local_projections(frame: pd.DataFrame) -> None:
    """LP-DiD by variance and by equal weights, event time by event time and pooled."""
    for name, reweight in (("variance", False), ("equal", True)):
        peer = diff_diff.LPDiD(pre_window=3, post_window=2, reweight=reweight, cluster="id")
        found = peer.fit(frame, outcome="y", unit="id", time="year", treatment="D")
        for kind, table, key in (
            ("events", found.event_study, "horizon"),
            ("pooled", found.pooled, "window"),
        ):
            keys = [str(value) for value in table[key]]
            record(f"lp-did {name} {kind}", "diff-diff", dict(zip(keys, table["coefficient"], strict=True)),
                   dict(zip(keys, table["se"], strict=True)))  # fmt: skip


def main() -> None:
    warnings.filterwarnings("ignore")
    frame = pd.read_csv(HERE / "staggered.csv", float_precision="round_trip")
    frame["id"] = frame["region"].str[1:].astype(int) + 1
    frame["w0"] = frame.groupby("id")["w"].transform("first")
    frame["D"] = ((frame["start"] > 0) & (frame["year"] >= frame["start"])).astype(int)
    regressions(frame)
    local_projections(frame)
    callaway_santanna(frame)
    versions = {"Python": platform.python_version()}
    versions |= {name: version(name) for name in ("pyfixest", "moderndid", "diff-diff")}
    stored = {"versions": versions, "results": RESULTS}
    (HERE / "weighted_peers.json").write_text(json.dumps(stored, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
