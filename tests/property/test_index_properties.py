"""What must hold for every scale, weighting and formula, whatever the data."""

from typing import get_args

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ccd.coupling.degree import FORMULAS, FormulaName, comprehensive, coordination
from ccd.coupling.diagnose import obstacles, split
from ccd.index.scale import SCALES, Range, ScaleName, Target, fit_bounds
from ccd.index.weights import WEIGHTS, Options, WeightName, entropies

DIRECTIONS = ("+", "-", Target(target=0.4), Range(range=(0.3, 0.5)))


def matrices(rows=(5, 30), columns=(2, 5)):
    """Positive indicators in (0, 1) that all vary; drawn by seed, so that examples are cheap."""

    def draw(seed, m, k):
        rng = np.random.default_rng(seed)
        return rng.uniform(0.01, 0.99, (m, k)) ** rng.uniform(0.5, 3, k)

    return st.builds(draw, st.integers(0, 2**32), st.integers(*rows), st.integers(*columns))


def options(k):
    return Options(given=np.arange(1.0, k + 1))


def scale(x, name, directions):
    return SCALES[name](x, directions, fit_bounds(x, directions))


def weights(x, name, directions=None):
    z = scale(x, "minmax", directions or ["+"] * x.shape[1])
    return WEIGHTS[name](z, x, options(x.shape[1]))


def test_the_dictionaries_hold_the_names_of_the_study():
    assert tuple(SCALES) == get_args(ScaleName)
    assert tuple(WEIGHTS) == get_args(WeightName)
    assert tuple(FORMULAS) == get_args(FormulaName)


@pytest.mark.parametrize("name", SCALES)
@given(x=matrices(), seed=st.integers(0, 2**32))
def test_every_scale(name, x, seed):
    directions = [DIRECTIONS[j % 4] for j in range(x.shape[1])]
    before = x.copy()
    z = scale(x, name, directions)
    np.testing.assert_array_equal(x, before)  # input untouched
    np.testing.assert_array_equal(scale(x, name, directions), z)  # twice the same
    order = np.random.default_rng(seed).permutation(len(x))
    np.testing.assert_allclose(scale(x[order], name, directions), z[order], rtol=0, atol=1e-12)
    if name != "zscore":
        assert z.min() >= -1e-12
        assert z.max() <= 1 + 1e-12


