"""Every matcher against a loop that follows the definition, on scores full of ties and poor overlap."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccd.estimate.matching import KERNELS, MATCHERS, TIE, Pool, Settings, Units, match, window_sums
from ccd.estimate.matching.pool import whiten

TOL = 1e-9


@st.composite
def pools(draw):
    """Return a pool: scores on a coarse grid or free, groups shifted apart, columns with few values."""
    rng = np.random.default_rng(draw(st.integers(0, 10_000)))
    t, c = draw(st.integers(1, 12)), draw(st.integers(1, 40))
    grid = draw(st.sampled_from([None, 5, 20, 100]))
    shift = draw(st.sampled_from([0.0, 0.2, 0.6]))
    p, q = rng.beta(2, 2, t) * (1 - shift) + shift, rng.beta(2, 2, c) * (1 - shift)
    if grid:
        p, q = np.round(p * grid) / grid, np.round(q * grid) / grid
    x, z = rng.integers(0, 3, (t, 2)).astype(float), rng.integers(0, 3, (c, 2)).astype(float)
    return Pool(p, q, x, z, np.ones(t), np.ones(c))


def check(pool, settings, shares):
    """Compare with ``shares(i)``: the unnormalised share of every control in treated unit i."""
    weight, matched = np.zeros(len(pool.control_score)), []
    for i in range(len(pool.treated_score)):
        share = shares(i)
        matched.append(bool(np.any(share != 0)))
        if matched[-1]:
            share = share / share.sum()
            weight += share
    lent = MATCHERS[settings.matcher](pool, settings)
    assert lent.matched.tolist() == matched
    scale = 1 + np.abs(weight).max()
    np.testing.assert_allclose(lent.weight, weight, atol=TOL * scale, rtol=TOL)


SHAPES = {
    "epanechnikov": lambda u: 1 - u**2,
    "biweight": lambda u: (1 - u**2) ** 2,
    "triangular": lambda u: 1 - u,
    "tricube": lambda u: (1 - u**3) ** 3,
}


@given(pools(), st.sampled_from(sorted(SHAPES)), st.sampled_from([0.011, 0.06, 0.25, 1.5]))
def test_kernel_is_its_loop(pool, kernel, h):
    def shares(i):
        d = np.abs(pool.control_score - pool.treated_score[i])
        return np.where(d < h - TIE, SHAPES[kernel](d / h), 0.0)

    check(pool, Settings(kernel=kernel, bandwidth=h), shares)


@given(pools(), st.sampled_from([0.05, 0.1, 0.4]))
def test_radius_and_the_uniform_kernel_are_one_loop(pool, r):
    def shares(i):
        return (np.abs(pool.control_score - pool.treated_score[i]) <= r + TIE).astype(float)

    check(pool, Settings("radius", caliper=r), shares)
    check(pool, Settings("kernel", "uniform", bandwidth=r), shares)


@given(pools(), st.sampled_from([0.01, 0.06]))
def test_gaussian_kernel_is_its_loop(pool, h):
    def shares(i):
        d = (pool.control_score - pool.treated_score[i]) / h
        return np.exp(-0.5 * (d**2 - (d**2).min()))

    check(pool, Settings(kernel="gaussian", bandwidth=h), shares)


@given(pools(), st.integers(1, 6), st.sampled_from([None, 0.01, 0.05, 0.2]))
def test_nearest_is_its_loop(pool, k, caliper):
    def shares(i):
        d = np.abs(pool.control_score - pool.treated_score[i])
        limit = np.sort(d)[min(k, len(d)) - 1]
        limit = limit if caliper is None else min(limit, caliper)
        return (d <= limit + TIE).astype(float)

    check(pool, Settings("nearest", neighbours=k, caliper=caliper), shares)


@given(pools(), st.integers(1, 4), st.sampled_from([None, 0.1]))
def test_mahalanobis_is_its_loop(pool, k, caliper):
    def shares(i):
        d = np.array([np.sqrt(np.sum((z - pool.treated_x[i]) ** 2)) for z in pool.control_x])
        if caliper is not None:
            d[np.abs(pool.control_score - pool.treated_score[i]) > caliper + TIE] = np.inf
        limit = np.sort(d)[min(k, len(d)) - 1]
        return (np.isfinite(d) & (d <= limit + TIE)).astype(float)

    check(pool, Settings("mahalanobis", neighbours=k, caliper=caliper), shares)


@given(
    pools(), st.sampled_from(["epanechnikov", "triangular", "tricube"]), st.sampled_from([0.06, 0.25, 1.5])
)
def test_local_linear_is_a_weighted_line_at_the_treated_score(pool, kernel, h):
    """The line is fitted by least squares here; flat windows take the kernel mean."""

    def shares(i):
        d = pool.control_score - pool.treated_score[i]
        k = np.where(np.abs(d) < h - TIE, SHAPES[kernel](np.abs(d) / h), 0.0)
        if not (k > 0).any():
            return k
        near = k > 0
        mean = np.average(d[near], weights=k[near])
        if np.average((d[near] - mean) ** 2, weights=k[near]) < 1e-8 * h**2:
            return k
        design = np.column_stack([np.ones(near.sum()), (d[near] - mean) / h])
        root = np.sqrt(k[near])
        line = np.linalg.pinv(design * root[:, None]) * root  # (2, m): constant and slope in y
        found = np.zeros(len(d))
        found[near] = line[0] + line[1] * (0 - mean) / h
        return found

    check(pool, Settings("local-linear", kernel, bandwidth=h), shares)


def greedy(pool, k, caliper):
    """Return weights of matching without replacement where no two distances or scores are equal."""
    left, weight = set(range(len(pool.control_score))), np.zeros(len(pool.control_score))
    for i in np.argsort(-pool.treated_score):
        near = sorted(left, key=lambda j: abs(pool.control_score[j] - pool.treated_score[i]))[:k]
        if len(near) == k and all(
            abs(pool.control_score[j] - pool.treated_score[i]) <= caliper for j in near
        ):
            weight[near] += 1 / k
            left -= set(near)
    return weight


@given(st.integers(0, 500), st.integers(1, 3), st.sampled_from([np.inf, 0.1]))
def test_without_replacement_is_the_greedy_loop(seed, k, caliper):
    rng = np.random.default_rng(seed)
    p, q = rng.random(8), rng.random(20)
    pool = Pool(p, q, p[:, None], q[:, None], np.ones(8), np.ones(20))
    settings = Settings(
        "nearest", neighbours=k, replacement=False, caliper=None if caliper == np.inf else caliper
    )
    np.testing.assert_allclose(MATCHERS["nearest"](pool, settings).weight, greedy(pool, k, caliper), atol=TOL)


def test_without_replacement_shares_what_is_tied():
    """Two treated on one score want one control each of three that stand as near: each lends two thirds."""
    p, q = np.array([0.5, 0.5]), np.array([0.4, 0.6, 0.6, 0.9])
    pool = Pool(p, q, p[:, None], q[:, None], np.ones(2), np.ones(4))
    weight = MATCHERS["nearest"](pool, Settings("nearest", replacement=False)).weight
    np.testing.assert_allclose(weight, [2 / 3, 2 / 3, 2 / 3, 0])


def lone(p, q, **settings):
    """Return what matching without replacement gives treated scores ``p`` and controls ``q``."""
    p, q = np.array(p), np.array(q)
    pool = Pool(p, q, p[:, None], q[:, None], np.ones(len(p)), np.ones(len(q)))
    return MATCHERS["nearest"](pool, Settings("nearest", replacement=False, **settings))


def test_tied_treated_that_need_more_than_is_left_are_off():
    """Three on .5 reach two controls: none is matched, and the one on .45 finds the nearest still there."""
    lent = lone([0.5, 0.5, 0.5, 0.45], [0.5, 0.48, 0.9], caliper=0.1)
    assert lent.matched.tolist() == [False, False, False, True]
    np.testing.assert_allclose(lent.weight, [0, 1, 0])
    lent = lone([0.5, 0.5, 0.45], [0.5, 0.48, 0.9], caliper=0.1)  # two on .5 take both, none is left for .45
    assert lent.matched.tolist() == [True, True, False]
    np.testing.assert_allclose(lent.weight, [1, 1, 0])


def test_a_treated_unit_short_of_its_neighbours_is_off():
    lent = lone([0.6, 0.3], [0.6, 0.61, 0.3], neighbours=2, caliper=0.05)
    assert lent.matched.tolist() == [True, False]
    np.testing.assert_allclose(lent.weight, [0.5, 0.5, 0])


@given(pools(), st.integers(1, 3), st.sampled_from([None, 0.05, 0.3]))
def test_without_replacement_no_control_lends_more_than_once(pool, k, caliper):
    lent = MATCHERS["nearest"](pool, Settings("nearest", neighbours=k, replacement=False, caliper=caliper))
    assert lent.weight.min() >= 0
    assert lent.weight.max() <= 1 / k + 1e-12
    assert lent.weight.sum() == pytest.approx(lent.matched.sum())  # full need or nothing
    for score in np.unique(pool.treated_score):
        assert len(set(lent.matched[pool.treated_score == score])) == 1


@given(pools(), st.sampled_from([f for f in sorted(MATCHERS) if f != "entropy-balance"]), st.booleans())
def test_row_order_cannot_move_a_number(pool, matcher, replacement):
    settings = Settings(matcher, bandwidth=0.1, caliper=0.2, neighbours=2, replacement=replacement)
    rng = np.random.default_rng(3)
    t, c = rng.permutation(len(pool.treated_score)), rng.permutation(len(pool.control_score))
    shuffled = Pool(
        pool.treated_score[t],
        pool.control_score[c],
        pool.treated_x[t],
        pool.control_x[c],
        np.ones(len(t)),
        np.ones(len(c)),
    )
    one, two = MATCHERS[matcher](pool, settings), MATCHERS[matcher](shuffled, settings)
    np.testing.assert_allclose(one.weight[c], two.weight, atol=1e-12 * (1 + np.abs(one.weight).max()))
    assert one.matched[t].tolist() == two.matched.tolist()


@given(pools(), st.sampled_from(["kernel", "local-linear", "radius"]))
def test_counts_are_repeated_rows(pool, matcher):
    rng = np.random.default_rng(1)
    a, b = rng.integers(0, 3, len(pool.treated_score)), rng.integers(0, 3, len(pool.control_score))
    a[0], b[0] = 1, 1
    counted = Pool(
        pool.treated_score,
        pool.control_score,
        pool.treated_x,
        pool.control_x,
        a.astype(float),
        b.astype(float),
    )
    t, c = np.repeat(np.arange(len(a)), a), np.repeat(np.arange(len(b)), b)
    repeated = Pool(
        pool.treated_score[t],
        pool.control_score[c],
        pool.treated_x[t],
        pool.control_x[c],
        np.ones(len(t)),
        np.ones(len(c)),
    )
    settings = Settings(matcher, bandwidth=0.2, caliper=0.2)
    one, two = MATCHERS[matcher](counted, settings), MATCHERS[matcher](repeated, settings)
    scale = 1 + np.abs(two.weight).max()
    np.testing.assert_allclose(one.weight[c], two.weight, atol=1e-9 * scale)
    assert one.matched[a > 0].tolist() == [bool(m) for m in two.matched[np.unique(t, return_index=True)[1]]]


@pytest.mark.parametrize("kernel", sorted(KERNELS))
@pytest.mark.parametrize("few", [0, 2000])
def test_window_sums_keep_twelve_digits_at_ten_thousand_scores(kernel, few, monkeypatch):
    """Both ways of running sums; the plain sum is in extended precision."""
    monkeypatch.setattr("ccd.estimate.matching.windows.FEW_CELLS", few)
    rng = np.random.default_rng(5)
    source = np.sort(rng.beta(0.5, 3, 10_000))
    query = np.sort(rng.random(60))
    values = np.column_stack([np.ones(10_000), rng.normal(size=10_000) + 3])
    for reach, power in ((0.06, 0), (0.06, 2), (0.0007, 1)):
        found = window_sums(query, source, values, KERNELS[kernel], reach, power)
        for i, q in enumerate(query):
            d = (source.astype(np.longdouble) - q) / reach
            k = np.where(np.abs(d) <= 1, np.polynomial.polynomial.polyval(np.abs(d), KERNELS[kernel]), 0)
            truth = (k * d**power) @ values.astype(np.longdouble)
            size = float(np.sum(np.abs(d) <= 1)) * 5 + 1
            np.testing.assert_allclose(found[i], truth.astype(float), atol=1e-12 * size)


def test_whitened_distances_are_mahalanobis_distances():
    rng = np.random.default_rng(2)
    x, d = rng.normal(size=(30, 3)) @ rng.normal(size=(3, 3)) * [1, 100, 0.01], np.arange(30) < 12
    pooled = (11 * np.cov(x[d].T) + 17 * np.cov(x[~d].T)) / 28
    gap = x[0] - x[20]
    z = whiten(x, d)
    assert np.sum((z[0] - z[20]) ** 2) == pytest.approx(gap @ np.linalg.inv(pooled) @ gap, rel=1e-10)


@given(st.integers(0, 200), st.sampled_from(["kernel", "nearest", "mahalanobis", "entropy-balance"]))
def test_strata_are_matched_one_by_one(seed, matcher):
    rng = np.random.default_rng(seed)
    n = 60
    strata, d, x = rng.integers(0, 2, n), rng.random(n) < 0.3, rng.normal(size=(n, 2))
    d[np.flatnonzero(strata == 0)[:2]], d[np.flatnonzero(strata == 1)[:2]] = True, True
    score = np.clip(0.5 + 0.1 * x[:, 0] + 0.1 * d, 0.01, 0.99)
    settings = Settings(matcher, bandwidth=0.3, support="none")
    x[d] *= 0.2  # treated means inside the controls' hull
    whole = match(Units(score, d, x, strata=strata.astype(np.intp)), settings).weight
    for s in (0, 1):
        rows = strata == s
        if matcher == "mahalanobis":  # the metric is that of all units
            z = whiten(x, d)
            pool = Pool(
                score[rows & d], score[rows & ~d], z[rows & d], z[rows & ~d],
                np.ones((rows & d).sum()), np.ones((rows & ~d).sum()),
            )  # fmt: skip
            alone = MATCHERS[matcher](pool, settings).weight
            np.testing.assert_allclose(whole[rows & ~d], alone, atol=1e-12)
        else:
            alone = match(Units(score[rows], d[rows], x[rows]), settings).weight
            np.testing.assert_allclose(whole[rows], alone, atol=1e-9)
