"""Published numbers: entropy and CRITIC weights, and hand-worked scales and weightings."""

import numpy as np
import pytest

from ccd.index.scale import SCALES, Range, Target, fit_bounds
from ccd.index.weights import WEIGHTS, Options, entropies

# Elsayed et al. 2017 (IJETT 46(2)): 12 alternatives x 5 criteria, weighed raw: p = x / sum x, m = 12.
ELSAYED = np.array(
    [
        (7, 312, 1891, 6613, 163),
        (72, 88, 728, 941804, 1078),
        (10, 252, 2594, 3466, 117471),
        (10, 145, 980, 2371, 86329),
        (65, 54, 350, 501, 29897),
        (29, 48, 380, 912, 34051),
        (7, 476, 3300, 78470, 2212),
        (70, 87, 650, 733, 819000),
        (4, 86, 591, 3015, 103),
        (12, 79, 579, 3240, 96098),
        (21, 45, 261, 1253, 453),
        (1, 72, 530, 4333, 0.1048),
    ]
)

# Diakoulaki, Mavrotas & Papayannakis 1995, all criteria to be maximised, min-max scaled.
DIAKOULAKI = np.array(
    [
        (61, 1.08, 4.33),
        (20.7, 0.26, 4.34),
        (16.3, 1.98, 2.53),
        (9, 3.29, 1.65),
        (5.4, 2.77, 2.33),
        (4, 4.12, 1.21),
        (-6.1, 3.52, 2.10),
        (-34.6, 3.31, 0.98),
    ]
)


def scaled(x: np.ndarray, scale: str = "minmax", directions=None) -> np.ndarray:
    directions = directions or ["+"] * x.shape[1]
    return SCALES[scale](x, directions, fit_bounds(x, directions))


def test_entropies_of_elsayed():
    expected = [0.8074408752, 0.8732225306, 0.8690974214, 0.1747888436, 0.4413912880]
    np.testing.assert_allclose(entropies(ELSAYED), expected, rtol=0, atol=1e-10)


def test_entropy_weights_of_elsayed():
    expected = [0.1049906903, 0.0691239849, 0.0713731541, 0.4499370728, 0.3045750979]
    weights = WEIGHTS["entropy"](ELSAYED, ELSAYED, Options())
    np.testing.assert_allclose(weights, expected, rtol=0, atol=1e-10)


def test_critic_weights_of_diakoulaki():
    expected = [0.2022255398, 0.4809017290, 0.3168727312]
    weights = WEIGHTS["critic"](scaled(DIAKOULAKI), DIAKOULAKI, Options())
    np.testing.assert_allclose(weights, expected, rtol=0, atol=1e-10)


def test_entropy_by_hand():
    # z1 = (0, 1): p = (0, 1), e = 0, d = 1. z2 = (1, 3)/4: e = -(ln .25/4 + 3 ln .75/4)/ln 2 = .8112781245.
    z = np.array([[0.0, 1.0], [1.0, 3.0]])
    e2 = -(0.25 * np.log2(0.25) + 0.75 * np.log2(0.75))
    np.testing.assert_allclose(entropies(z), [0.0, e2], atol=1e-15)
    np.testing.assert_allclose(WEIGHTS["entropy"](z, z, Options()), np.array([1, 1 - e2]) / (2 - e2))


def test_shift_enters_the_entropy_only_through_p():
    # p = (z + 1)/sum = (1, 2)/3 and (1, 4)/5.
    z = np.array([[0.0, 0.0], [1.0, 3.0]])
    p = np.array([[1 / 3, 1 / 5], [2 / 3, 4 / 5]])
    d = 1 + (p * np.log2(p)).sum(axis=0)
    np.testing.assert_allclose(WEIGHTS["entropy"](z, z, Options(shift=1.0)), d / d.sum())


def test_coefficient_of_variation_by_hand():
    # column 1: mean 2, sd 1 -> .5; column 2: mean -10, sd 10 -> 1.
    x = np.array([[1.0, 0.0], [2.0, -10.0], [3.0, -20.0]])
    np.testing.assert_allclose(WEIGHTS["cv"](x, x, Options()), [1 / 3, 2 / 3])


def test_pca_of_two_correlated_indicators_is_even():
    # R = [[1, r], [r, 1]]: eigenvalues 1 + r and 1 - r, both vectors (1, +-1)/sqrt 2.
    z = np.array([[0.0, 0.1], [0.3, 0.2], [0.6, 0.9], [1.0, 0.7]])
    np.testing.assert_allclose(WEIGHTS["pca"](z, z, Options()), [0.5, 0.5])


def test_pca_keeps_the_eigenvalues_of_one_or_more():
    # Two copies and an orthogonal third: R has eigenvalues 2, 1, 0; the third has loading 1 on the second.
    a, b = np.array([1.0, 1, -1, -1]), np.array([1.0, -1, 1, -1])
    z = np.column_stack([a, a, b])
    np.testing.assert_allclose(WEIGHTS["pca"](z, z, Options()), [1 / 3, 1 / 3, 1 / 3])


