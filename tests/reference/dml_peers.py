"""Write dml_peers.json: double machine learning by another package, with its folds and learners given. Run by hand.

In an environment with DoubleML, on staggered.csv: python tests/reference/dml_peers.py
"""

from __future__ import annotations

import json
import platform
import warnings
from importlib.metadata import version
from pathlib import Path

import doubleml
import numpy as np
import pandas as pd
from sklearn.linear_model import Lasso, LinearRegression, LogisticRegression

HERE = Path(__file__).parent
FOLDS = 5
CONTROLS = ["x1", "x2", "z"]
LEARNERS = {"ols": LinearRegression(), "lasso": Lasso(alpha=0.02, tol=1e-12, max_iter=100_000)}


def splits(fold: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return train and test rows of each fold."""
    return [(np.flatnonzero(fold != k), np.flatnonzero(fold == k)) for k in range(FOLDS)]


def clustered(psi: np.ndarray, slope: np.ndarray, region: np.ndarray) -> float:
    """Return the error of an effect from its scores, summed by region."""
    return float(np.sqrt(np.sum(np.bincount(region, psi) ** 2)) / abs(slope.sum()))


def main() -> None:
    """Write the numbers."""
    warnings.simplefilter("ignore")
    frame = pd.read_csv(HERE / "staggered.csv").sort_values(["region", "year"])
    frame["D"] = ((frame["start"] > 0) & (frame["year"] >= frame["start"])) * 1.0
    region = pd.factorize(frame["region"], sort=True)[0]
    data = doubleml.DoubleMLData(frame, y_col="y", d_cols="D", x_cols=CONTROLS)
    results = {}
    for name, learner in LEARNERS.items():
        for score in ("partialling out", "IV-type"):
            model = doubleml.DoubleMLPLR(data, learner, learner, *([learner] if score == "IV-type" else []),
                                         n_folds=FOLDS, score=score, draw_sample_splitting=False)  # fmt: skip
            model.set_sample_splitting([splits(region % FOLDS)])
            model.fit()
            psi, slope = model.psi[:, 0, 0], model.psi_elements["psi_a"][:, 0, 0]
            results[f"plr {name} {score.replace(' ', '-').lower()}"] = {
                "peer": "DoubleML", "estimate": {"D": float(model.coef[0])},
                "std_error": {"D": clustered(psi, slope, region)},
            }  # fmt: skip
    change = frame.pivot(index="region", columns="year", values="y")
    first = frame.groupby("region").first()
    units = pd.DataFrame(
        {
            "y": change[2008] - change[2003],
            "z": first["z"],
            "w": first["w"],
            "d": (first["start"] == 2004) * 1,
        }
    )
    units = units[first["start"].isin([0, 2004])]
    rows = doubleml.DoubleMLData(units, y_col="y", d_cols="d", x_cols=["z", "w"])
    clipped = doubleml.utils.PSProcessorConfig(clipping_threshold=0.01)
    for score in ("ATE", "ATTE"):
        logit = LogisticRegression(C=np.inf, tol=1e-10, max_iter=10_000)
        model = doubleml.DoubleMLIRM(rows, LinearRegression(), logit, n_folds=FOLDS, score=score,
                                     draw_sample_splitting=False, ps_processor_config=clipped)  # fmt: skip
        model.set_sample_splitting([splits(np.arange(len(units)) % FOLDS)])
        model.fit()
        results[f"irm {score}"] = {
            "peer": "DoubleML",
            "estimate": {"d": float(model.coef[0])},
            "std_error": {"d": float(model.se[0])},
        }
    versions = {
        "Python": platform.python_version(),
        "DoubleML": version("DoubleML"),
        "scikit-learn": version("scikit-learn"),
    }
    (HERE / "dml_peers.json").write_text(
        json.dumps({"versions": versions, "results": results}, indent=1) + "\n", encoding="utf-8"
    )


if __name__ == "__main__":
    main()
