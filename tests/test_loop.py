"""The loop: projections and tests against dummies and hand-worked cases, refusals, and simulations of size."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from conftest import make_panel
from pydantic import ValidationError

from ccd import unit_roots
from ccd.coupling.degree import coordination, standard
from ccd.errors import EstimationError
from ccd.estimate import MODELS
from ccd.estimate.dynamics import granger
from ccd.estimate.dynamics.projections import project
from ccd.estimate.dynamics.stages import arrows_of, coupled
from ccd.estimate.linear.resample import resampled
from ccd.results import Loop, LoopModes, Projections
from ccd.streams import Stream

STAGES = {"policy": "p", "innovation": "i", "upgrading": "u", "response": "r"}
RING = ("policy -> innovation", "innovation -> upgrading", "upgrading -> response", "response -> policy")


def walks(rng, count: int, n: int, t: int, rho: float = 0.0) -> np.ndarray:
    """Return independent autoregressions (count, n, t)."""
    made = np.zeros((count, n, t + 30))
    shocks = rng.standard_normal(made.shape)
    for k in range(1, t + 30):
        made[..., k] = rho * made[..., k - 1] + shocks[..., k]
    return made[..., 30:]


def demeaned(values: np.ndarray) -> np.ndarray:
    left = values - values.mean(-1, keepdims=True) - values.mean(-2, keepdims=True)
    return left + values.mean((-1, -2), keepdims=True)


def ring_data(strength: float, n: int = 30, t: int = 13, seed: int = 3) -> np.ndarray:
    """Return four stages (4, n, t), each moved by the one before it a year ago."""
    rng = np.random.default_rng(seed)
    made = np.zeros((4, n, t + 30))
    for k in range(1, t + 30):
        made[..., k] = 0.2 * made[..., k - 1] + strength * np.roll(made[..., k - 1], 1, axis=0)
        made[..., k] += rng.standard_normal((4, n))
    return made[..., 30:]


def panel(stages: np.ndarray, start: int = 2011):
    _, n, t = stages.shape
    entity = np.repeat([f"r{i:02d}" for i in range(n)], t)
    columns = {name: stages[s].ravel() for s, name in enumerate("piur"[: len(stages)])}
    return make_panel(columns, entity, np.tile(np.arange(start, start + t), n))


def fitted(stages: np.ndarray, **keys):
    model = MODELS["loop"].model_validate(
        {"name": "m", "kind": "loop", "stages": STAGES, "draws": 199, **keys}
    )
    return model.fit(panel(stages), Stream(1, "m"))


def dummies(a, b, horizon, lags, rows) -> float:
    """Return the slope on a of t by a plain regression with a dummy for every region and year."""
    table = []
    for i in range(len(a)):
        for t in rows:
            back = [v[i, t - k] for k in range(1, lags + 1) for v in (a, b)]
            table.append((i, t, b[i, t + horizon], a[i, t], *back))
    data = pd.DataFrame(table)
    x = np.column_stack([data.iloc[:, 3:], pd.get_dummies(data[0]), pd.get_dummies(data[1], drop_first=True)])
    return float(np.linalg.lstsq(x.astype(float), data[2].to_numpy(), rcond=None)[0][0])


@pytest.mark.parametrize(("horizon", "lags"), [(1, 1), (3, 1), (2, 2)])
def test_projections_are_those_of_dummies(horizon, lags):
    a, b = walks(np.random.default_rng(1), 2, 12, 13, 0.5)
    found = project(a, b, horizon, lags, np.ones((1, 12)))
    rows = list(range(lags, 13 - horizon))
    whole, half = dummies(a, b, horizon, lags, rows), len(rows) // 2
    split = [dummies(a, b, horizon, lags, own) for own in (rows[:half], rows[half:])]
    assert found.plain == pytest.approx(whole, rel=1e-9)
    assert found.estimate == pytest.approx(2 * whole - sum(split) / 2, rel=1e-9)
    assert found.drawn[0] == pytest.approx(found.estimate, rel=1e-12)  # every region once


def test_a_redrawn_region_counts_as_often_as_it_is_drawn():
    a, b = walks(np.random.default_rng(2), 2, 8, 13, 0.5)
    counts = np.array([2, 0, 1, 1, 3, 1, 0, 0], dtype=float)
    twice = np.repeat(np.arange(8), counts.astype(int))
    drawn = project(a, b, 1, 1, counts[None, :]).drawn[0]
    assert drawn == pytest.approx(project(a[twice], b[twice], 1, 1, np.ones((1, 8))).estimate, rel=1e-9)


def test_wald_is_that_of_two_regressions():
    a, b = walks(np.random.default_rng(4), 2, 5, 14)
    found = granger.wald(a, b, 2)
    for i in range(5):
        y = b[i, 2:]
        null = np.column_stack([np.ones(12), b[i, 1:13], b[i, :12]])
        full = np.column_stack([null, a[i, 1:13], a[i, :12]])
        ssr = [np.sum((y - x @ np.linalg.lstsq(x, y, rcond=None)[0]) ** 2) for x in (null, full)]
        assert found[i] == pytest.approx((ssr[0] - ssr[1]) / (ssr[1] / (12 - 5)), rel=1e-9)


def test_a_ring_is_found_and_noise_is_not():
    found = fitted(ring_data(0.5)).value(Loop)
    assert found is not None
    assert dict(zip(found.arrow, found.found.tolist(), strict=True)) | dict.fromkeys(RING, True) == dict(
        zip(found.arrow, found.found.tolist(), strict=True)
    )
    assert found.closed
    assert found.p_loop == max(found.p_value[:4])
    assert found.gain == pytest.approx(np.prod(found.estimate[:4]))
    assert found.gain_low < found.gain < found.gain_high
    noise = fitted(ring_data(0.0)).value(Loop)
    assert noise is not None
    assert not noise.closed


def test_the_headline_is_the_ring_and_arrows_follow():
    estimate = fitted(ring_data(0.5))
    found = estimate.value(Loop)
    assert estimate.leading.estimate == found.gain
    assert estimate.leading.p_value == found.p_loop
    assert [str(term) for term in estimate.terms.term] == ["loop", *found.arrow]
    shown = estimate.value(Projections)
    own = shown.horizon == 1
    np.testing.assert_array_equal(shown.estimate[own], found.estimate)
    np.testing.assert_allclose(np.sqrt(np.diag(estimate.covariance))[1:], found.std_error, rtol=1e-12)


def test_arrows_are_the_ring_and_those_against_it():
    names = [str(one) for one in arrows_of(tuple(STAGES), closed=True)]
    assert names == [*RING, "innovation -> policy", "upgrading -> innovation", "response -> upgrading"]
    assert len(arrows_of(tuple(STAGES), closed=False)) == 6


def test_modes_say_which_of_two_leads_in_each_region():
    rng = np.random.default_rng(5)
    stages = rng.standard_normal((4, 20, 40))
    stages[2, :10, 1:] += 3 * stages[1, :10, :-1]  # the first ten are pushed
    stages[1, 10:, 1:] += 3 * stages[2, 10:, :-1]  # the others pulled
    found = fitted(stages).value(LoopModes)
    assert set(found.mode[:10]) <= {"push", "spiral"}
    assert set(found.mode[10:]) <= {"pull", "spiral"}
    assert found.mode[:10].count("push") >= 7
    assert found.mode[10:].count("pull") >= 7


def test_coupling_of_stages_is_the_standard_one():
    paths = np.random.default_rng(6).random((3, 5, 4))
    u = (paths - paths.min((1, 2), keepdims=True)) / np.ptp(paths, axis=(1, 2), keepdims=True)
    flat = u.reshape(3, -1).T
    c = standard(flat)
    d = coordination(c, flat.mean(axis=1))
    ours = coupled(paths)
    np.testing.assert_allclose(ours[0], c.reshape(5, 4).mean(axis=0), rtol=1e-12)
    np.testing.assert_allclose(ours[1], d.reshape(5, 4).mean(axis=0), rtol=1e-12)


def test_unit_roots_tell_walks_from_noise():
    rng = np.random.default_rng(7)
    null = unit_roots.simulated(30, 13, 1, "drift", 400, rng)
    noise, walk = rng.standard_normal((2, 30, 13))
    assert unit_roots.p_value(float(unit_roots.cips(noise)), null) < 0.05
    assert unit_roots.p_value(float(unit_roots.cips(walk.cumsum(axis=1))), null) > 0.05
    assert np.quantile(null, 0.05) == pytest.approx(
        -2.2, abs=0.15
    )  # Pesaran (2007, table IIb): -2.11 to -2.25
    with pytest.raises(ValueError, match="too few years"):
        unit_roots.cips(noise[:, :8])


def test_wandering_stages_are_asked_for_in_differences():
    estimate = fitted(ring_data(0.0).cumsum(axis=2))
    assert any("take differences too" in str(note) for note in estimate.notes)


def test_too_little_is_refused():
    with pytest.raises(EstimationError, match="10"):
        fitted(ring_data(0.2, n=9))
    with pytest.raises(EstimationError, match="from which a projection"):
        fitted(ring_data(0.2, t=9))
    with pytest.raises(EstimationError, match="Granger test with 3 lags"):
        fitted(ring_data(0.2, t=13), lags=3, horizon=1)
    flat = ring_data(0.2)
    flat[3] = 1.0
    with pytest.raises(EstimationError, match="nothing beyond"):
        fitted(flat)
    with pytest.raises(ValidationError, match="at lies within horizon"):
        fitted(ring_data(0.2), at=4)
    with pytest.raises(ValidationError, match="leave outcome out"):
        fitted(ring_data(0.2), outcome="D")


def test_a_region_with_a_hole_is_left_out_and_named():
    stages = ring_data(0.3)
    stages[1, 4, 6] = np.nan
    estimate = fitted(stages)
    assert estimate.entities == 29
    assert any("r04" in str(note) for note in estimate.notes)


@pytest.mark.slow
@pytest.mark.parametrize("rho", [0.0, 0.5, 0.8])
def test_the_redrawn_granger_p_keeps_its_size(rho):
    rng = np.random.default_rng(11)
    rejected = []
    for _ in range(700):
        a, b = (demeaned(walks(rng, 1, 30, 13, rho)[0]) for _ in range(2))
        rejected.append(granger.test(a, b, 1, 199, rng).p_value <= 0.05)
    assert 0.03 <= np.mean(rejected) <= 0.07  # measured: .044, .050, .053 in 1,000


@pytest.mark.slow
@pytest.mark.parametrize("strength", [0.0, 0.5])
def test_a_ring_that_is_not_closed_is_found_closed_in_at_most_one_in_twenty(strength):
    """Independent stages; and a chain whose last stage does not point to the first: the worst case of the test."""
    rng = np.random.default_rng(12)
    closed = []
    for seed in range(250):
        stages = walks(rng, 4, 30, 13, 0.5)
        for s in range(1, 4):
            stages[s, :, 1:] += strength * stages[s - 1, :, :-1]
        moves = demeaned(stages)
        counts = resampled(30, 199, np.random.default_rng(seed))
        pairs = [(0, 1), (1, 2), (2, 3), (3, 0)]
        found = [project(moves[i], moves[j], 1, 1, counts) for i, j in pairs]
        closed.append(min(one.estimate / one.std_error for one in found) > 1.699)  # t(29) at 5 %
    assert np.mean(closed) <= (0.01 if strength == 0 else 0.05 + 2 * np.sqrt(0.05 * 0.95 / 250))


@pytest.mark.slow
@pytest.mark.parametrize("horizon", [1, 3])
def test_jackknifed_intervals_cover(horizon):
    def drawn(rng, n):
        made, shocks = np.zeros((2, n, 43)), rng.standard_normal((2, n, 43))
        for k in range(1, 43):
            made[0, :, k] = 0.6 * made[0, :, k - 1] + shocks[0, :, k]
            made[1, :, k] = 0.5 * made[1, :, k - 1] + 0.3 * made[0, :, k - 1] + shocks[1, :, k]
        return made[..., 30:]

    truth = {1: 0.300, 3: 0.273}[horizon]  # of 200,000 regions without effects: .3003, .2725
    rng = np.random.default_rng(13)
    covered, plain = [], []
    for _ in range(300):
        a, b = demeaned(drawn(rng, 30))
        found = project(a, b, horizon, 1, resampled(30, 299, rng))
        covered.append(abs(found.estimate - truth) < 2.045 * found.std_error)
        plain.append(found.plain)
    assert 0.90 <= np.mean(covered) <= 0.98  # measured: .953, .937
    assert np.mean(plain) < truth  # what the jackknife takes out