def test_pca_drops_the_eigenvalues_under_one():
    # a and b with correlation .6, c orthogonal: eigenvalues 1.6, 1, .4, vectors (1, 1, 0)/sqrt 2, (0, 0, 1).
    # Kept: 1.6/2 for a and for b, 1 for c.
    a, c = np.array([1.0, 1, -1, -1]), np.array([1.0, -1, 1, -1])
    other = np.array([1.0, -1, -1, 1])  # orthogonal to both
    z = np.column_stack([a, 0.6 * a + 0.8 * other, c])
    np.testing.assert_allclose(WEIGHTS["pca"](z, z, Options()), np.array([0.8, 0.8, 1]) / 2.6)


def test_entropy_critic_by_hand():
    # r = -1 between both: the conflict is 2 for each, so redundancy alone decides.
    z = np.array([[0.0, 1.0], [0.25, 0.75], [1.0, 0.0]])
    d = 1 - entropies(z)
    np.testing.assert_allclose(WEIGHTS["entropy-critic"](z, z, Options()), d / d.sum())


def test_game_by_hand():
    # w_a = (.5, .5) and w_b = (.8, .2): Gram [[.5, .5], [.5, .68]], right side (.5, .68) -> a = (0, 1).
    z = np.zeros((3, 2))
    options = Options(given=np.array([0.8, 0.2]), game=("equal", "given"))
    np.testing.assert_allclose(WEIGHTS["game"](z, z, options), [0.8, 0.2], atol=1e-12)


def test_game_between_two_weightings(monkeypatch):
    # w_a = (.6, .3, .1), w_b = (.2, .3, .5): Gram [[.46, .26], [.26, .38]] a = (.46, .38);
    # determinant .1072, a = (.46*.38 - .26*.38, .46*.38 - .26*.46)/.1072 = (.076, .0552)/.1072.
    a, b = np.array([0.6, 0.3, 0.1]), np.array([0.2, 0.3, 0.5])
    monkeypatch.setitem(WEIGHTS, "a", lambda *_: a)
    monkeypatch.setitem(WEIGHTS, "b", lambda *_: b)
    found = WEIGHTS["game"](np.ones((2, 3)), np.ones((2, 3)), Options(game=("a", "b")))
    np.testing.assert_allclose(found, (0.076 * a + 0.0552 * b) / 0.1312, rtol=1e-12)


@pytest.mark.parametrize(
    ("scale", "direction", "expected"),
    [
        ("minmax", "+", [0, 0.25, 1]),
        ("minmax", "-", [1, 0.75, 0]),
        ("ratio", "+", [0.2, 0.4, 1]),
        ("ratio", "-", [1, 0.5, 0.2]),
        ("zscore", "+", np.array([-5, -2, 7]) / np.sqrt(39)),
        ("zscore", "-", np.array([5, 2, -7]) / np.sqrt(39)),
        ("minmax-0.002", "+", [0.002, 0.251, 0.998]),
        ("minmax-0.01", "-", [0.99, 0.745, 0.01]),
        ("rank", "+", [0, 0.5, 1]),
        ("rank", "-", [1, 0.5, 0]),
        # 4 is the best, 2 two from it, 10 six
        ("rank", Target(target=4), [0.5, 1, 0]),
        # |x - 4| = 2, 0, 6 over the longest, 6
        ("minmax", Target(target=4), [2 / 3, 1, 0]),
        # max(a - x, x - b, 0) = 1, 0, 5 over max(3 - 2, 10 - 5) = 5
        ("minmax", Range(range=(3, 5)), [0.8, 1, 0]),
        # 3, 1, 0 over max(5 - 2, 10 - 20) = 3
        ("minmax", Range(range=(5, 20)), [0, 2 / 3, 1]),
    ],
)
def test_scales_of_2_4_10(scale, direction, expected):
    x = np.array([[2.0], [4.0], [10.0]])
    # (2, 4, 10): mean 16/3, sd(n-1) = sqrt(52/3); times 3: (-10, -4, 14)/sqrt(156) = (-5, -2, 7)/sqrt(39)
    np.testing.assert_allclose(scaled(x, scale, [direction])[:, 0], expected, atol=1e-15)


def test_equal_values_share_their_average_rank():
    x = np.array([[3.0], [1.0], [3.0], [9.0], [3.0]])  # ranks 3, 1, 3, 5, 3
    np.testing.assert_allclose(scaled(x, "rank", ["+"])[:, 0], [0.5, 0, 0.5, 1, 0.5])
    np.testing.assert_allclose(scaled(x, "rank", ["-"])[:, 0], [0.5, 1, 0.5, 0, 0.5])


def test_no_scaling_leaves_values_and_mirrors_minus():
    x = np.array([[0.2, 0.2], [0.9, 0.9]])
    np.testing.assert_allclose(scaled(x, "none", ["+", "-"]), [[0.2, 0.8], [0.9, 0.1]])


def test_bounds_by_group_are_each_rows_own():
    x = np.array([[0.0], [10.0], [5.0], [6.0]])
    own = fit_bounds(x, ["+"], np.array([0, 0, 1, 1]))
    np.testing.assert_allclose(SCALES["per-year"](x, ["+"], own)[:, 0], [0, 1, 0, 1])
