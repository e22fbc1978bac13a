"""Pre-trend test, Roth's power, and Rambachan & Roth's intervals: closed forms, linear programmes, peers."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats
from scipy.optimize import linprog, minimize

from ccd.estimate import MODELS
from ccd.estimate.did.checks.flci import Smooth, flci, folded_quantile
from ccd.estimate.did.checks.relative import (
    candidates,
    excludes_zero,
    rejected,
    relative_interval,
    truncated_quantile,
)
from ccd.estimate.did.checks.sensitivity import consecutive
from ccd.estimate.linear.pretrend import box_probability, detectable_slope, joint_test, pretrend
from ccd.results import PreTrend
from ccd.streams import Stream
from tests.golden.test_two_way import model, panel_of

LEADS, EFFECTS = 4, 3
BETA = np.array([0.02, -0.05, 0.03, -0.04, 0.25, 0.3, 0.4])
MEAN = np.full(EFFECTS, 1 / EFFECTS)


def covariance() -> np.ndarray:
    rng = np.random.default_rng(1)
    root = rng.normal(size=(7, 7))
    return 0.05 * (root @ root.T / 40 + 0.02 * np.eye(7))


def test_joint_test_is_the_wald_f():
    beta, matrix = BETA[:4], covariance()[:4, :4]
    found = joint_test(beta, matrix, 30)
    wald = beta @ np.linalg.inv(matrix) @ beta / 4
    assert found.statistic == pytest.approx(wald)
    assert found.p_value == pytest.approx(stats.f.sf(wald, 4, 30))
    assert joint_test(beta, matrix, np.inf).p_value == pytest.approx(stats.chi2.sf(4 * wald, 4))


def test_singular_pre_trends_are_not_testable():
    matrix = covariance()[:2, :2]
    singular = np.vstack([np.column_stack([matrix, matrix[:, :1]]), [*matrix[0], matrix[0, 0]]])
    assert joint_test(np.ones(3), singular, 10) == PreTrend(testable=False, q=3)
    assert joint_test(np.zeros(0), np.zeros((0, 0)), 10).testable is False
    assert joint_test(np.ones(1), np.zeros((1, 1)), 10).testable is False


@pytest.mark.parametrize("q", [1, 2, 3, 5])
def test_box_probability_is_the_normal_distribution_function(q):
    matrix = covariance()[:q, :q]
    spread = np.sqrt(np.diag(matrix))
    correlation = matrix / np.outer(spread, spread)
    low, high = -np.linspace(1, 2, q), np.linspace(0.5, 2.5, q)
    peer = stats.multivariate_normal(np.zeros(q), correlation, seed=0).cdf(high, lower_limit=low)
    assert box_probability(low, high, correlation) == pytest.approx(peer, abs=2e-4)


def test_box_probability_of_dependent_coordinates():
    assert box_probability(np.full(2, -1.96), np.full(2, 1.96), np.ones((2, 2))) == pytest.approx(
        0.95, abs=1e-4
    )


def test_detectable_slope_of_one_lead_in_closed_form():
    """One lead at e = -3 with se s: detected with power 1/2 at about |2 slope| = 1.96 s."""
    slope = detectable_slope(np.array([-2.0]), np.array([[0.04]]), 0.5)
    power = stats.norm.sf(1.959964 - 2 * slope / 0.2) + stats.norm.cdf(-1.959964 - 2 * slope / 0.2)
    assert power == pytest.approx(0.5, abs=1e-6)
    assert slope == pytest.approx(0.1959964, abs=1e-4)


def test_detectable_slope_gives_its_power_in_simulation():
    shift, matrix = np.array([-4.0, -3.0, -2.0, -1.0]), covariance()[:4, :4]
    slope = detectable_slope(shift, matrix, 0.8)
    draws = np.random.default_rng(0).multivariate_normal(slope * shift, matrix, 40_000)
    detected = (np.abs(draws) > 1.959964 * np.sqrt(np.diag(matrix))).any(axis=1)
    assert detected.mean() == pytest.approx(0.8, abs=0.01)
    assert detectable_slope(shift, matrix, 0.5) < slope


def test_summary_holds_the_pre_trend_of_the_shown_leads():
    estimate = model(window=(-3, 3)).fit(panel_of(), Stream(0, "m"))
    facts = estimate.summary()["pretrend"]
    assert (facts["first"], facts["last"], facts["q"]) == (-3, -2, 2)
    frame = estimate.part("event_study").frame.set_index("event_time")
    matrix = estimate.part("event_vcov").frame.set_index("event_time")[["-3", "-2"]].loc[[-3, -2]].to_numpy()
    beta = frame.loc[[-3, -2], "estimate"].to_numpy()
    wald = beta @ np.linalg.solve(matrix, beta) / 2
    assert facts["p_value"] == pytest.approx(stats.f.sf(wald, 2, 23))
    assert estimate.summary()["p_values"]["pretrend"] == facts["p_value"]
    assert pretrend(np.array([0.0, 1.0]), np.ones(2), np.eye(2), 5, -2, np.zeros(2)).testable is False


# --- relative magnitudes


def programme(beta, theta, m, s, sign):
    """The paper's linear programme: least eta with every inequality up to eta standard deviations."""
    change = np.diff(np.insert(np.eye(7), LEADS, 0.0, axis=0), axis=0)
    limit = m * sign * change[s]
    a = np.vstack([change[LEADS:] - limit, -change[LEADS:] - limit])
    spread = np.sqrt(np.diag(a @ covariance() @ a.T))
    found = linprog(
        np.r_[np.zeros(EFFECTS), 1],
        A_ub=np.hstack([-a[:, LEADS:], -spread[:, None]]),
        b_ub=-a @ beta,
        A_eq=[np.r_[MEAN, 0]],
        b_eq=[theta],
        bounds=[(None, None)] * (EFFECTS + 1),
    )
    return found.fun


