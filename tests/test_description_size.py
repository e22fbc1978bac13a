"""Sizes and biases that the notes of [describe] speak of, and how long it takes."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest

from ccd.arrays import FloatArray, IntArray
from ccd.describe.convergence.half_panel import half_panel
from ccd.describe.convergence.log_t import log_t
from ccd.describe.convergence.sigma import pitman_morgan
from ccd.describe.drivers.search import detect
from ccd.describe.forecast.holdout import held_out
from ccd.describe.inequality.dagum import dagum
from ccd.describe.inequality.jackknife import bounds, jackknife
from ccd.describe.inequality.sums import left_out, sums
from ccd.describe.kernels.modes import modes_test
from ccd.describe.transitions.chain import states_of
from ccd.describe.transitions.homogeneity import likelihood_ratio
from ccd.describe.transitions.spatial import count_by_lag, lag_states, permuted_ratios

pytestmark = pytest.mark.slow


def test_noise_drivers_are_found_at_their_level():
    """31 regions, q searched over 3 to 6 intervals in five ways: 5% of noise is significant, though its q is large."""
    random, hits, q = np.random.default_rng(1), 0, []
    runs = 500
    for _ in range(runs):
        y, x = random.normal(size=(2, 31))
        permuted = np.stack([random.permutation(y) for _ in range(199)])
        found = detect(y, x, 3, 6, exact=False, permuted=permuted)
        assert found is not None
        hits += found.p_value <= 0.05
        q.append(found.q)
    assert 0.03 <= hits / runs <= 0.08
    assert np.mean(q) > 0.2


def read_speeds(years: int, rate: float, runs: int = 400) -> tuple[float, float]:
    """Return the speeds that fixed effects and their half-panel jackknife read on average where ``rate`` is true.

    30 regions start about their own long-run levels (sd 0.3, start 0.1 away) with shocks of 0.03 a year.
    """
    random, fixed, jackknife = np.random.default_rng([2, years, round(1000 * rate)]), [], []
    b = np.exp(-rate) - 1
    for _ in range(runs):
        level = random.normal(0, 0.3, 30)
        effect = -b * level
        y = [level + random.normal(0, 0.1, 30)]
        for _ in range(years - 1):
            y.append(y[-1] + effect + b * y[-1] + 0.02 + random.normal(0, 0.03, 30))
        path = np.stack(y, axis=1)
        found = half_panel(np.diff(path, axis=1), path[:, :-1, None], 2, random)
        assert found is not None
        fixed.append(found.fixed[0])
        jackknife.append(found.jackknife[0])
    return float(-np.log1p(np.mean(fixed))), float(-np.log1p(np.mean(jackknife)))


@pytest.mark.parametrize("years", [9, 13, 21, 31])
def test_speeds_are_read_as_the_page_says(years):
    """Each cell of the page's table again; at 13 years the jackknife leaves under a third of the bias at 0.05."""
    rows = {(int(t), float(rate)): (float(fe), float(hpj)) for t, rate, fe, hpj in table_of_speeds()}
    for rate in (0.02, 0.05, 0.1):
        fixed, jackknife = read_speeds(years, rate)
        assert rows[years, rate] == (pytest.approx(fixed, abs=0.0051), pytest.approx(jackknife, abs=0.0051))
        assert abs(jackknife - rate) < abs(fixed - rate)
        if (years, rate) == (13, 0.05):
            assert abs(jackknife - rate) < abs(fixed - rate) / 3


