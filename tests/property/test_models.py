"""What every model does: the same twice, in any row order and under any names, in proportion to the outcome.

A new model adds one line to CASES: the keys of its section, and the panel it is fitted on.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from ccd.estimate import MODELS
from ccd.panel import Panel
from ccd.results import Estimate
from ccd.spatial_weights import SpatialWeights
from ccd.streams import Stream
from tests.golden.staggered import random_panel
from tests.simulated_policies import factorial

QUIET = {"permutation": {"draws": 0}}
SHOWN = ("event_study", "att_gt", "aggregates", "comparison")


def balanced() -> Panel:
    return random_panel(n=36, t=8, cohorts=(2004, 2006))


def lengthy() -> Panel:
    return random_panel(n=20, t=12, cohorts=(2004, 2006))


def plentiful() -> Panel:
    return random_panel(n=60, t=6, cohorts=(2004,))


def gappy() -> Panel:
    return random_panel(n=36, t=8, cohorts=(2004, 2006), drop=0.05)


def shares() -> Panel:
    panel = gappy()
    return panel.with_columns(1 / (1 + np.exp(-panel.frame[["y"]])))


def related() -> Panel:
    panel = gappy()
    return panel.with_columns(panel.frame[["x1"]].add(panel.frame["x2"], axis=0))


def two_policies() -> Panel:
    return factorial(5, n=36, keep=0.95)


@dataclass(frozen=True)
class Case:
    """A section without name and outcome, and its panel.

    ``draws``: errors come from draws over regions, in the order of their names. ``scales``: effects are in the units
    of the outcome.
    ``splits``: the estimate itself is a median over splits of the regions, in the order of their names.
    """

    keys: dict[str, object]
    panel: Callable[[], Panel] = gappy
    draws: bool = False
    scales: bool = True
    splits: bool = False


def did(estimator: str, **keys: object) -> dict[str, object]:
    return {"kind": "did", "estimator": estimator, "policy": "policy", **QUIET, **keys}


def synergy(estimator: str, **keys: object) -> dict[str, object]:
    return {"kind": "synergy", "estimator": estimator, "policies": ("a", "b"), **keys}


def halves() -> Panel:
    """Every other region is one that the policy acts on."""
    panel = balanced()
    side = pd.DataFrame({"side": panel.entity_codes % 2.0}, index=panel.frame.index)
    return panel.with_columns(side)


def dosed() -> Panel:
    """A policy that works in each region as strongly as one of its columns says."""
    panel = random_panel(n=60, t=8, cohorts=(2004, 2006))
    return panel.with_columns(panel.frame[["size"]].rename(columns={"size": "dose"}))


def beside() -> Panel:
    """Regions in a circle, each the neighbour of the two beside it."""
    panel = balanced()
    n = len(panel.entities)
    raw = np.roll(np.eye(n), 1, axis=1) + np.roll(np.eye(n), -1, axis=1)
    places = np.arange(n) // 2 * 1.0 + np.arange(n) % 2 * 0.02, np.zeros(n)  # pairs, 2 km apart
    weights = SpatialWeights("w", "matrix", panel.entities, sparse.csr_array(raw), places=places)
    code = panel.entity_codes
    frame = pd.DataFrame({"lon": places[0][code], "lat": places[1][code]}, index=panel.frame.index)
    return replace(panel.with_columns(frame), weights={"w": weights})


def alone() -> Panel:
    """One region is treated, in 2005; all others are donors."""
    panel = balanced()
    start = pd.Series(np.nan, index=list(panel.entities))
    start.iloc[0] = 2005.0
    return replace(panel, cohorts={"policy": start})


def synthetic(estimator: str) -> dict[str, object]:
    return {"kind": "synthetic", "estimator": estimator, "policy": "policy"}


def spatial(estimator: str, **keys: object) -> dict[str, object]:
    return {"kind": "spatial", "estimator": estimator, "weights": "w", **keys}


CASES: dict[str, Case] = {
    "did-twfe": Case(did("twfe", controls=("x1",), window=(-3, 3), bin_ends=True)),
    "did-callaway-santanna": Case(did("callaway-santanna", covariates=("x1",), control_group="not-yet")),
    "did-sun-abraham": Case(did("sun-abraham", controls=("x1",))),
    "did-imputation": Case(did("imputation", controls=("x1",), cluster="province")),
    "did-gardner": Case(did("gardner", controls=("x1",))),
    "did-lp-did": Case(did("lp-did", window=(-3, 2))),
    "did-stacked": Case(did("stacked", controls=("x1",), window=(-2, 1)), balanced),
    "did-etwfe": Case(did("etwfe", controls=("x1",), cluster=("province", "region"))),
    "did-dcdh": Case(did("dcdh")),
    "did-ddd": Case(did("ddd", partition="side"), halves),
    "did-cic": Case(
        did("cic", draws=99, quantiles=(0.5,)), plentiful, scales=False
    ),  # mirrored it is another
    "did-dose": Case(did("dose", intensity="dose"), dosed),
    "did-slx": Case(did("slx", weights="w"), beside),
    "did-sar": Case(did("sar", weights="w"), beside),
    "did-sdm": Case(did("sdm", weights="w"), beside),
    "did-rings": Case(did("rings", edges=(5.0,), lon="lon", lat="lat"), beside),
    "spatial-sdm": Case(spatial("sdm", x=("x1",)), beside, draws=True, scales=False),
    "spatial-sar": Case(spatial("sar", x=("x1",)), beside, draws=True, scales=False),
    "spatial-sem": Case(spatial("sem", x=("x1",)), beside, draws=True, scales=False),
    "spatial-slx": Case(spatial("slx", x=("x1",)), beside),
    **{
        f"synthetic-{estimator}": Case(synthetic(estimator), alone)
        for estimator in ("sdid", "sc", "did", "difp", "ascm")
    },
    "did-fractional-logit": Case(did("fractional-logit", controls=("x1",)), shares, scales=False),
    "synergy-imputation": Case(synergy("imputation", bootstrap=30, permutations=0), two_policies, draws=True),
    "synergy-twfe": Case(synergy("twfe", controls=("x",)), two_policies),
    "panel-fixed": Case({"kind": "panel", "regressors": ("x1", "x2")}),
    "panel-pooled": Case({"kind": "panel", "estimator": "pooled", "regressors": ("x1", "z1")}),
    "panel-random": Case({"kind": "panel", "estimator": "random", "regressors": ("x1", "z1")}),
    "panel-quantile": Case(
        {"kind": "panel", "estimator": "quantile", "regressors": ("x1", "x2"), "draws": 99},
        draws=True,
        scales=False,  # mirrored, a median between two observations is the other one
    ),
    "panel-iv": Case(
        {"kind": "panel", "estimator": "iv", "endogenous": ("x1",), "instruments": ("x2",)}, related
    ),
    "threshold": Case(
        {
            "kind": "threshold",
            "threshold": "x2",
            "regime": "x1",
            "number": 2,
            "bootstrap": 19,
            "cluster": "province",
        }
    ),
    "dml": Case(
        {"kind": "dml", "policy": "policy", "controls": ("x1", "x2"), "learner": "ols", "repeats": 2},
        splits=True,
    ),
    "loop": Case(
        {"kind": "loop", "stages": {"a": "y", "b": "x1", "c": "x2"}, "horizon": 1, "draws": 99},
        lengthy,
        draws=True,
        scales=False,
    ),
    "psm-did": Case({"kind": "psm-did", "policy": "policy", "match_on": ("x1",), "bandwidth": 0.3}),
}


def fit(tag: str, panel: Panel, **more: object) -> Estimate:
    keys = {"name": "m", "outcome": "y", **CASES[tag].keys, **more}
    return MODELS[tag].model_validate(keys).fit(panel, Stream(5, "m"))


def rebuilt(panel: Panel, order: np.ndarray, names: dict[str, str] | None = None) -> Panel:
    """Return the panel made anew from its rows in ``order``, entities renamed by ``names``."""
    frame, groups = panel.frame.iloc[order], panel.groups.iloc[order]
    if names:
        index = pd.MultiIndex.from_arrays(
            [frame.index.get_level_values(0).map(names), frame.index.get_level_values(1)],
            names=frame.index.names,
        )
        frame, groups = frame.set_axis(index), groups.set_axis(index)
    cohorts = {
        policy: (series.rename(index=names) if names else series).sort_index()
        for policy, series in panel.cohorts.items()
    }
    frame, groups = frame.sort_index(), groups.sort_index()
    weights = {key: moved(w, frame, names) for key, w in panel.weights.items()}
    return Panel(frame, groups, cohorts, weights=weights)


def moved(weights: SpatialWeights, frame: pd.DataFrame, names: dict[str, str] | None) -> SpatialWeights:
    """Return weights on renamed regions, in the order of the panel."""
    renamed = [names[region] if names else region for region in weights.regions]
    regions = tuple(str(region) for region in frame.index.get_level_values(0).unique())
    at = [renamed.index(region) for region in regions]
    return replace(weights, regions=regions, raw=sparse.csr_array(weights.raw.toarray()[np.ix_(at, at)]))


def tables(estimate: Estimate) -> list[pd.DataFrame]:
    return [estimate.terms.frame(), *(part.frame for part in estimate.parts if part.name in SHOWN)]


def close(
    one: Estimate, two: Estimate, scale: float = 1.0, columns: tuple[str, ...] = ("estimate", "std_error")
):
    for left, right in zip(tables(one), tables(two), strict=True):
        for column in columns:
            np.testing.assert_allclose(left[column] * scale, right[column], rtol=1e-7, atol=1e-9 * abs(scale))


@pytest.mark.parametrize("tag", CASES)
def test_fitting_twice_gives_the_same_and_leaves_the_panel_alone(tag):
    panel = CASES[tag].panel()
    before = panel.frame.copy(), panel.groups.copy(), {k: v.copy() for k, v in panel.cohorts.items()}
    one, two = fit(tag, panel), fit(tag, panel)
    assert one.terms.frame().equals(two.terms.frame())
    assert np.array_equal(one.covariance, two.covariance, equal_nan=True)
    assert [p.frame.equals(q.frame) for p, q in zip(one.parts, two.parts, strict=True)] == [True] * len(
        one.parts
    )
    assert one.notes == two.notes
    assert panel.frame.equals(before[0])
    assert panel.groups.equals(before[1])
    assert all(panel.cohorts[k].equals(v) for k, v in before[2].items())


@pytest.mark.parametrize("tag", CASES)
def test_the_order_of_rows_does_not_matter(tag):
    panel = CASES[tag].panel()
    order = np.random.default_rng(2).permutation(len(panel.frame))
    one, two = fit(tag, panel), fit(tag, rebuilt(panel, order))
    assert one.terms.frame().equals(two.terms.frame())
    assert all(p.frame.equals(q.frame) for p, q in zip(one.parts, two.parts, strict=True))


@pytest.mark.parametrize("tag", CASES)
def test_the_names_of_entities_do_not_matter(tag):
    panel = CASES[tag].panel()
    shuffled = np.random.default_rng(3).permutation(len(panel.entities))
    names = {name: f"e{k:03d}" for name, k in zip(panel.entities, shuffled, strict=True)}
    other = rebuilt(panel, np.arange(len(panel.frame)), names)
    if CASES[tag].splits:
        pytest.skip("regions are dealt over folds in the order of their names")
    columns = ("estimate",) if CASES[tag].draws else ("estimate", "std_error")
    close(fit(tag, panel), fit(tag, other), columns=columns)


@pytest.mark.parametrize("tag", [tag for tag, case in CASES.items() if case.scales])
@pytest.mark.parametrize("scale", [1e-4, -37.0])
def test_effects_are_in_proportion_to_the_outcome(tag, scale):
    panel = CASES[tag].panel()
    scaled = panel.with_columns(panel.frame[["y"]] * scale)
    one, two = fit(tag, panel), fit(tag, scaled)
    close(one, two, scale, ("estimate",))
    close(one, two, abs(scale), ("std_error",))


def test_every_model_has_a_case():
    assert set(CASES) == set(MODELS)


@pytest.mark.parametrize("tag", [tag for tag in CASES if tag.startswith("did-")])
def test_the_effect_alone_is_the_headline(tag):
    model = MODELS[tag].model_validate({"name": "m", "outcome": "y", **CASES[tag].keys})
    panel = CASES[tag].panel()
    alone = model.effect(model.sample(panel), Stream(5, "m"))
    whole = fit(tag, panel)
    term = whole.leading
    assert alone.estimate == pytest.approx(term.estimate, rel=1e-10)
    assert alone.std_error == pytest.approx(term.std_error, rel=1e-9)
    assert alone.df == whole.summary().get("df", float("inf"))
