"""Scores against statsmodels, entropy balancing against a general optimiser, balance against regressions."""

from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm
from scipy import optimize, stats
from scipy.integrate import trapezoid

from ccd.errors import EstimationError
from ccd.estimate.matching import (
    balance_summary,
    balance_table,
    compare_groups,
    density,
    effective_size,
    exponential_tilt,
    fit_score,
)
from ccd.estimate.matching.score import separates


def world(seed=0, n=200, k=3):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, k)) * [1, 1000, 0.01] + [0, 5e4, 3]
    index = x[:, 0] - 0.5 + (x[:, 2] - 3) * 40
    return x, rng.random(n) < 1 / (1 + np.exp(-index))


@pytest.mark.parametrize("link", ["logit", "probit"])
def test_scores_are_those_of_statsmodels(link):
    x, d = world()
    found = fit_score(x, d, link)
    middle, spread = x.mean(axis=0), x.std(axis=0)  # the peer needs columns of one size
    peer = {"logit": sm.Logit, "probit": sm.Probit}[link]
    truth = peer(d.astype(float), sm.add_constant((x - middle) / spread)).fit(disp=0, tol=1e-14, maxiter=100)
    np.testing.assert_allclose(found.beta[1:], truth.params[1:] / spread, rtol=1e-9)
    np.testing.assert_allclose(found.probability, truth.predict(), rtol=1e-9)
    np.testing.assert_allclose(
        np.sqrt(np.diag(found.vcov))[1:], truth.bse[1:] / spread, rtol=1e-7 if link == "logit" else 1e-5
    )
    assert found.loglik == pytest.approx(truth.llf, abs=1e-10)
    # the peer finds the log likelihood of the constant by search, so only to seven digits
    assert found.pseudo_r2 == pytest.approx(truth.prsquared, abs=1e-7)
    assert (found.chi2, found.p_value) == pytest.approx((truth.llr, truth.llr_pvalue), rel=1e-5)
    share = d.mean()
    assert found.loglik_null == pytest.approx(
        200 * (share * np.log(share) + (1 - share) * np.log(1 - share)), rel=1e-13
    )


@pytest.mark.parametrize("link", ["logit", "probit"])
def test_counts_are_rows_that_stand_more_than_once(link):
    x, d = world(1, 80)
    count = np.random.default_rng(2).integers(0, 4, 80)
    rows = np.repeat(np.arange(80), count)
    one, two = fit_score(x, d, link, count=count.astype(float)), fit_score(x[rows], d[rows], link)
    np.testing.assert_allclose(one.beta, two.beta, rtol=1e-8)
    assert one.loglik == pytest.approx(two.loglik, abs=1e-9)


def test_strata_are_constants_of_their_own():
    x, d = world(3, 150)
    strata = np.arange(150) % 3
    dummies = np.column_stack([(strata == s).astype(float) for s in (1, 2)])
    one = fit_score(x, d, strata=strata.astype(np.intp))
    two = fit_score(np.column_stack([x, dummies]), d)
    np.testing.assert_allclose(one.probability, two.probability, atol=1e-12)


def test_a_column_that_separates_is_named():
    x, d = world(4, 60)
    bad = np.column_stack([x[:, 0], d * 5.0 + x[:, 1] / 1e4])
    with pytest.raises(EstimationError, match=r"^error: fiscal separates treated"):
        fit_score(bad, d, names=("gdp", "fiscal"))


def test_a_column_that_separates_all_but_its_ties_is_named():
    """Quasi-complete: both groups stand on the bound, none beyond it."""
    rng = np.random.default_rng(0)
    d = np.arange(40) < 15
    step = np.where(d, rng.integers(0, 3, 40), rng.integers(-2, 1, 40)).astype(float)
    step[[0, 20]] = 0.0
    for link in ("logit", "probit"):
        with pytest.raises(EstimationError, match="step separates"):
            fit_score(np.column_stack([rng.normal(size=40), step]), d, link, ("noise", "step"))


def test_columns_that_separate_together_are_named_without_the_others():
    rng = np.random.default_rng(5)
    x = rng.normal(size=(80, 3))
    d = x[:, 0] + x[:, 2] > 0.4
    with pytest.raises(EstimationError, match=r"^error: a, c together separate"):
        fit_score(x, d, names=("a", "b", "c"))


def test_outliers_do_not_count_as_separation():
    """A probability of 1 to machine precision in one row is no reason to refuse."""
    x, d = world(6, 200)
    x = x[:, :1].copy()
    top = int(np.flatnonzero(d)[0])
    x[top] = 60.0
    assert not separates(np.column_stack([np.ones(200), x]), d)
    found = fit_score(x, d)
    truth = sm.Logit(d.astype(float), sm.add_constant(x)).fit(disp=0, tol=1e-12, maxiter=200)
    np.testing.assert_allclose(found.beta, truth.params, rtol=1e-7)


