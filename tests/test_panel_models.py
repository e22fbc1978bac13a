"""Pooled, fixed, random effects and instrumental variables against linearmodels and explicit algebra."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from conftest import make_panel
from linearmodels.iv import IV2SLS, IVGMM
from linearmodels.panel import PanelOLS, PooledOLS, RandomEffects
from pydantic import ValidationError
from scipy import stats

from ccd.errors import EstimationError
from ccd.estimate.panel.fixed import PanelRegression
from ccd.estimate.panel.iv import PanelIv
from ccd.estimate.panel.overidentification import hansen_j, sargan
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


def test_random_components_are_named_and_the_exact_ones_follow_their_formula() -> None:
    def fitted(balanced: bool, components: str):
        more = {"time_effects": False, "vcov": "iid", "components": components}
        return PanelRandom(**keys(regressors=("x",), **more)).fit(simulated(balanced), STREAM)

    plain, exact = fitted(False, "stata"), fitted(False, "swamy-arora")
    assert any("Stata's default for unbalanced panels" in str(note) for note in plain.notes)
    assert any("after Swamy and Arora" in str(note) for note in exact.notes)
    assert any("after Swamy and Arora" in str(note) for note in fitted(True, "stata").notes)
    assert fitted(True, "stata").term("x").estimate == fitted(True, "swamy-arora").term("x").estimate
    # Baltagi and Chang (1994): with P the projection on region dummies and Z these dummies,
    # s2_u = (y'M y - (N - K) s2_e) / (n - tr((X'PX)^-1 X'ZZ'X)), M the residual maker of the regression P y on P X.
    panel = simulated(False)
    frame, entity = data(panel), panel.entity_codes
    z = np.eye(entity.max() + 1)[entity]
    count = z.sum(axis=0)
    p = z / count @ z.T
    y, x = frame["y"].to_numpy(), frame[["x", "c", "const"]].to_numpy()
    n, regions = z.shape
    inside = x[:, :2] - p @ x[:, :2]
    resid = (y - p @ y) - inside @ np.linalg.lstsq(inside, y - p @ y, rcond=None)[0]
    s2_e = resid @ resid / (n - regions - 2)
    means = p @ x
    between = p @ y - means @ np.linalg.lstsq(means, p @ y, rcond=None)[0]
    sums = z.T @ x
    trace = np.trace(np.linalg.solve(x.T @ means, sums.T @ sums))
    s2_u = (between @ between - (regions - 3) * s2_e) / (n - trace)
    theta = 1 - np.sqrt(s2_e / (s2_e + count[entity] * s2_u))
    left = x - theta[:, None] * means
    beta = np.linalg.lstsq(left, y - theta * (p @ y), rcond=None)[0]
    assert exact.terms.frame()["estimate"].to_numpy() == pytest.approx(beta, abs=1e-9)
    assert exact.details["theta"] == pytest.approx([theta.min(), theta.max()])
    assert abs(plain.term("x").estimate - beta[0]) > 1e-7


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
    over = {"hansen_j", "sargan"} & set(ours.part("tests").frame["test"])
    assert over == (set() if len(instruments) == 1 else {"hansen_j", "sargan"})


@pytest.mark.parametrize("balanced", [True, False])
@pytest.mark.parametrize("vcov", ["cluster", "hc1", "iid"])
def test_overidentification_equals_linearmodels(balanced, vcov) -> None:
    panel = simulated(balanced)
    swept = within(panel)
    columns = swept["y"], swept[["c"]], swept[["x"]], swept[["z1", "z2"]]
    ours = PanelIv(**keys(estimator="iv", endogenous=("x",), instruments=("z1", "z2"), vcov=vcov))
    tests = ours.fit(panel, STREAM).part("tests").frame.set_index("test")
    plain = IV2SLS(*columns).fit(cov_type="unadjusted").sargan
    assert tests.loc["sargan", "statistic"] == pytest.approx(plain.stat, rel=1e-8)
    assert tests.loc["sargan", "p_value"] == pytest.approx(plain.pval, rel=1e-8)
    assert ("hansen_j" in tests.index) == (vcov != "iid")
    if vcov != "iid":
        more = {"clusters": panel.entity_codes} if vcov == "cluster" else {}
        peer = IVGMM(*columns, weight_type="clustered" if more else "robust", **more).fit(iter_limit=2).j_stat
        assert tests.loc["hansen_j", "statistic"] == pytest.approx(peer.stat, rel=1e-7)
        assert tests.loc["hansen_j", "p_value"] == pytest.approx(peer.pval, rel=1e-7)
        assert tests.loc["hansen_j", "df"] == peer.df == 1


def test_hansen_j_by_hand() -> None:
    # Slopes are (1, 1), so J is the squared gap of the two moments over its variance. Scores (2, 0) and (1, 3) have
    # the moments (3, 3); scores (2, 0) and (1, 5) the moments (3, 5) and S = [[5, 5], [5, 25]].
    resid, x = np.ones(3), np.array([[1.0], [0], [0]])
    z = np.array([[1.0, 1], [1, -1], [1, 3]])
    assert hansen_j(resid, x, z, np.array([0, 0, 1])) == pytest.approx(0, abs=1e-12)
    z = np.array([[1.0, 1], [1, -1], [1, 5]])
    s11, s12, s22 = 5, 5, 25
    assert hansen_j(resid, x, z, np.array([0, 0, 1])) == pytest.approx((3 - 5) ** 2 / (s11 - 2 * s12 + s22))
    assert np.isnan(hansen_j(resid, x, z, np.zeros(3, int)))  # one cluster cannot weigh two instruments


@pytest.mark.slow
@pytest.mark.parametrize("ar", [0.0, 0.6, 0.8])
def test_hansen_j_keeps_its_size_where_errors_last(ar) -> None:
    rng, regions, years, draws = np.random.default_rng(5), 50, 10, 2000
    entity = np.repeat(np.arange(regions), years)
    rejected = np.zeros(2)
    for _ in range(draws):
        z1, z2, v, u = (lasting(rng, regions, years, ar) for _ in range(4))
        x = z1 + z2 + v
        u = u + v
        y, x, z1, z2 = (one - one.mean(axis=1, keepdims=True) for one in (x + u, x, z1, z2))
        z, x, y = np.column_stack([z1.ravel(), z2.ravel()]), x.reshape(-1, 1), y.ravel()
        fitted = z @ np.linalg.lstsq(z, x, rcond=None)[0]
        resid = y - x[:, 0] * (fitted[:, 0] @ y) / (fitted[:, 0] @ x[:, 0])
        found = np.array([hansen_j(resid, x, z, entity), sargan(resid, z)])
        rejected += found > 3.841459
    j, plain = rejected / draws
    assert 0.035 <= j <= 0.07
    assert (plain > 0.1) == (ar > 0)


def lasting(rng, regions: int, years: int, ar: float) -> np.ndarray:
    """Return a stationary AR(1) for each region, (regions, years)."""
    found = rng.normal(size=(regions, years))
    for t in range(1, years):
        found[:, t] = ar * found[:, t - 1] + np.sqrt(1 - ar**2) * found[:, t]
    return found


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


@pytest.mark.parametrize("outcome", ["flat", "additive"])
def test_an_outcome_that_the_effects_explain_is_refused(outcome):
    frame = pd.DataFrame(
        [
            (f"r{i}", 2010 + t, 1.0 * i, 1.0 * (i + t), (i * 7 + t * t) % 5 + 0.0)
            for i in range(6)
            for t in range(5)
        ],
        columns=["region", "year", "flat", "additive", "x"],
    ).set_index(["region", "year"])
    model = PanelRegression(name="m", kind="panel", outcome=outcome, regressors=("x",))
    with pytest.raises(EstimationError, match="nothing is left of the outcome"):
        model.fit(Panel(frame, pd.DataFrame(index=frame.index), {}), Stream(0, "m"))


def test_an_exact_fit_leaves_the_test_of_equal_effects_out():
    frame = pd.DataFrame(
        [
            (f"r{i}", 2010 + t, 2.0 * ((i * 7 + t * t) % 5) + i, float((i * 7 + t * t) % 5))
            for i in range(6)
            for t in range(5)
        ],
        columns=["region", "year", "y", "x"],
    ).set_index(["region", "year"])
    found = PanelRegression(name="m", kind="panel", outcome="y", regressors=("x",)).fit(
        Panel(frame, frame[[]]), Stream(0, "m")
    )
    assert not found.parts
    assert any("fit the outcome exactly" in str(note) for note in found.notes)
    assert found.terms.estimate[0] == pytest.approx(2.0)
