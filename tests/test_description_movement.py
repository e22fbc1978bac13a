"""Beta, clubs, chains, lead and lag, forecasts against hand-worked cases and other packages."""

from __future__ import annotations

import json
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ccd.describe.convergence.clubs import find_clubs
from ccd.describe.convergence.cross_section import cross_section, half_life, speed
from ccd.describe.convergence.half_panel import half_panel
from ccd.describe.convergence.log_t import log_t
from ccd.describe.forecast import ets
from ccd.describe.forecast.drift import drift
from ccd.describe.forecast.gm11 import fit, gm11
from ccd.describe.forecast.holdout import best_method, held_out
from ccd.describe.forecast.theta import smoothing, theta
from ccd.describe.lead.pairs import ahead, standing
from ccd.describe.transitions.chain import (
    count,
    ergodic,
    first_passage,
    irreducible,
    probabilities,
    states_of,
    wilson,
)
from ccd.describe.transitions.homogeneity import homogeneity, likelihood_ratio
from ccd.describe.transitions.spatial import count_by_lag, lag_states, permuted_ratios

HERE = Path(__file__).parent / "reference"
PEERS = json.loads((HERE / "description_peers.json").read_text(encoding="utf-8"))
RANDOM = np.random.default_rng(11)


def test_the_clubs_of_phillips_and_sul():
    """152 countries 1970-2003, logs filtered by Hodrick and Prescott: their clubs, to the last country."""
    table = pd.read_csv(HERE / "phillips_sul_gdp.csv", index_col=0)
    x = table.to_numpy()
    found = find_clubs(x)
    published = PEERS["clubs"]
    assert found.all.t == pytest.approx(published["all"]["t"], abs=1e-8)
    assert [len(club.members) for club in found.clubs] == [50, 30, 21, 38, 11, 2]
    assert len(found.diverging) == 0
    for club, theirs in zip(found.clubs, published["merged"], strict=True):
        assert sorted(table.index[club.members]) == theirs["members"]
        assert (club.test.b, club.test.t) == pytest.approx((theirs["b"], theirs["t"]), abs=1e-8)
    for theirs in published["before"]:
        test = log_t(x[table.index.get_indexer(theirs["members"])])
        assert test.t == pytest.approx(theirs["t"], abs=1e-8)


def test_beta_of_a_line():
    first = np.array([0.0, 1, 2, 3, 4])
    last = first + 5 * (0.1 - 0.04 * first)
    found = cross_section(first, last, 5, np.empty((5, 0)))
    assert found is not None
    assert found.b == pytest.approx(-0.04)
    assert speed(found.b, 5) == pytest.approx(-np.log(0.8) / 5)
    assert half_life(speed(found.b, 5)) == pytest.approx(5 * np.log(2) / -np.log(0.8))
    assert np.isnan(speed(-0.25, 5))


def test_beta_errors_are_hc1_of_statsmodels():
    import statsmodels.api as sm

    first, z = RANDOM.normal(size=40), RANDOM.normal(size=(40, 2))
    last = first * 0.8 + z[:, 0] + RANDOM.normal(size=40)
    found = cross_section(first, last, 4, z)
    theirs = sm.OLS((last - first) / 4, sm.add_constant(np.column_stack([first, z]))).fit(cov_type="HC1")
    assert found is not None
    assert (found.b, found.std_error) == pytest.approx((theirs.params[1], theirs.bse[1]))


def dummies(y, x):
    """Slopes by regression on region and year dummies."""
    regions, years = y.shape
    rows = [
        np.concatenate([x[i, t], np.eye(regions)[i], np.eye(years)[t]])
        for i in range(regions)
        for t in range(years)
    ]
    return np.linalg.lstsq(np.array(rows), y.ravel(), rcond=None)[0][: x.shape[2]]