def test_constant_collinear_and_scarce_columns_are_named():
    x, d = world(7, 50)
    for extra, what in ((np.full(50, 0.1), "tax is constant"), (x[:, 0] * 2 - x[:, 1], "tax is collinear")):
        with pytest.raises(EstimationError, match=what):
            fit_score(np.column_stack([x, extra]), d, names=("a", "b", "c", "tax"))
    few = np.zeros(50, bool)
    few[:3] = True
    with pytest.raises(EstimationError, match="3 treated units are too few for a score of 3 columns"):
        fit_score(x, few)


def test_entropy_balancing_meets_its_moments_and_is_the_optimum():
    rng = np.random.default_rng(8)
    x, target, base = rng.normal(size=(30, 2)), np.array([0.3, -0.2]), rng.integers(1, 4, 30).astype(float)
    w = exponential_tilt(x, target, base).weight
    np.testing.assert_allclose(w @ x, target, atol=1e-10)
    assert w.sum() == pytest.approx(1, abs=1e-12)
    truth = optimize.minimize(
        lambda v: np.sum(v * np.log(v / base)),
        np.full(30, 1 / 30),
        jac=lambda v: np.log(v / base) + 1,
        bounds=[(1e-9, 1)] * 30,
        constraints=[
            {"type": "eq", "fun": lambda v: v @ x - target, "jac": lambda v: x.T},
            {"type": "eq", "fun": lambda v: v.sum() - 1, "jac": lambda v: np.ones(30)},
        ],
        method="SLSQP",
        options={"ftol": 1e-15, "maxiter": 1000},
    )
    np.testing.assert_allclose(w, truth.x, atol=1e-6)


@pytest.mark.parametrize("seed", range(30))
def test_entropy_balancing_meets_hard_moments_to_1e8(seed):
    """Targets near the edge of the controls' hull, columns of very different size."""
    rng = np.random.default_rng(seed)
    x = rng.standard_t(3, size=(25, 3)) * [1, 1e5, 1e-4]
    inside = rng.dirichlet(np.full(25, 0.15))
    w = exponential_tilt(x, inside @ x).weight
    np.testing.assert_allclose((w @ x - inside @ x) / x.std(axis=0), 0, atol=1e-8)


def test_means_beyond_the_controls_cannot_be_balanced():
    x = np.random.default_rng(0).random((20, 2))
    with pytest.raises(EstimationError, match="the treated mean of tax lies outside the controls' range"):
        exponential_tilt(x, np.array([0.5, 1.2]), names=("gdp", "tax"))
    with pytest.raises(EstimationError, match="no weights on the controls give the treated means\n"):
        exponential_tilt(
            np.array([[0.0, 0.0], [1.0, 0.1], [0.1, 1.0]]), np.array([0.9, 0.9]), names=("a", "b")
        )


def test_balance_is_that_of_regressions_on_the_treatment():
    x, d = world(9, 120)
    weight = np.where(d, 1.0, np.random.default_rng(1).random(120) * 2)
    weight[np.flatnonzero(d)[:3]], weight[np.flatnonzero(~d)[:20]] = 0, 0
    table = balance_table(x, d, weight, ["a", "b", "c"]).set_index("variable")
    for j, name in enumerate("abc"):
        row, v = table.loc[name], x[:, j]
        pooled = np.sqrt((v[d].var(ddof=1) + v[~d].var(ddof=1)) / 2)
        gap = np.average(v[d], weights=weight[d]) - np.average(v[~d], weights=weight[~d])
        assert row["bias_before"] == pytest.approx(100 * (v[d].mean() - v[~d].mean()) / pooled, rel=1e-10)
        assert row["bias_after"] == pytest.approx(100 * gap / pooled, rel=1e-9)
        assert row["smd_after"] == pytest.approx(gap / v[d].std(ddof=1), rel=1e-9)
        assert row["reduction"] == pytest.approx(
            100 * (1 - abs(row["bias_after"] / row["bias_before"])), rel=1e-9
        )
        assert row["variance_ratio_before"] == pytest.approx(v[d].var(ddof=1) / v[~d].var(ddof=1), rel=1e-10)
        kept = weight > 0
        scaled = (v[kept] - v.mean()) / v.std()
        ols = sm.OLS(scaled, sm.add_constant(d[kept].astype(float))).fit()
        wls = sm.WLS(scaled, sm.add_constant(d[kept].astype(float)), weights=weight[kept]).fit()
        plain = sm.OLS(v, sm.add_constant(d.astype(float))).fit()
        assert (row["t_before"], row["p_before"]) == pytest.approx(
            (plain.tvalues[1], plain.pvalues[1]), rel=1e-7
        )
        total = weight.sum()  # stands where the regression has the number of rows
        t = wls.tvalues[1] * np.sqrt((total - 2) / (kept.sum() - 2))
        assert (row["t_after"], row["p_after"]) == pytest.approx(
            (t, 2 * stats.t.sf(abs(t), total - 2)), rel=1e-7
        )
        assert row["t_after"] != pytest.approx(ols.tvalues[1])


