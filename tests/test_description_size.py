"""Sizes and biases that the notes of [describe] speak of, and how long it takes."""

from __future__ import annotations

import time

import numpy as np
import pytest

from ccd.describe.convergence.half_panel import half_panel
from ccd.describe.drivers.search import detect
from ccd.describe.forecast.holdout import held_out
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


def test_the_half_panel_jackknife_takes_away_most_of_the_bias():
    """30 regions, 13 years, a true speed of 0.05 a year: fixed effects read several times that."""
    random, fixed, jackknife = np.random.default_rng(2), [], []
    b = np.exp(-0.05) - 1
    for _ in range(300):
        level = random.normal(0, 0.3, 30)
        effect = -b * level
        y = [level + random.normal(0, 0.1, 30)]
        for _ in range(12):
            y.append(y[-1] + effect + b * y[-1] + 0.02 + random.normal(0, 0.03, 30))
        path = np.stack(y, axis=1)
        found = half_panel(np.diff(path, axis=1), path[:, :-1, None], 99, random)
        assert found is not None
        fixed.append(found.fixed[0])
        jackknife.append(found.jackknife[0])
    bias = np.mean(fixed) - b
    assert bias < -0.05
    assert abs(np.mean(jackknife) - b) < abs(bias) / 3


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
