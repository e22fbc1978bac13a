"""Published and hand-worked numbers of C, T, D, grades, bottlenecks, obstacles and changes."""

import numpy as np
import pytest

from ccd.coupling.degree import FORMULAS, comprehensive, coordination
from ccd.coupling.diagnose import lowest, obstacles, split, synchronous
from ccd.coupling.grades import FIVE, TEN, Cuts, classes

# Math. Probl. Eng. 2022, 2969206, Table 4: two subsystems, equal contributions. The printed inputs have
# three decimals, so the results agree to .001.
TABLE_4 = [
    (2011, 0.101, 0.280, 0.882, 0.190, 0.410),
    (2013, 0.187, 0.427, 0.920, 0.307, 0.532),
    (2015, 0.424, 0.421, 1.000, 0.422, 0.650),
    (2017, 0.591, 0.466, 0.993, 0.528, 0.724),
    (2020, 0.879, 0.637, 0.987, 0.758, 0.865),
]
HALVES = np.array([0.5, 0.5])


@pytest.mark.parametrize("row", TABLE_4, ids=lambda row: str(row[0]))
def test_two_systems_as_published(row):
    _, a, b, c, t, d = row
    u = np.array([[a, b]])
    degree = FORMULAS["standard"](u)
    total = comprehensive(u, HALVES)
    assert degree[0] == pytest.approx(c, abs=1e-3)
    assert total[0] == pytest.approx(t, abs=1e-3)
    assert coordination(degree, total)[0] == pytest.approx(d, abs=1e-3)


def test_standard_by_hand():
    # (.1, .4): 2 sqrt(.04)/.5 = .8. (.2, .4, .8): 3 * (.064)^(1/3) / 1.4 = 1.2/1.4.
    np.testing.assert_allclose(FORMULAS["standard"](np.array([[0.1, 0.4]])), [0.8])
    np.testing.assert_allclose(FORMULAS["standard"](np.array([[0.2, 0.4, 0.8]])), [6 / 7])


def test_standard_keeps_tiny_indices():
    # The product of thirty indices of 1e-12 underflows; C of equal indices is 1.
    np.testing.assert_allclose(FORMULAS["standard"](np.full((1, 30), 1e-12)), [1.0])


def test_wang2021_by_hand():
    # (.2, .4, .8): pairs .2 + .4 + .6 = 1.2 over 3 = .4; ratios .25 * .5 to the half = sqrt(.125).
    expected = np.sqrt(0.6 * np.sqrt(0.125))
    np.testing.assert_allclose(FORMULAS["wang2021"](np.array([[0.8, 0.2, 0.4]])), [expected])
    # (.1, .4): [1 - .3] * .25 = .175
    np.testing.assert_allclose(FORMULAS["wang2021"](np.array([[0.1, 0.4]])), [np.sqrt(0.175)])


def test_fan2024_by_hand():
    # (.1, .4): sd with 1/n is .15, so C = .7
    np.testing.assert_allclose(FORMULAS["fan2024"](np.array([[0.1, 0.4]])), [0.7])


def test_a_zero_index():
    u = np.array([[0.0, 0.4], [0.0, 0.0]])
    total = comprehensive(u, HALVES)
    for name, expected in (("standard", 0.0), ("wang2021", 0.0), ("fan2024", 0.6)):
        degree = FORMULAS[name](u)
        np.testing.assert_allclose(degree, [expected, np.nan])
        np.testing.assert_allclose(coordination(degree, total), [np.sqrt(expected * 0.2), 0.0])


def test_ten_classes_are_closed_below():
    degree = np.array([0.0, 0.1 - 1e-9, 0.1, 0.3, 0.1 + 0.2, 0.7 - 1e-16, 0.899999, 0.9, 1.0])
    np.testing.assert_array_equal(TEN.codes(degree), [0, 0, 1, 3, 3, 7, 8, 9, 9])
    assert [TEN.interval(k) for k in (0, 9)] == ["[0, 0.1)", "[0.9, 1]"]
    assert [str(TEN.names[k]) for k in (0, 9)] == ["extreme imbalance", "superior coordination"]
    assert [TEN.names[k].render("zh") for k in (0, 9)] == ["极度失调", "优质协调"]


def test_five_classes_and_cuts_of_ones_own():
    np.testing.assert_array_equal(FIVE.codes(np.array([0.19, 0.2, 0.6, 1.0])), [0, 1, 3, 4])
    own = classes(Cuts(cuts=(0.3, 0.5), names=("low", "middle", "high")))
    assert [str(own.names[k]) for k in own.codes(np.array([0.29, 0.3, 0.5]))] == ["low", "middle", "high"]
    assert [str(name) for name in classes(Cuts(cuts=(0.25,))).names] == ["[0, 0.25)", "[0.25, 1]"]


@pytest.mark.parametrize(
    "wrong",
    [{"cuts": (0.5, 0.3)}, {"cuts": ()}, {"cuts": (1.0,)}, {"cuts": (0.5,), "names": ("a",)},
     {"cuts": (0.5,), "names": ("a", "a")}],
)  # fmt: skip
def test_cuts_that_make_no_classes(wrong):
    with pytest.raises(ValueError, match=r"cuts|class"):
        Cuts(**wrong)


def test_bottleneck_and_ties():
    u = np.array([[0.2, 0.2, 0.9], [0.5, 0.4, 0.45], [0.0, 0.0, 0.0]])
    np.testing.assert_array_equal(lowest(u), [[True, True, False], [False, True, False], [True, True, True]])
    np.testing.assert_array_equal(synchronous(u), [False, True, False])  # .4/.5 is .8 exactly


def test_obstacles_by_hand():
    # a w (1-z): .5*1*.5 = .25; .5*.4*1 = .2; .5*.6*.5 = .15; over .6
    z = np.array([[0.5, 0.0, 0.5], [1.0, 1.0, 1.0]])
    found = obstacles(z, np.array([1.0, 0.4, 0.6]), np.array([0.5, 0.5, 0.5]))
    np.testing.assert_allclose(found, [[25 / 60, 20 / 60, 15 / 60], [np.nan] * 3])


def test_changes_by_hand():
    # C stays at .5 while T goes from .25 to 1: ln D grows by ln 2, all of it by T;
    # in levels D goes from sqrt(.125) to sqrt(.5).
    one = np.array([0.5]), np.array([0.5])
    found = split(one, (np.array([0.25]), np.array([1.0])))
    assert found.log_d[0] == pytest.approx(np.log(2))
    assert (found.log_c[0], found.level_c[0]) == (0.0, 0.0)
    assert found.level_d[0] == pytest.approx(np.sqrt(0.5) - np.sqrt(0.125))
    assert found.level_t[0] == pytest.approx(found.level_d[0], rel=1e-14)


def test_changes_where_c_and_t_undo_each_other():
    # D is the same at both ends: the level terms are D times the log terms, and cancel.
    found = split((np.array([0.2]), np.array([0.8])), (np.array([0.8]), np.array([0.2])))
    assert found.level_d[0] == pytest.approx(0.0, abs=1e-15)
    assert found.level_c[0] == pytest.approx(0.4 * 0.5 * np.log(4))
    assert found.level_t[0] == pytest.approx(-found.level_c[0])
