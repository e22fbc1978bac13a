"""Inequality, densities, modes and sigma against cases worked by hand and plain loops."""

from __future__ import annotations

import json
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from scipy.integrate import trapezoid

from ccd.describe.convergence.sigma import pitman_morgan
from ccd.describe.inequality.dagum import dagum
from ccd.describe.inequality.jackknife import jackknife
from ccd.describe.inequality.sums import left_out, sums
from ccd.describe.inequality.theil import theil
from ccd.describe.kernels.modes import count_modes, critical_bandwidth, modes_test
from ccd.describe.kernels.reflected import reflected, rule_of_thumb

PEERS = json.loads(
    (Path(__file__).parent / "reference" / "description_peers.json").read_text(encoding="utf-8")
)
RANDOM = np.random.default_rng(7)
X = RANDOM.uniform(0.2, 0.9, 12)
W = RANDOM.uniform(1, 3, 12)
CODES = np.array([0, 0, 0, 0, 1, 1, 1, 1, 1, 2, 2, 2])


def loop_gini(x, w, codes):
    """Dagum's decomposition as he writes it, pair by pair."""
    groups = sorted(set(codes))
    mean = {g: np.average(x[codes == g], weights=w[codes == g]) for g in groups}
    p = {g: w[codes == g].sum() / w.sum() for g in groups}
    s = {g: p[g] * mean[g] / np.average(x, weights=w) for g in groups}

    def expected(g, h, function):
        pairs = [(w[i] * w[j], function(x[i] - x[j])) for i, j in product(range(len(x)), repeat=2)
                 if codes[i] == g and codes[j] == h]  # fmt: skip
        return sum(a * b for a, b in pairs) / sum(a for a, _ in pairs)

    within = sum(expected(g, g, abs) / (2 * mean[g]) * p[g] * s[g] for g in groups)
    between = overlap = 0.0
    for a, g in enumerate(groups):
        for h in groups[:a]:
            rich, poor = (g, h) if mean[g] >= mean[h] else (h, g)
            d, q = expected(rich, poor, lambda v: max(v, 0)), expected(rich, poor, lambda v: max(-v, 0))
            gini = (d + q) / (mean[g] + mean[h])
            share = gini * (p[g] * s[h] + p[h] * s[g])
            between += share * (d - q) / (d + q)
            overlap += share * (1 - (d - q) / (d + q))
    return within, between, overlap


@pytest.mark.parametrize("w", [np.ones(12), W])
def test_dagum_is_the_loop_and_its_parts_sum(w):
    found = dagum(sums(X, w, CODES, 3))
    assert np.allclose((found.within, found.between, found.overlap), loop_gini(X, w, CODES), atol=1e-14)
    assert found.within + found.between + found.overlap == pytest.approx(float(found.gini), abs=1e-12)


def test_dagum_by_hand():
    # {1, 3} and {2, 4}: mean difference of all 1.25 * 2 / 2 ...: sum |x_i - x_j| = 20 over 16, mean 2.5
    found = dagum(sums(np.array([1.0, 3, 2, 4]), np.ones(4), np.array([0, 0, 1, 1]), 2))
    assert found.gini == pytest.approx(20 / 16 / 5)
    assert found.pairs[0, 0] == pytest.approx(1 / 4)
    assert found.dominance[0, 1] == pytest.approx(1 / 1.5)  # means 3 and 2; mean |difference| 6/4


def test_equal_values_have_no_inequality_and_no_dominance():
    found = dagum(sums(np.full(4, 0.5), np.ones(4), np.array([0, 0, 1, 1]), 2))
    assert (found.gini, found.between, found.dominance[0, 1]) == (0, 0, 0)


@pytest.mark.parametrize("w", [np.ones(12), W])
def test_theil_parts_sum_and_match_the_definition(w):
    found = theil(sums(X, w, CODES, 3))
    ratio = X / np.average(X, weights=w)
    assert found.theil == pytest.approx(np.average(ratio * np.log(ratio), weights=w), abs=1e-14)
    assert found.within + found.between == pytest.approx(float(found.theil), abs=1e-12)


