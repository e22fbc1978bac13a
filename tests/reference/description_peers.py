"""Write description_peers.json: chains, ellipses, clubs and inequality by other packages. Run by hand.

In an environment with giddy, pointpats, convergence-clubs and inequality (which may be several, one after the other):
peers/bin/python tests/reference/description_peers.py
The clubs are those of phillips_sul_gdp.csv: logs of GDP per head of 152 countries, 1970-2003, filtered by Hodrick and
Prescott (lambda 400), the data of Phillips and Sul (2009).
"""

from __future__ import annotations

import json
from importlib.metadata import version
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent
FILE = HERE / "description_peers.json"


def chains() -> dict[str, object]:
    """A chain of 25 regions on a 5 x 5 grid, and the chains by the neighbours' state."""
    import giddy
    import libpysal

    random = np.random.default_rng(3)
    y = random.normal(size=(25, 12)).cumsum(axis=1)
    states = (y[..., None] > np.quantile(y, [1 / 3, 2 / 3])).sum(axis=-1)
    chain = giddy.markov.Markov(states)
    w = libpysal.weights.lat2W(5, 5)
    w.transform = "r"
    spatial = giddy.markov.Spatial_Markov(y, w, fixed=True, k=3)
    by_lag = [one.tolist() for one in spatial.T]
    test = giddy.markov.Homogeneity_Results(list(spatial.T))
    return {
        "states": states.tolist(),
        "transitions": np.asarray(chain.transitions).astype(int).tolist(),
        "p": np.asarray(chain.p).tolist(),
        "steady_state": np.asarray(chain.steady_state).ravel().tolist(),
        "first_passage": np.asarray(giddy.ergodic.mfpt(np.asarray(chain.p))).tolist(),
        "by_lag": by_lag,
        "LR": float(test.LR),
        "Q": float(test.Q),
        "dof": int(test.dof),
    }


def unequal() -> dict[str, object]:
    """Gini, Theil and its parts of 24 values in three groups."""
    from inequality.gini import Gini
    from inequality.theil import TheilD

    random = np.random.default_rng(9)
    x, groups = random.lognormal(0, 0.5, 24), np.arange(24) % 3
    found = TheilD(x, groups)
    return {
        "x": x.tolist(),
        "groups": groups.tolist(),
        "gini": float(Gini(x).g),
        "theil": float(found.T),
        "theil_between": float(found.bg[0]),
        "theil_within": float(found.wg[0]),
    }


def ellipses() -> dict[str, object]:
    """The standard deviational ellipse and a weighted centre."""
    from pointpats import centrography

    random = np.random.default_rng(4)
    points = random.normal(size=(20, 2)) @ np.array([[3.0, 1.0], [0.0, 1.0]])
    weights = random.uniform(1, 2, 20)
    one, other, rotation = centrography.ellipse(points)
    return {
        "points": points.tolist(),
        "weights": weights.tolist(),
        "major": float(max(one, other)),
        "minor": float(min(one, other)),
        "rotation": float(rotation),
        "weighted_mean_center": np.asarray(centrography.weighted_mean_center(points, weights)).tolist(),
    }


def clubs() -> dict[str, object]:
    """The clubs of Phillips and Sul, before and after merging."""
    import convergence_clubs

    table = convergence_clubs.load_filtered_gdp()
    found = convergence_clubs.find_clubs(table)
    merged = convergence_clubs.merge_clubs(found)
    listed = table.index if len(table.columns) == 34 else table.iloc[:, 0]
    names = [str(name) for name in listed]

    def told(club: object) -> dict[str, object]:
        return {
            "members": sorted(names[i] for i in club.ids),
            "b": float(club.model.beta),
            "t": float(club.model.t_value),
        }

    numbers = table.select_dtypes("number").to_numpy()
    variation = convergence_clubs.cross_sectional_variation(numbers)
    whole = convergence_clubs.log_t_test(variation)
    return {
        "all": {"b": float(whole.beta), "t": float(whole.t_value)},
        "before": [told(club) for club in found.clubs],
        "merged": [told(club) for club in merged.clubs],
    }


if __name__ == "__main__":
    made = json.loads(FILE.read_text(encoding="utf-8")) if FILE.exists() else {"versions": {}}
    for key, package, make in (
        ("giddy", "giddy", chains),
        ("pointpats", "pointpats", ellipses),
        ("clubs", "convergence-clubs", clubs),
        ("inequality", "inequality", unequal),
    ):
        try:
            made[key] = make()
        except ImportError:  # another environment holds it
            continue
        made["versions"][package] = version(package)
    FILE.write_text(json.dumps(made, indent=1, ensure_ascii=False) + "\n", encoding="utf-8", newline="\n")