def test_the_statistic_is_the_papers_linear_programme():
    normal = np.zeros((10, 7))
    for m in (0.5, 2.0):
        tests = candidates(covariance(), MEAN, m, 0.005, normal)
        for place, one in enumerate(tests):
            for theta in (-0.3, 0.04, 0.2, 0.7):
                mine = float((one.g @ BETA - one.h * theta).max())
                assert mine == pytest.approx(
                    programme(BETA, theta, m, place // 2, 1 - 2 * (place % 2)), abs=1e-9
                )


def test_one_test_against_a_peer_with_its_critical_value():
    """moderndid 0.2.0: compute_conditional_cs_rm, s = -1, max_positive, m_bar = .5, grid of 4000 on [-.2, 1].

    Its least-favourable critical value (1000 draws, seed 0) was 1.3142952; the accepted grid then runs from
    .039160 to .583496.
    """
    one = candidates(covariance(), MEAN, 0.5, 0.005, np.zeros((10, 7)))[6]
    grid = np.linspace(-0.2, 1.0, 4000)
    kept = grid[~rejected(replace(one, critical=1.3143109021763575), BETA, grid, 0.05, 0.005)]
    assert (kept.min(), kept.max()) == pytest.approx((0.03915979, 0.58349587), abs=1e-8)


def test_the_interval_is_the_hull_of_what_some_candidate_keeps():
    normal = np.random.default_rng(0).standard_normal((2000, 7))
    low, high = relative_interval(BETA, covariance(), MEAN, 1.0, normal)
    tests = candidates(covariance(), MEAN, 1.0, 0.005, normal)
    grid = np.linspace(-1, 2, 3001)
    kept = grid[~np.all([rejected(one, BETA, grid, 0.05, 0.005) for one in tests], axis=0)]
    assert low == pytest.approx(kept.min(), abs=1e-3)
    assert high == pytest.approx(kept.max(), abs=1e-3)


def test_relative_intervals_grow_with_m_and_mirror():
    normal = np.random.default_rng(0).standard_normal((2000, 7))
    intervals = [relative_interval(BETA, covariance(), MEAN, m, normal) for m in (0.5, 1.0, 2.0)]
    lengths = [high - low for low, high in intervals]
    assert lengths == sorted(lengths)
    low, high = relative_interval(-BETA, covariance(), MEAN, 1.0, np.vstack([normal, -normal]))
    mirrored = relative_interval(BETA, covariance(), MEAN, 1.0, np.vstack([normal, -normal]))
    assert (-high, -low) == pytest.approx(mirrored, abs=1e-9)
    assert excludes_zero(BETA, covariance(), MEAN, 0.2, normal)
    assert not excludes_zero(BETA, covariance(), MEAN, 2.0, normal)


def test_truncated_quantiles_in_both_tails():
    for low, high in ((-1.0, 2.0), (-np.inf, 1.0), (5.0, 9.0), (-9.0, -6.0), (20.0, 21.0), (0.5, np.inf)):
        found = truncated_quantile(0.95, np.array([1.0]), np.array([low]), np.array([high]))[0]
        assert found == pytest.approx(stats.truncnorm.ppf(0.95, low, high), rel=1e-9)
    scaled = truncated_quantile(0.9, np.array([3.0]), np.array([-3.0]), np.array([6.0]))[0]
    assert scaled == pytest.approx(3 * stats.truncnorm.ppf(0.9, -1, 2))


# --- smoothness


@pytest.mark.parametrize(
    ("m", "interval"),
    [  # moderndid 0.2.0, compute_flci(beta, sigma, m, 4, 3, post_period_weights = 1/3 each)
        (0.01, (0.22941702, 0.42976278)),
        (0.05, (0.04248746, 0.62922298)),
        (0.2, (-0.60809915, 1.30180548)),
    ],
)
def test_fixed_length_intervals_of_a_peer(m, interval):
    assert flci(BETA, covariance(), MEAN, m) == pytest.approx(interval, abs=1e-6)


def test_without_curvature_the_interval_is_generalised_least_squares():
    """m = 0: any line fits the leads for free, so the best estimator is the GLS fit of effect and line."""
    low, high = flci(BETA, covariance(), MEAN, 0.0)
    event = np.array([-5.0, -4, -3, -2, 0, 1, 2])
    x = np.column_stack([event + 1, np.vstack([np.zeros((4, 3)), np.eye(3)])])
    inverse = np.linalg.inv(covariance())
    cov = np.linalg.inv(x.T @ inverse @ x)
    beta = cov @ x.T @ inverse @ BETA
    weights = np.r_[0, MEAN]
    centre, half = weights @ beta, 1.959963985 * np.sqrt(weights @ cov @ weights)
    assert (low, high) == pytest.approx((centre - half, centre + half), abs=1e-7)


def test_worst_bias_is_that_of_a_linear_programme():
    problem = Smooth(covariance(), MEAN)
    w = np.array([problem.rise, 0.4, -0.3, 0.2])
    v = problem.weights(w)
    # delta over e = -5..2 with delta(-1) = 0; second differences at most 1
    bend = np.zeros((6, 8))
    for row in range(6):
        bend[row, row : row + 3] = (1, -2, 1)
    bend = np.delete(bend, 4, axis=1)
    found = linprog(-v, A_ub=np.vstack([bend, -bend]), b_ub=np.ones(12), bounds=[(None, None)] * 7)
    assert -found.fun == pytest.approx(problem.bias(w), abs=1e-9)
    tilted = v.copy()
    tilted[0] += 0.1  # reacts to the slope: the bias has no bound
    assert (
        linprog(-tilted, A_ub=np.vstack([bend, -bend]), b_ub=np.ones(12), bounds=[(None, None)] * 7).status
        == 3
    )


def test_no_other_weights_are_shorter():
    problem, m = Smooth(covariance(), MEAN), 0.03
    best = problem.half_length(problem.best(m), m)
    found = [
        minimize(
            lambda z: problem.half_length(np.r_[problem.rise, z], m), start, method="Nelder-Mead",
            options={"maxiter": 4000, "xatol": 1e-9, "fatol": 1e-12},
        ).fun
        for start in np.random.default_rng(0).normal(size=(3, 3))
    ]  # fmt: skip
    assert best <= min(found) + 1e-9


def test_folded_quantile():
    assert folded_quantile(0.0) == pytest.approx(stats.norm.ppf(0.975))
    for bias in (0.3, 2.0, 30.0):
        c = folded_quantile(bias)
        assert stats.norm.cdf(c - bias) - stats.norm.cdf(-c - bias) == pytest.approx(0.95)


def test_gaps_end_the_run_of_event_times():
    event = np.array([-6.0, -4, -3, -2, 0, 1, 3])
    studied = consecutive(event, np.arange(7.0), np.eye(7))
    assert studied.leads == 3 and studied.effects == 2
    assert list(studied.beta) == [1, 2, 3, 4, 5]


def test_sensitivity_of_a_model():
    keys = {"sensitivity": {"relative": (0.5, 1.0), "smoothness": (0.0, 0.1)}, "window": (-4, 3)}
    panel = panel_of(n=48)
    estimate = model(**keys).fit(panel, Stream(0, "m"))
    frame = estimate.part("sensitivity").frame
    assert list(frame["target"]) == ["mean"] * 5 + ["e0"] * 5
    assert list(frame["restriction"][:5]) == ["none", "relative", "relative", "smoothness", "smoothness"]
    event = estimate.part("event_study").frame.set_index("event_time")["estimate"]
    assert frame["estimate"][0] == pytest.approx(event.loc[0:].mean())
    assert frame["estimate"][5] == pytest.approx(event.loc[0])
    facts = estimate.summary()["sensitivity"]
    assert (facts["leads"], facts["effects"]) == (3, 4)
    m = facts["e0"]["breakdown_smoothness"]
    both = [
        model(**{**keys, "sensitivity": {"smoothness": (m * f,)}}).fit(panel, Stream(0, "m"))
        for f in (0.99, 1.01)
    ]
    last = [e.part("sensitivity").frame.iloc[-1] for e in both]
    assert m == 0 or (last[0]["conf_low"] > 0 >= last[1]["conf_low"])
    assert frame.equals(model(**keys).fit(panel, Stream(0, "m")).part("sensitivity").frame)


@pytest.mark.parametrize(
    ("keys", "computed"),
    [
        ({"estimator": "callaway-santanna"}, False),
        ({"estimator": "callaway-santanna", "base_period": "universal"}, True),
        ({"estimator": "imputation"}, False),
        ({"estimator": "sun-abraham"}, True),
    ],
)
def test_sensitivity_needs_one_base_for_leads_and_effects(keys, computed):
    keys = {"kind": "did", "name": "m", "outcome": "y", "policy": "policy", "window": (-3, 2), **keys}
    one = MODELS[f"did-{keys['estimator']}"].model_validate(
        {**keys, "permutation": {"draws": 0}, "sensitivity": {"relative": (1.0,), "smoothness": ()}}
    )
    estimate = one.fit(panel_of(n=40), Stream(0, "m"))
    assert ("sensitivity" in {part.name for part in estimate.parts}) is computed
    assert any("Sensitivity not computed" in str(note) for note in estimate.notes) is not computed
