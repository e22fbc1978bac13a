"""Double machine learning against the package of dml_peers.py, with its folds and learners, on staggered.csv."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import numpy as np
from comparison import Comparison, stored
from ours import read
from sklearn.linear_model import Lasso, LinearRegression, LogisticRegression

from ccd.estimate.dml.forms import Rows
from ccd.estimate.dml.interactive import interactive
from ccd.estimate.dml.partially_linear import SCORES

FILE, TOPIC, FOLDS = "dml_peers.json", "Double machine learning", 5
LEARNERS = {"ols": LinearRegression, "lasso": partial(Lasso, alpha=0.02, tol=1e-12, max_iter=100_000)}


def learn(make, features, target, region):
    """Return what a learner makes of a target, as a function of features."""
    return make().fit(features, target).predict


def classify(features, target, region):
    """Return the probability of 1 by a plain logit."""
    fitted = LogisticRegression(C=np.inf, tol=1e-10, max_iter=10_000).fit(features, target)
    return lambda new: fitted.predict_proba(new)[:, 1]


def partially_linear(learner: str, score: str, column: str) -> dict[str, float]:
    frame = read("staggered.csv").sort_values(["region", "year"])
    d = ((frame["start"] > 0) & (frame["year"] >= frame["start"])).to_numpy(dtype=float)
    region = np.unique(frame["region"], return_inverse=True)[1]
    features = frame[["x1", "x2", "z"]].to_numpy()
    rows = Rows(frame["y"].to_numpy(), d, features, region, np.arange(len(d)))
    found = SCORES[score](rows, np.arange(region.max() + 1) % FOLDS, partial(learn, LEARNERS[learner]))
    return {"D": getattr(found, column)}


def long_differences(effect: str, column: int) -> dict[str, float]:
    frame = read("staggered.csv")
    wide = frame.pivot(index="region", columns="year", values="y")
    first = frame.groupby("region").first()
    kept = first["start"].isin([0, 2004]).to_numpy()
    y = (wide[2008] - wide[2003]).to_numpy()[kept]
    d = (first["start"] == 2004).to_numpy(dtype=float)[kept]
    x = first[["z", "w"]].to_numpy()[kept]
    found = interactive(y, d, x, np.arange(len(y)) % FOLDS, partial(learn, LinearRegression), classify)
    return {"d": getattr(found, effect)[column]}


def comparisons() -> Iterator[Comparison]:
    """Yield every stored result."""
    peer = stored(FILE)
    names = {"ATE": "ate", "ATTE": "att"}
    for name in peer.results:
        kind, *rest = name.split()
        for place, column in enumerate(("estimate", "std_error")):
            ours = (
                partial(partially_linear, *rest, column)
                if kind == "plr"
                else partial(long_differences, names[rest[0]], place)
            )
            loose = {"tolerance": 1e-6} if kind == "irm" else {}  # a logit that stops at its own tolerance
            yield Comparison(
                TOPIC, f"{name}: {column}", peer.peer(name), ours, peer.numbers(name, column), **loose
            )