def test_gini_and_theil_are_those_of_pysal():
    theirs = PEERS["inequality"]
    x, groups = np.array(theirs["x"]), np.array(theirs["groups"])
    made = sums(x, np.ones(len(x)), groups, 3)
    assert dagum(made).gini == pytest.approx(theirs["gini"], abs=1e-12)
    found = theil(made)
    assert (found.theil, found.between, found.within) == pytest.approx(
        (theirs["theil"], theirs["theil_between"], theirs["theil_within"]), abs=1e-12
    )


def test_theil_of_a_zero_is_finite_and_of_a_negative_is_not():
    assert theil(sums(np.array([0.0, 1.0]), np.ones(2), np.zeros(2, int), 1)).theil == pytest.approx(
        np.log(2)
    )
    assert np.isnan(theil(sums(np.array([-1.0, 2.0]), np.ones(2), np.zeros(2, int), 1)).theil)


def test_leaving_one_out_is_computing_anew():
    out = dagum(left_out(X, W, CODES, 3))
    for i in range(12):
        keep = np.arange(12) != i
        again = dagum(sums(X[keep], W[keep], CODES[keep], 3))
        assert np.allclose(
            (out.gini[i], out.within[i], out.between[i]), (again.gini, again.within, again.between)
        )


def test_the_jackknife_of_a_mean_is_its_standard_error():
    x = X[:5]
    without = (x.sum() - x) / 4
    assert jackknife(without, np.zeros(5, int)) == pytest.approx(x.std(ddof=1) / np.sqrt(5))


def test_a_reflected_density_integrates_to_one_and_is_the_loop():
    x = np.array([0.02, 0.3, 0.31, 0.97])
    grid = np.linspace(0, 1, 401)
    curve = reflected(x, grid, 0.08)
    assert trapezoid(curve, grid) == pytest.approx(1, abs=1e-5)
    kernel = lambda u: np.exp(-u * u / 2) / np.sqrt(2 * np.pi)  # noqa: E731
    at = grid[3]
    loop = sum(kernel((at - v) / 0.08) + kernel((at + v) / 0.08) + kernel((2 - at - v) / 0.08) for v in x)
    assert curve[3] == pytest.approx(loop / (4 * 0.08))


def test_the_bandwidth_by_hand():
    # sd (n-1) of 1..5 is 1.5811, IQR 2 over 1.34 is 1.4925: the smaller counts
    assert rule_of_thumb(np.arange(1.0, 6)) == pytest.approx(0.9 * 2 / 1.34 * 5**-0.2)


def modes_loop(x, h):
    grid = np.linspace(x.min() - 3 * h, x.max() + 3 * h, 1024)
    f = np.exp(-0.5 * ((grid[:, None] - x) / h) ** 2).sum(axis=1)
    return int(((f[1:-1] > f[:-2]) & (f[1:-1] >= f[2:])).sum())


def test_modes_are_those_of_the_plain_density():
    draws = RANDOM.normal(size=(60, 31))
    for h in (0.15, 0.3, 0.6):
        assert count_modes(draws, h).tolist() == [modes_loop(x, h) for x in draws]


def test_the_critical_bandwidth_of_two_points_is_half_their_distance():
    # two equal Gaussians have one mode exactly where their distance is at most two standard deviations
    assert critical_bandwidth(np.array([0.0, 1.0, 0.0, 1.0]), 1) == pytest.approx(0.5, abs=2e-3)
    assert np.isnan(critical_bandwidth(np.array([1.0, 1.0]), 1))


def test_two_heaps_are_two_modes_and_one_is_one():
    heaps = np.concatenate([RANDOM.normal(0.2, 0.03, 20), RANDOM.normal(0.8, 0.03, 20)])
    assert modes_test(heaps, 1, 199, np.random.default_rng(1))[1] < 0.05
    assert modes_test(heaps, 2, 199, np.random.default_rng(1))[1] > 0.05


def test_pitman_morgan_by_the_form_of_the_variance_ratio():
    first, last = RANDOM.normal(0, 1, 30), RANDOM.normal(0, 0.6, 30)
    first[:10] = last[:10] * 1.5
    ratio = first.var(ddof=1) / last.var(ddof=1)
    r = np.corrcoef(first, last)[0, 1]
    # Pitman (1939): t = (F - 1) sqrt(n - 2) / (2 sqrt(F (1 - r^2)))
    expected = (ratio - 1) * np.sqrt(28) / (2 * np.sqrt(ratio * (1 - r**2)))
    assert pitman_morgan(first, last).statistic == pytest.approx(expected)