@pytest.mark.parametrize("name", SCALES)
@given(x=matrices(columns=(2, 2)), unit=st.sampled_from([1e-6, 1e3, 1e9]))
def test_units_do_not_matter_to_a_scale(name, x, unit):
    if name == "none":
        return  # already in [0, 1]: it has no unit to change
    z = scale(x, name, ["+", "-"])
    np.testing.assert_allclose(scale(x * unit, name, ["+", "-"]), z, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("name", ["minmax", "zscore"])
@given(x=matrices(columns=(2, 2)), shift=st.floats(-100, 100))
def test_a_shift_does_not_matter_to_minmax(name, x, shift):
    np.testing.assert_allclose(scale(x + shift, name, ["+", "-"]), scale(x, name, ["+", "-"]), atol=1e-8)


@given(x=matrices())
def test_minus_mirrors_plus(x):
    k = x.shape[1]
    np.testing.assert_allclose(scale(x, "minmax", ["+"] * k) + scale(x, "minmax", ["-"] * k), 1.0, atol=1e-12)


@pytest.mark.parametrize("name", WEIGHTS)
@given(x=matrices(), seed=st.integers(0, 2**32), unit=st.sampled_from([1e-6, 1e3, 1e9]))
def test_every_weighting(name, x, seed, unit):
    before = x.copy()
    w = weights(x, name)
    np.testing.assert_array_equal(x, before)
    np.testing.assert_array_equal(weights(x, name), w)
    assert w.shape == (x.shape[1],)
    assert w.min() >= 0
    assert w.sum() == pytest.approx(1.0, abs=1e-12)
    rng = np.random.default_rng(seed)
    np.testing.assert_allclose(weights(x[rng.permutation(len(x))], name), w, rtol=1e-9, atol=1e-12)
    units = unit ** rng.integers(0, 2, x.shape[1])
    np.testing.assert_allclose(weights(x * units, name), w, rtol=1e-7, atol=1e-9)  # a unit changes nothing
    if name != "given":
        order = rng.permutation(x.shape[1])
        np.testing.assert_allclose(weights(x[:, order], name), w[order], rtol=1e-7, atol=1e-9)


@pytest.mark.parametrize("name", WEIGHTS)
def test_one_indicator_has_the_whole_weight(name):
    x = np.array([[0.1], [0.4], [0.9]])
    np.testing.assert_array_equal(weights(x, name), [1.0])


@given(x=matrices())
def test_entropies_lie_in_the_unit_interval_and_match_a_loop(x):
    z = scale(x, "minmax", ["+"] * x.shape[1])
    e = entropies(z)
    assert e.min() >= 0
    assert e.max() <= 1
    for j in range(z.shape[1]):
        p = [value / z[:, j].sum() for value in z[:, j]]
        by_hand = -sum(q * np.log(q) for q in p if q > 0) / np.log(len(z))
        assert e[j] == pytest.approx(by_hand, abs=1e-12)


def test_m_is_the_number_of_region_years_and_not_of_years():
    # A uniform column has entropy one, whatever the rows are called; ln T would put it above one.
    assert entropies(np.ones((30 * 13, 1)))[0] == pytest.approx(1.0, abs=1e-12)


@pytest.mark.parametrize("name", FORMULAS)
@given(u=matrices(columns=(2, 5)), seed=st.integers(0, 2**32))
def test_every_formula(name, u, seed):
    before = u.copy()
    c = FORMULAS[name](u)
    np.testing.assert_array_equal(u, before)
    np.testing.assert_array_equal(FORMULAS[name](u), c)
    assert c.min() >= 0
    assert c.max() < 1  # these indices differ
    rng = np.random.default_rng(seed)
    rows, columns = rng.permutation(len(u)), rng.permutation(u.shape[1])
    np.testing.assert_array_equal(FORMULAS[name](u[rows]), c[rows])
    np.testing.assert_allclose(FORMULAS[name](u[:, columns]), c, rtol=1e-12)  # symmetric
    n = u.shape[1]
    equal = np.full(n, 1 / n)
    d = coordination(c, comprehensive(u, equal))
    np.testing.assert_allclose(
        coordination(FORMULAS[name](u[:, columns]), comprehensive(u[:, columns], equal)), d, rtol=1e-12
    )
    assert d.min() >= 0
    assert d.max() <= 1


@pytest.mark.parametrize("name", FORMULAS)
@given(level=st.floats(1e-9, 1), n=st.integers(2, 6))
def test_equal_indices_couple_wholly(name, level, n):
    c = FORMULAS[name](np.full((1, n), level))
    assert 1 - 1e-12 <= c[0] <= 1
    d = coordination(c, np.array([level]))
    assert d[0] == pytest.approx(np.sqrt(level), rel=1e-9)


@given(u=matrices(columns=(2, 5)), power=st.floats(0.1, 10))
def test_standard_c_depends_on_proportions_alone(u, power):
    np.testing.assert_allclose(FORMULAS["standard"](u * power), FORMULAS["standard"](u), rtol=1e-12)


@given(u=matrices(columns=(2, 5)))
def test_wang2021_matches_a_loop_over_pairs(u):
    found = FORMULAS["wang2021"](u)
    n = u.shape[1]
    for row, c in zip(u, found, strict=True):
        apart = sum(abs(row[i] - row[j]) for i in range(n) for j in range(i)) / (n * (n - 1) / 2)
        rest = np.delete(row, row.argmax()) / row.max()
        assert c == pytest.approx(np.sqrt((1 - apart) * rest.prod() ** (1 / (n - 1))), rel=1e-12)


@settings(max_examples=25)
@given(u=matrices(rows=(10, 10)), v=matrices(rows=(10, 10)))
def test_changes_add_up_exactly(u, v):
    def ends(m):
        return FORMULAS["standard"](m), m.mean(axis=1)

    (c0, t0), (c1, t1) = ends(u), ends(v)
    found = split((c0, c1), (t0, t1))
    d0, d1 = np.sqrt(c0 * t0), np.sqrt(c1 * t1)
    np.testing.assert_allclose(found.log_c + found.log_t, np.log(d1) - np.log(d0), atol=1e-12)
    np.testing.assert_allclose(found.level_c + found.level_t, d1 - d0, atol=1e-12)


@given(z=matrices(), a=st.floats(0.1, 0.9))
def test_obstacles_of_a_row_sum_to_one(z, a):
    w = np.linspace(1, 2, z.shape[1])
    found = obstacles(z, w, np.full(z.shape[1], a))
    np.testing.assert_allclose(found.sum(axis=1), 1.0)
    assert found.min() >= 0
