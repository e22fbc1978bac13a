"""Pooled, fixed, random effects and instrumental variables against linearmodels and explicit algebra."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from conftest import make_panel
from linearmodels.iv import IV2SLS
from linearmodels.panel import PanelOLS, PooledOLS, RandomEffects
from pydantic import ValidationError
from scipy import stats

from ccd.errors import EstimationError
from ccd.estimate.panel.fixed import PanelRegression
from ccd.estimate.panel.iv import PanelIv
from ccd.estimate.panel.random import PanelRandom
from ccd.panel import Panel
from ccd.streams import Stream

STREAM = Stream(1, "p")


def simulated(balanced: bool = True, correlated: float = 0.0, strength: float = 1.0) -> Panel:
    """40 regions x 9 years: y = x + a_i + e, x endogenous through v and moved by z1, z2; w fixed in a region."""
    rng = np.random.default_rng(5)
    n, t = 40, 9
    entity, time = np.repeat([f"r{i:02d}" for i in range(n)], t), np.tile(np.arange(2001, 2001 + t), n)
    level = np.repeat(rng.normal(size=n), t)
    z1, z2, v = rng.normal(size=(3, n * t))
    x = strength * (z1 + 0.5 * z2) + v + correlated * level
    y = x + level + 0.05 * (time - 2001) + 0.8 * v + rng.normal(scale=0.5, size=n * t)
    c = rng.normal(size=n * t)
    panel = make_panel({"y": y, "x": x, "c": c, "z1": z1, "z2": z2, "w": level + 1}, entity, time)
    return panel if balanced else panel.rows(rng.random(n * t) < 0.85)


def keys(**more) -> dict:
    return {"name": "p", "kind": "panel", "outcome": "y", "controls": ("c",), **more}


def data(panel: Panel) -> pd.DataFrame:
    frame = panel.frame.copy()
    frame["const"] = 1.0
    return frame


@pytest.mark.parametrize("balanced", [True, False])
def test_fixed_equals_linearmodels(balanced) -> None:
    panel = simulated(balanced)
    frame = data(panel)
    peer = PanelOLS(frame["y"], frame[["x", "c"]], entity_effects=True, time_effects=True)
    found = peer.fit(cov_type="unadjusted")
    ours = PanelRegression(**keys(estimator="fixed", regressors=("x",), vcov="iid")).fit(panel, STREAM)
    assert ours.terms.frame()["estimate"].to_numpy() == pytest.approx(found.params.to_numpy(), abs=1e-10)
    assert ours.terms.frame()["std_error"].to_numpy() == pytest.approx(found.std_errors.to_numpy(), rel=1e-9)
    test = ours.part("tests").frame.iloc[0]
    one = PanelOLS(frame["y"], frame[["x", "c"]], time_effects=True).fit()
    q, rest = len(panel.entities) - 1, found.df_resid
    f = (one.resid_ss - found.resid_ss) / q / (found.resid_ss / rest)
    assert test["statistic"] == pytest.approx(f, rel=1e-8)
    assert test["p_value"] == pytest.approx(stats.f.sf(f, q, rest), rel=1e-6)


def test_pooled_equals_linearmodels() -> None:
    panel = simulated()
    frame = data(panel)
    peer = PooledOLS(frame["y"], frame[["x", "c", "const"]])
    ours = PanelRegression(**keys(estimator="pooled", regressors=("x",), time_effects=False))
    found = peer.fit(cov_type="clustered", cluster_entity=True, group_debias=True)
    terms = ours.fit(panel, STREAM).terms.frame()
    assert terms["estimate"].to_numpy() == pytest.approx(found.params[["x", "c"]].to_numpy(), abs=1e-10)
    x = frame[["x", "c", "const"]].to_numpy()
    resid = frame["y"].to_numpy() - x @ found.params.to_numpy()
    scores = np.array([(x * resid[:, None])[panel.entity_codes == i].sum(axis=0) for i in range(40)])
    bread = np.linalg.inv(x.T @ x)
    n, factor = len(frame), 40 / 39 * (len(frame) - 1) / (len(frame) - 3)
    wanted = np.sqrt(np.diag(factor * bread @ scores.T @ scores @ bread))[:2]
    assert terms["std_error"].to_numpy() == pytest.approx(wanted, rel=1e-9)
    assert wanted == pytest.approx(found.std_errors[["x", "c"]].to_numpy(), rel=1 / n)


@pytest.mark.parametrize("balanced", [True, False])
def test_random_equals_linearmodels_and_hausman_its_definition(balanced) -> None:
    panel = simulated(balanced)
    frame = data(panel)
    found = RandomEffects(frame["y"], frame[["x", "c", "const"]]).fit()
    spec = PanelRandom(**keys(regressors=("x",), time_effects=False, vcov="iid"))
    ours = spec.fit(panel, STREAM)
    assert ours.terms.frame()["estimate"].to_numpy() == pytest.approx(found.params.to_numpy(), abs=1e-10)
    assert ours.terms.frame()["std_error"].to_numpy() == pytest.approx(found.std_errors.to_numpy(), rel=1e-9)
    fixed = PanelOLS(frame["y"], frame[["x", "c"]], entity_effects=True).fit()
    both = ["x", "c"]
    gap = (fixed.params - found.params[both]).to_numpy()
    spread = fixed.cov.to_numpy() - found.cov.loc[both, both].to_numpy() * fixed.s2 / found.s2
    wanted = gap @ np.linalg.inv(spread) @ gap
    row = ours.part("tests").frame.set_index("test").loc["hausman"]
    assert row["statistic"] == pytest.approx(wanted, rel=1e-6)
    assert row["p_value"] == pytest.approx(stats.chi2.sf(wanted, 2), rel=1e-6)


def test_hausman_and_mundlak_reject_where_effects_move_with_the_regressor() -> None:
    for correlated, low, high in ((0.0, 0.01, 1.0), (1.5, 0.0, 0.001)):
        tests = (
            PanelRandom(**keys(regressors=("x",))).fit(simulated(correlated=correlated), STREAM).part("tests")
        )
        p_values = tests.frame.set_index("test")["p_value"]
        assert low <= p_values["hausman"] <= high
        assert low <= p_values["mundlak"] <= high
        assert p_values["breusch_pagan"] < 0.01


def test_breusch_pagan_by_hand() -> None:
    # Balanced: NT / (2 (T - 1)) [sum_i (sum_t e)^2 / sum e^2 - 1]^2 on pooled residuals.
    panel = simulated()
    frame = data(panel)
    resid = PooledOLS(frame["y"], frame[["x", "c", "const"]]).fit().resids.to_numpy().reshape(40, 9)
    wanted = 360 / (2 * 8) * ((resid.sum(axis=1) ** 2).sum() / (resid**2).sum() - 1) ** 2
    tests = PanelRandom(**keys(regressors=("x",), time_effects=False)).fit(panel, STREAM).part("tests").frame
    assert tests.set_index("test").loc["breusch_pagan", "statistic"] == pytest.approx(wanted)


def test_random_keeps_a_column_that_fixed_effects_absorb() -> None:
    ours = PanelRandom(**keys(regressors=("x", "w"))).fit(simulated(), STREAM)
    assert np.isfinite(ours.term("w").std_error)
    assert any("absorb them: w" in str(note) for note in ours.notes)
    with pytest.raises(EstimationError, match="no variation is left"):
        PanelRegression(**keys(regressors=("w",))).fit(simulated(), STREAM)


def within(panel: Panel) -> pd.DataFrame:
    frame = panel.frame
    entity, time = panel.entity_codes, panel.years - panel.years.min()
    dummies = np.column_stack([np.eye(entity.max() + 1)[entity], np.eye(time.max() + 1)[time]])
    values = frame.to_numpy()
    return pd.DataFrame(
        values - dummies @ np.linalg.lstsq(dummies, values, rcond=None)[0], columns=frame.columns
    )


@pytest.mark.parametrize("instruments", [("z1",), ("z1", "z2")])
@pytest.mark.parametrize("balanced", [True, False])
def test_iv_equals_linearmodels(instruments, balanced) -> None:
    panel = simulated(balanced)
    swept = within(panel)
    peer = IV2SLS(swept["y"], swept[["c"]], swept[["x"]], swept[list(instruments)])
    found = peer.fit(cov_type="clustered", clusters=panel.entity_codes)
    ours = PanelIv(**keys(estimator="iv", endogenous=("x",), instruments=instruments)).fit(panel, STREAM)
    assert ours.terms.frame()["estimate"].to_numpy() == pytest.approx(
        found.params[["x", "c"]].to_numpy(), abs=1e-9
    )
    n, g, k = len(swept), len(panel.entities), 2 + 1 + len(panel.times) - 1
    factor = g / (g - 1) * (n - 1) / (n - k)
    peer_errors = found.std_errors[["x", "c"]].to_numpy() * np.sqrt(factor)
    assert ours.terms.frame()["std_error"].to_numpy() == pytest.approx(peer_errors, rel=1e-8)
    assert abs(ours.term("x").estimate - 1) < 0.15  # the truth; least squares is off
    ols = PanelRegression(**keys(regressors=("x",))).fit(panel, STREAM)
    assert ols.term("x").estimate > 1.2
    # first-stage F: with one instrument the squared clustered t of an ordinary regression
    stage = ours.part("first_stage")
    first = PanelRegression(**{**keys(regressors=instruments), "outcome": "x"}).fit(panel, STREAM)
    assert stage.frame["estimate"].to_numpy() == pytest.approx(
        first.terms.frame()["estimate"].to_numpy(), abs=1e-9
    )
    if len(instruments) == 1:
        assert stage.value.f["x"] == pytest.approx(first.term("z1").statistic ** 2, rel=1e-8)
    tests = ours.part("tests").frame["test"].tolist()
    assert ("overidentification" in tests) == (len(instruments) == 2)


def test_iv_tests_by_their_regressions() -> None:
    panel = simulated()
    ours = PanelIv(**keys(estimator="iv", endogenous=("x",), instruments=("z1",))).fit(panel, STREAM)
    tests = ours.part("tests").frame.set_index("test")
    reduced = PanelRegression(**keys(regressors=("z1",))).fit(panel, STREAM)
    assert tests.loc["anderson_rubin", "statistic"] == pytest.approx(reduced.term("z1").statistic ** 2)
    swept = within(panel)
    v = swept["x"] - swept[["z1", "c"]] @ np.linalg.lstsq(swept[["z1", "c"]], swept["x"], rcond=None)[0]
    more = panel.with_columns(pd.DataFrame({"v": v.to_numpy()}, index=panel.frame.index))
    control = PanelRegression(**keys(regressors=("v", "x"))).fit(more, STREAM)
    assert tests.loc["endogeneity", "statistic"] == pytest.approx(control.term("v").statistic ** 2, rel=1e-6)
    assert tests.loc["endogeneity", "p_value"] < 0.001


def test_weak_instruments_are_warned_of() -> None:
    weak = simulated(strength=0.02)
    ours = PanelIv(**keys(estimator="iv", endogenous=("x",), instruments=("z1",))).fit(weak, STREAM)
    assert any("Weak instruments" in str(note) for note in ours.notes)


def test_lag_moves_the_regressors() -> None:
    panel = simulated()
    ours = PanelRegression(**keys(regressors=("x",), lag=1)).fit(panel, STREAM)
    moved = panel.frame[["x", "c"]].groupby(level=0).shift(1)
    frame = panel.frame.assign(x=moved["x"], c=moved["c"]).dropna()
    peer = PanelOLS(frame["y"], frame[["x", "c"]], entity_effects=True, time_effects=True).fit()
    assert ours.terms.frame()["estimate"].to_numpy() == pytest.approx(peer.params.to_numpy(), abs=1e-9)


@pytest.mark.parametrize(
    "more",
    [
        {"endogenous": ("x", "c2"), "instruments": ("z1",)},
        {"endogenous": ("x",), "instruments": ("x",)},
        {"endogenous": ("x",), "instruments": ("c",)},
    ],
)
def test_iv_refuses(more) -> None:
    with pytest.raises(ValidationError):
        PanelIv(**keys(estimator="iv", **more))
