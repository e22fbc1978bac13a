"""Errors that correlate across regions in panel regressions, and what they refuse and warn of."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from conftest import make_panel
from pydantic import ValidationError

from ccd.errors import EstimationError
from ccd.estimate.did.twfe import Twfe
from ccd.estimate.linear.ols import codes
from ccd.estimate.panel import specification
from ccd.estimate.panel.choice import Contrast, hausman, hausman_classical, verdict
from ccd.estimate.panel.fixed import PanelRegression
from ccd.estimate.panel.iv import PanelIv
from ccd.estimate.panel.random import PanelRandom
from ccd.panel import Panel
from ccd.space.distance import distances
from ccd.streams import Stream

STREAM = Stream(1, "p")
N, T = 12, 9
PLACE = ("lon", "lat")


def panel(balanced: bool = True, **columns: np.ndarray) -> Panel:
    """12 regions x 9 years within China; y = x + a_i + year shock + e, two instruments z1, z2 of x."""
    rng = np.random.default_rng(3)
    entity, time = np.repeat([f"r{i:02d}" for i in range(N)], T), np.tile(np.arange(2001, 2001 + T), N)
    z1, z2, v, c = rng.normal(size=(4, N * T))
    x = z1 + 0.5 * z2 + v
    shock = rng.normal(size=T)[codes(time)]
    y = x + np.repeat(rng.normal(size=N), T) + shock * x + 0.5 * v + rng.normal(size=N * T)
    lon, lat = np.repeat(rng.uniform(100, 118, N), T), np.repeat(rng.uniform(25, 42, N), T)
    frame = {"y": y, "x": x, "c": c, "z1": z1, "z2": z2, "lon": lon, "lat": lat, **columns}
    whole = make_panel(frame, entity, time)
    return whole if balanced else whole.rows(rng.random(N * T) < 0.85)


def fixed(data: Panel, estimator: str = "fixed", **more):
    keys = {"name": "p", "kind": "panel", "outcome": "y", "regressors": ("x",), "controls": ("c",)}
    return PanelRegression(**keys, estimator=estimator, **more).fit(data, STREAM)


def iv(data: Panel, **more):
    keys = {"name": "p", "kind": "panel", "outcome": "y", "controls": ("c",), "estimator": "iv"}
    return PanelIv(**keys, endogenous=("x",), instruments=("z1", "z2"), **more).fit(data, STREAM)


def dummies(data: Panel, estimator: str) -> np.ndarray:
    year = np.eye(T)[codes(data.years)][:, 1:]
    region = np.eye(N)[data.entity_codes] if estimator != "pooled" else np.ones((len(data.years), 1))
    return np.column_stack([data.frame[["x", "c"]].to_numpy(), region, year])


def parts(data: Panel, estimator: str) -> tuple[np.ndarray, np.ndarray]:
    """Return scores (n, k) and bread (k, k) on dummies, the instrumented columns fitted."""
    x, y = dummies(data, estimator), data.column("y")
    if estimator != "iv":
        beta = np.linalg.lstsq(x, y, rcond=None)[0]
        return x * (y - x @ beta)[:, None], np.linalg.inv(x.T @ x)
    z = np.column_stack([data.frame[["z1", "z2"]].to_numpy(), x[:, 1:]])
    fitted = z @ np.linalg.lstsq(z, x, rcond=None)[0]
    beta = np.linalg.solve(fitted.T @ x, fitted.T @ y)
    return fitted * (y - x @ beta)[:, None], np.linalg.inv(fitted.T @ fitted)


@pytest.mark.parametrize("balanced", [True, False])
@pytest.mark.parametrize("estimator", ["fixed", "pooled", "iv"])
def test_across_regions_by_the_double_sum_on_dummies(estimator, balanced) -> None:
    data = panel(balanced)
    year = codes(data.years)
    scores, bread = parts(data, estimator)
    n, far = len(year), distances(data.column("lon"), data.column("lat"))
    apart = np.abs(year[:, None] - year[None, :])
    weights = {"dk": np.clip(1 - apart / 3, 0, None), "conley": ((apart == 0) & (far <= 500)).astype(float)}
    levels = (N - 1 if estimator != "pooled" else 0, T - 1)
    dk = {"vcov": "driscoll-kraay", "hac_lags": 2}
    cases = [
        ({**dk, "hac_factor": "none"}, "dk", 1.0, T - 1),
        (dk, "dk", T / (T - 1) * (n - 1) / (n - 3 - levels[0]), T - 1),
        ({**dk, "hac_factor": "all"}, "dk", T / (T - 1) * (n - 1) / (n - 3 - sum(levels)), T - 1),
        (
            {"vcov": "conley", "coordinates": PLACE, "cutoff": 500.0},
            "conley",
            n / (n - 3 - sum(levels)),
            n - 3 - sum(levels),
        ),
    ]
    for keys, kind, factor, df in cases:
        found = iv(data, **keys) if estimator == "iv" else fixed(data, estimator, **keys)
        wanted = factor * (bread @ scores.T @ weights[kind] @ scores @ bread)[:2, :2]
        assert np.linalg.eigvalsh(wanted).min() > 0
        assert found.covariance == pytest.approx(wanted, rel=1e-8)
        assert found.df == df


@pytest.mark.parametrize("balanced", [True, False])
@pytest.mark.parametrize("estimator", ["fixed", "pooled", "iv"])
def test_two_clusters_by_the_double_sum_on_dummies(estimator, balanced) -> None:
    data = panel(balanced)
    entity, year = data.entity_codes, codes(data.years)
    together = (entity[:, None] == entity) | (year[:, None] == year)
    scores, bread = parts(data, estimator)
    n = len(year)
    factor = T / (T - 1) * (n - 1) / (n - 3)  # regions and years lie inside the clusters and leave K
    wanted = factor * (bread @ scores.T @ together @ scores @ bread)[:2, :2]
    values, vectors = np.linalg.eigh(wanted)
    wanted = (vectors * np.clip(values, 0, None)) @ vectors.T
    both = ("region", "year")
    found = iv(data, cluster=both) if estimator == "iv" else fixed(data, estimator, cluster=both)
    assert found.covariance == pytest.approx(wanted, rel=1e-8)
    assert found.clusters == (N, T)
    assert found.df == T - 1


def test_instruments_keep_sargan_where_no_j_is_made() -> None:
    for keys in (
        {"vcov": "driscoll-kraay"},
        {"cluster": ("region", "year")},
        {"vcov": "conley", "coordinates": PLACE},
    ):
        found = iv(panel(), **keys)
        assert "hansen_j" not in set(found.part("tests").frame["test"])
        assert "sargan" in set(found.part("tests").frame["test"])
        assert any("Hansen's J is not made" in str(note) for note in found.notes)


@pytest.mark.parametrize(
    "more",
    [
        {"vcov": "driscoll-kraay"},
        {"vcov": "conley", "coordinates": PLACE},
        {"cluster": ("region", "year")},
    ],
)
def test_random_effects_refuse_in_words(more) -> None:
    with pytest.raises(
        ValidationError, match="random effects have classical, HC1 and one-way clustered errors"
    ):
        PanelRandom(name="p", kind="panel", outcome="y", regressors=("x",), **more)


def test_keys_that_say_nothing_are_refused() -> None:
    with pytest.raises(ValidationError, match="belong to vcov"):
        fixed(panel(), hac_lags=2)
    with pytest.raises(ValidationError, match="needs coordinates"):
        fixed(panel(), vcov="conley")
    with pytest.raises(EstimationError, match="9 lags need more than 9 years"):
        fixed(panel(), vcov="driscoll-kraay", hac_lags=9)


def conley(data: Panel, coordinates=PLACE):
    return fixed(data, vcov="conley", coordinates=coordinates)


def test_coordinates_are_degrees() -> None:
    good = panel()
    with pytest.raises(EstimationError, match=r"is no latitude .*\[-90, 90\]") as error:
        conley(good, ("lat", "lon"))
    assert "look exchanged" in str(error.value)
    metres = panel(lon=1000 * good.column("lon"), lat=1000 * good.column("lat"))
    with pytest.raises(EstimationError, match="is no longitude") as error:
        conley(metres)
    assert "projected metres" in str(error.value)
    lon = good.column("lon").copy()
    lon[T : T + 2] = np.nan
    with pytest.raises(EstimationError, match="'lon' is missing") as error:
        conley(panel(lon=lon))
    assert "r01 2001" in str(error.value)
    assert not any("exchanged" in str(note) for note in conley(good).notes)


def test_places_that_look_exchanged_are_warned_of() -> None:
    # Xinjiang: 75 to 89 east, 36 to 47 north; exchanged, every latitude is a latitude, but beyond the polar circle.
    rng = np.random.default_rng(1)
    lon, lat = np.repeat(rng.uniform(75, 89, N), T), np.repeat(rng.uniform(36, 47, N), T)
    west = panel(lon=lon, lat=lat)
    assert not any("exchanged" in str(note) for note in conley(west).notes)
    found = conley(west, ("lat", "lon"))
    note = next(note for note in found.notes if "exchanged" in str(note))
    assert "Most latitudes in lon lie beyond the polar circles" in str(note)
    assert "疑似颠倒" in note.render("zh", lambda name: name)
    start = pd.Series([2004.0, 2005.0, 2006.0] + [np.nan] * 9, index=west.entities)
    treated = Panel(west.frame, west.groups, {"policy": start})
    keys = {"name": "m", "kind": "did", "outcome": "y", "policy": "policy", "permutation": {"draws": 0}}
    did = Twfe(**keys, vcov="conley", coordinates=("lat", "lon")).fit(treated, STREAM)
    assert sum("exchanged" in str(note) for note in did.notes) == 1


def test_the_classical_hausman_statistic_by_hand_and_missing_where_it_does_not_exist() -> None:
    gap, fixed_v, random_v = np.array([0.2, -0.1]), np.diag([0.03, 0.02]), np.diag([0.01, 0.01])
    found = hausman_classical(Contrast(gap, fixed_v, random_v, 1.0, 1.0))
    assert found.statistic == pytest.approx(0.04 / 0.02 + 0.01 / 0.01)
    assert hausman(Contrast(gap, fixed_v, random_v, 1.0, 1.0)).statistic == pytest.approx(3.0)
    wide = Contrast(gap, fixed_v, 4 * random_v, 1.0, 4.0)
    assert np.isnan(hausman_classical(wide).statistic)
    assert hausman(wide).statistic == pytest.approx(3.0)  # on one s2 the difference is definite again


@pytest.mark.parametrize(
    ("classical", "mundlak", "words", "chinese"),
    [
        (20.0, 9.0, "rejects random effects (p < 0.001): region effects move", "拒绝随机效应"),
        (0.2, 9.0, "does not reject random effects (p = 0.905), another form does", "另一形式的检验则拒绝"),
        (0.2, 0.1, "does not reject random effects (p = 0.905); fixed effects hold", "未拒绝随机效应"),
        (20.0, 0.1, "rejects random effects (p < 0.001), another form does not", "另一形式的检验则未拒绝"),
    ],
)
def test_the_verdict_says_what_leads_and_whether_all_agree(classical, mundlak, words, chinese) -> None:
    leading = specification.Test("hausman_classical", classical, 2, float("inf"))
    missing = specification.Test("hausman", float("nan"), 2, float("inf"))
    others = [missing, specification.Test("mundlak", mundlak, 2, 30.0)]
    said = verdict(leading, [leading, *others])
    assert words in str(said)
    assert str(said).startswith("The Hausman test")
    assert chinese in said.render("zh", lambda name: name)


@pytest.mark.parametrize(
    ("vcov", "leads"), [("cluster", "Mundlak's clustered test"), ("iid", "The Hausman test")]
)
def test_the_form_that_holds_under_the_models_errors_leads(vcov, leads) -> None:
    keys = {"name": "p", "kind": "panel", "outcome": "y", "regressors": ("x", "c"), "estimator": "random"}
    found = PanelRandom(**keys, vcov=vcov).fit(panel(), STREAM)
    tests = found.part("tests").frame.set_index("test")
    missing = np.isnan(tests.loc["hausman_classical", "statistic"])
    assert missing == any("does not exist" in str(note) for note in found.notes)
    assert missing == np.isnan(tests.loc["hausman_classical", "p_value"])
    assert any(str(note).startswith(leads) for note in found.notes)