def table_of_speeds() -> list[list[str]]:
    page = (Path(__file__).parents[1] / "docs" / "description.md").read_text(encoding="utf-8")
    lines = page.split("| years | true speed |")[1].split("\n\n")[0].splitlines()[2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def test_a_fall_in_spread_is_found_at_its_level():
    """30 regions whose spread stays; an F test would find a change in hardly any, since both years share regions."""
    from scipy.stats import f

    random, found, by_f, runs = np.random.default_rng(5), 0, 0, 2000
    for _ in range(runs):
        common = random.normal(size=30)
        first, last = (0.9 * common + np.sqrt(1 - 0.81) * random.normal(size=30) for _ in range(2))
        found += pitman_morgan(first, last).p_value <= 0.05
        by_f += 2 * min(f.cdf(r := first.var() / last.var(), 29, 29), f.sf(r, 29, 29)) <= 0.05
    assert 0.035 <= found / runs <= 0.065
    assert by_f / runs < 0.01


def test_one_mode_is_seldom_rejected_where_there_is_one():
    """Silverman's test keeps below its level with 31 values of a normal; two humps four sd apart are found."""
    random, runs = np.random.default_rng(6), 200
    one = [modes_test(random.normal(size=31), 1, 199, random)[1] for _ in range(runs)]
    two = [modes_test(random.normal(size=31) + 4 * (np.arange(31) % 2), 1, 199, random)[1] for _ in range(60)]
    assert np.mean(np.array(one) <= 0.05) <= 0.05
    assert np.mean(np.array(two) <= 0.05) >= 0.6


def test_intervals_of_the_gini_cover():
    """31 regions of three groups, skewed: the whole in 85 to 97 %, the part within groups in some 80."""
    random, runs, codes = np.random.default_rng(7), 1500, np.arange(31) % 3
    scale, groups = np.array([0.0, 0.2, 0.4]), 3

    def drawn(count: int) -> tuple[FloatArray, IntArray]:
        own = np.arange(count) % 3
        return np.exp(scale[own] + 0.4 * random.normal(size=count)), own

    many = [dagum(sums(x, np.ones(len(x)), own, groups)) for x, own in (drawn(1500) for _ in range(40))]
    true = {name: np.mean([getattr(one, name) for one in many]) for name in ("gini", "within")}
    hits = dict.fromkeys(true, 0)
    for _ in range(runs):
        x, _ = drawn(31)
        whole, without = (dagum(one(x, np.ones(31), codes, groups)) for one in (sums, left_out))
        for name, value in true.items():
            error = jackknife(getattr(without, name), codes)
            low, high = bounds(float(getattr(whole, name)), error, 28)
            hits[name] += low <= value <= high
    assert 0.85 <= hits["gini"] / runs <= 0.97
    assert 0.73 <= hits["within"] / runs <= 0.87


def test_clubs_of_few_years_are_a_hint():
    """Regions that converge as slowly as the null allows: with 12 years they are sent apart in 9 to 43 %, with 34 less.

    x = 1 + 0.2 u / ln(t + 1), u of autocorrelation 0.5 (Phillips and Sul 2007, eq. 24 with alpha = 0).
    """
    apart = {}
    for years in (12, 34):
        random, fallen, runs = np.random.default_rng([8, years]), 0, 400
        for _ in range(runs):
            u = random.normal(size=(30, years))
            for t in range(1, years):
                u[:, t] = 0.5 * u[:, t - 1] + np.sqrt(0.75) * u[:, t]
            fallen += not log_t(1 + 0.2 * u / np.log(np.arange(2, years + 2))).holds
        apart[years] = fallen / runs
    assert 0.09 <= apart[12] <= 0.43
    assert apart[34] < apart[12] - 0.05


def test_the_neighbours_test_holds_its_size():
    """Independent persistent paths on a ring: neighbours do not matter."""
    random, moved = np.random.default_rng(3), 0
    ring = (np.eye(30, k=1) + np.eye(30, k=-1) + np.eye(30, k=29) + np.eye(30, k=-29)) / 2
    runs = 200
    for _ in range(runs):
        x = random.normal(0, 1, (30, 1)) + random.normal(0, 0.15, (30, 13)).cumsum(axis=1)
        states = states_of(x, np.quantile(x, [0.25, 0.5, 0.75]))
        counts = count_by_lag(states, lag_states(x, ring, 4), 4, 4)
        noise = permuted_ratios(x, states, ring, 4, 99, random)
        moved += (1 + (noise >= likelihood_ratio(counts)).sum()) / 100 <= 0.05
    assert 0.01 <= moved / runs <= 0.09


def test_150_origins_of_ets_take_less_than_six_seconds():
    x = np.random.default_rng(4).normal(0.01, 0.02, (30, 13)).cumsum(axis=1) + 0.4
    began = time.process_time()
    found = held_out(x, ("ets",), 3, 5)
    assert len(found["ets", 1].errors) == 150
    assert time.process_time() - began < 6