def test_whole_weights_are_repeated_rows():
    """What weights of 1, 2 and 3 give after matching is what rows that stand so often give before it."""
    x, d = world(11, 140)
    weight = np.where(d, 1, np.random.default_rng(2).integers(0, 4, 140))
    names = ["a", "b", "c"]
    table = balance_table(x, d, weight.astype(float), names)
    long, group, ones = np.repeat(x, weight, axis=0), np.repeat(d, weight), np.ones(weight.sum())
    repeated = balance_table(long, group, ones, names)
    for column in ("t", "p", "variance_ratio"):
        np.testing.assert_allclose(table[f"{column}_after"], repeated[f"{column}_before"], rtol=1e-9)
    after = balance_summary(x, d, weight.astype(float), table)["after"]
    before = balance_summary(long, group, ones, repeated)["before"]
    for number in ("rubin_b", "rubin_r", "lr_chi2", "pseudo_r2"):
        assert after[number] == pytest.approx(before[number], rel=1e-7)


def test_two_units_have_no_t_and_no_variance():
    side = compare_groups(
        np.array([[1.0], [2], [3]]), np.array([True, False, False]), np.array([1.0, 0.5, 0.5])
    )
    assert np.isnan([side.t[0], side.p[0], side.var_treated[0], side.var_control[0]]).all()


def test_the_summary_comes_from_a_probit_fitted_anew():
    x, d = world(10, 150)
    x = (x - x.mean(axis=0)) / x.std(axis=0)
    weight = np.where(d, 1.0, np.random.default_rng(3).random(150))
    summary = balance_summary(x, d, weight, balance_table(x, d, weight, ["a", "b", "c"]))
    design, link = sm.add_constant(x), sm.families.links.Probit()
    family = sm.families.Binomial(link)
    peer = sm.GLM(d.astype(float), design, family, freq_weights=weight).fit(tol=1e-14, maxiter=200)
    null = sm.GLM(d.astype(float), np.ones(150), family, freq_weights=weight).fit(tol=1e-14)
    after = summary["after"]
    assert after["lr_chi2"] == pytest.approx(2 * (peer.llf - null.llf), rel=1e-7)
    assert after["pseudo_r2"] == pytest.approx(1 - peer.llf / null.llf, rel=1e-7)
    index = design @ peer.params
    mean, var = {}, {}
    for g in (True, False):
        w = weight[d == g]
        mean[g] = np.average(index[d == g], weights=w)
        var[g] = w @ (index[d == g] - mean[g]) ** 2 / (w.sum() - 1)
    b = 100 * abs(mean[True] - mean[False]) / np.sqrt((var[True] + var[False]) / 2)
    assert (after["rubin_b"], after["rubin_r"]) == pytest.approx((b, var[True] / var[False]), rel=1e-6)
    assert summary["effective_controls"] == pytest.approx(weight[~d].sum() ** 2 / (weight[~d] ** 2).sum())


def test_effective_size_of_even_weights_is_their_number():
    assert effective_size(np.array([0.3, 0.3, 0.3, 0.0])) == pytest.approx(3)
    assert effective_size(np.zeros(2)) == 0


def test_a_density_has_mass_one_on_the_unit_interval():
    rng = np.random.default_rng(4)
    score, weight = rng.beta(0.5, 2, 300), rng.random(300)
    grid = np.linspace(0, 1, 4001)
    curve = density(score, weight, grid, 0.07)
    assert trapezoid(curve, grid) == pytest.approx(1, abs=1e-4)
    at, z = grid[800], (grid[800] - np.concatenate([score, -score, 2 - score])) / 0.07
    by_hand = np.sum(np.tile(weight, 3) * np.exp(-0.5 * z**2)) / (weight.sum() * 0.07 * np.sqrt(2 * np.pi))
    assert np.interp(at, grid, curve) == pytest.approx(by_hand, rel=1e-12)