@pytest.mark.parametrize("years", [8, 9])
def test_the_half_panel_jackknife_is_that_of_dummies(years):
    y, x = RANDOM.normal(size=(9, years)), RANDOM.normal(size=(9, years, 2))
    found = half_panel(y, x, 99, np.random.default_rng(0))
    cuts = [years // 2] if years % 2 == 0 else [years // 2, years // 2 + 1]
    halves = np.mean([(dummies(y[:, :c], x[:, :c]) + dummies(y[:, c:], x[:, c:])) / 2 for c in cuts], axis=0)
    assert found is not None
    assert np.allclose(found.fixed, dummies(y, x))
    assert np.allclose(found.jackknife, 2 * dummies(y, x) - halves)


def test_an_unidentified_panel_has_no_slope():
    y = RANDOM.normal(size=(9, 8))
    assert half_panel(y, np.ones((9, 8, 1)), 99, np.random.default_rng(0)) is None


STATES = np.array(PEERS["giddy"]["states"])


def test_the_chain_is_that_of_giddy():
    theirs = PEERS["giddy"]
    counts = count(STATES, 3)
    p = probabilities(counts)
    assert counts.tolist() == theirs["transitions"]
    assert np.allclose(p, theirs["p"], atol=1e-12)
    assert np.allclose(ergodic(p), theirs["steady_state"], atol=1e-9)
    assert np.allclose(first_passage(p), theirs["first_passage"], atol=1e-9)


def test_homogeneity_is_that_of_giddy():
    theirs = PEERS["giddy"]
    counts = np.array(theirs["by_lag"])
    found = homogeneity(counts)
    assert (found.lr, found.q, found.df) == pytest.approx(
        (theirs["LR"], theirs["Q"], theirs["dof"]), abs=1e-9
    )
    assert likelihood_ratio(counts) == pytest.approx(found.lr)


def test_the_chains_by_neighbours_are_those_of_giddy():
    """25 regions on a grid whose neighbours share an edge; the series are those of description_peers.py."""
    y = np.random.default_rng(3).normal(size=(25, 12)).cumsum(axis=1)
    row, column = np.divmod(np.arange(25), 5)
    beside = np.abs(row[:, None] - row) + np.abs(column[:, None] - column) == 1
    mean = beside / beside.sum(axis=1, keepdims=True)
    states = states_of(y, np.quantile(y, [1 / 3, 2 / 3]))
    assert count_by_lag(states, lag_states(y, mean, 4), 3, 4).tolist() == PEERS["giddy"]["by_lag"]


def test_a_two_state_chain_by_hand():
    p = np.array([[0.9, 0.1], [0.3, 0.7]])
    assert ergodic(p) == pytest.approx([0.75, 0.25])
    assert first_passage(p) == pytest.approx(np.array([[4 / 3, 10], [10 / 3, 4]]))
    assert not irreducible(np.array([[1.0, 0.0], [0.5, 0.5]]))


def test_wilson_by_hand():
    low, high = wilson(np.array([[5, 5]]))
    assert (low[0, 0], high[0, 0]) == pytest.approx((0.23659, 0.76341), abs=1e-5)


def test_lag_counts_add_to_all_and_permuted_ratios_are_near_the_observed_of_noise():
    x = RANDOM.normal(size=(12, 9)).cumsum(axis=1)
    ring = (np.eye(12, k=1) + np.eye(12, k=-1) + np.eye(12, k=11) + np.eye(12, k=-11)) / 2
    states = (x[..., None] > np.quantile(x, [1 / 3, 2 / 3])).sum(axis=-1)
    counts = count_by_lag(states, lag_states(x, ring, 3), 3, 3)
    assert np.array_equal(counts.sum(axis=0), count(states, 3))
    noise = permuted_ratios(x, states, ring, 3, 199, np.random.default_rng(3))
    share = (noise >= likelihood_ratio(counts)).mean()
    assert 0.02 < share < 0.98


def test_who_runs_ahead():
    # b repeats a one year later
    a = RANDOM.normal(size=(20, 14)).cumsum(axis=1)
    b = np.roll(a, 1, axis=1) + RANDOM.normal(0, 0.1, (20, 14))
    found = ahead(a[:, 1:], b[:, 1:], 99, np.random.default_rng(0))
    assert (found.k, found.p_value) == (1, 0.01)
    assert ahead(b[:, 1:], a[:, 1:], 99, np.random.default_rng(0)).k == -1
    assert standing(np.array([[0.5, 1.0, 1.5, np.nan]]), 0.8, 1.25).tolist() == [[0, 1, 2, -1]]


def test_drift_and_theta_by_hand():
    assert drift(np.array([[1.0, 2, 4, 7]]), 2) == pytest.approx(np.array([[9, 11]]))
    # a straight line: one step ahead is best followed with a = 1, and the drift is half its slope
    assert theta(np.array([[1.0, 2, 3, 4]]), 2) == pytest.approx(np.array([[4.5, 5.0]]), abs=1e-6)


def test_theta_smooths_by_least_squares():
    x = RANDOM.normal(size=(5, 15)).cumsum(axis=1)

    def sse(row, a):
        level, total = row[0], 0.0
        for value in row[1:]:
            total += (value - level) ** 2
            level += a * (value - level)
        return total

    for row, a in zip(x, smoothing(x), strict=True):
        assert sse(row, a) <= min(sse(row, b) for b in np.linspace(0.01, 1, 500)) * (1 + 1e-9)


def test_gm11_of_a_geometric_series_repeats_it():
    x = np.array([[1.0, 1.2, 1.44, 1.728, 2.0736, 2.48832]])
    made = fit(x)
    # cumulated midpoints make the ratio (1 + .2/2.2*...) known: a = -2 (r - 1)/(r + 1)
    assert made.a == pytest.approx([-2 * 0.2 / 2.2])
    assert made.ratios == pytest.approx(np.full((1, 5), 1 / 1.2))
    # b = 1.2 + a (1 + 2.2)/2, b/a = -5: (1 - e^a)(1 + 5) e^(-6a)
    assert gm11(x, 1)[0, 0] == pytest.approx(6 * (1 - np.exp(-0.4 / 2.2)) * np.exp(6 * 0.4 / 2.2))
    assert gm11(np.full((1, 6), 3.0), 2) == pytest.approx(np.full((1, 2), 3.0))
    assert np.isnan(gm11(np.array([[1.0, -1, 2, 3, 4, 5]]), 1)).all()


def test_ets_reaches_the_sum_of_squares_of_statsmodels():
    from statsmodels.tsa.exponential_smoothing.ets import ETSModel

    x = 0.4 + RANDOM.normal(0.01, 0.02, (8, 13)).cumsum(axis=1)
    parameters, sse = ets.fit(x)
    for row, own, reached in zip(x, parameters, sse, strict=True):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            theirs = ETSModel(row, error="add", trend="add", damped_trend=True).fit(disp=0)
        assert reached <= theirs.sse * (1 + 1e-9)
        assert own[0] <= 0.9999
    error, level, trend = ets.residuals(x, parameters)
    assert (error**2).sum(axis=1) == pytest.approx(sse)
    assert ets.ets(x, 1)[:, 0] == pytest.approx(level + parameters[:, 2] * trend)


def test_holdout_sees_nothing_of_what_it_forecasts():
    x = RANDOM.normal(size=(6, 12)).cumsum(axis=1) + 20
    found = held_out(x, ("drift", "gm11"), 3, 4)
    assert [len(found["drift", h].errors) for h in (1, 2, 3)] == [24, 18, 12]
    origin = x[:, :8]
    step = (origin[:, -1] - origin[:, 0]) / 7
    assert found["drift", 2].errors[:6] == pytest.approx(x[:, 9] - (origin[:, -1] + 2 * step))
    assert found["drift", 1].share_won + found["gm11", 1].share_won == pytest.approx(1)
    changed = x.copy()
    changed[:, -1] += 5
    assert np.array_equal(
        held_out(changed, ("drift",), 1, 4)["drift", 1].errors[:18], found["drift", 1].errors[:18]
    )
    assert best_method(found, ("drift", "gm11")) in ("drift", "gm11")


def test_five_years_have_a_panel_regression_and_four_have_none():
    y = np.random.default_rng(1).normal(size=(12, 5)).cumsum(axis=1)
    random = np.random.default_rng(0)
    assert half_panel(np.diff(y, axis=1), y[:, :-1, None], 99, random) is not None
    assert half_panel(np.diff(y[:, :4], axis=1), y[:, :3, None], 99, random) is None
