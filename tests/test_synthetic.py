"""One treated region: estimators by hand, weights to their optimum, placebos and intervals by a second road."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest

from ccd.estimate.synthetic.ascm import ascm
from ccd.estimate.synthetic.cohorts import (
    Group,
    bootstrap_draws,
    fit_groups,
    jackknife,
    jackknife_error,
    overall,
    placebo_draws,
)
from ccd.estimate.synthetic.conformal import by_year, joint_p, reachable
from ccd.estimate.synthetic.did import DID
from ccd.estimate.synthetic.difp import DIFP
from ccd.estimate.synthetic.fitted import Paths
from ccd.estimate.synthetic.placebos import enumerated, half_width, outside, rank_p, ranked, ratio_test
from ccd.estimate.synthetic.predictors import scaled, search, starting_points
from ccd.estimate.synthetic.sc import SC
from ccd.estimate.synthetic.sdid import sdid
from ccd.estimate.synthetic.solver import _block_pivoting, _by_nnls, simplex_weights
from ccd.estimate.synthetic.ttest import t_test

HAND = Paths(
    np.array([[1, 2, 3, 4, 5, 7], [3, 2, 1, 0, 2, 1], [2, 2, 3, 3, 3, 4]], float).T,
    np.array([2, 2.5, 2, 3, 6, 6]),
    4,
)


def walk(seed: int, years: int, regions: int, before: int) -> Paths:
    rng = np.random.default_rng(seed)
    y = rng.normal(size=(years, regions)).cumsum(0) + rng.normal(size=regions) * 2
    return Paths(y[:, 1:], y[:, 0], before)


def test_the_worked_case():
    fit = SC.fit(HAND)
    assert fit.weights == pytest.approx([2 / 3, 1 / 3, 0], abs=1e-6)
    assert fit.estimate == pytest.approx(1.5, abs=1e-6)
    assert DID.fit(HAND).estimate == pytest.approx(2.125, abs=1e-12)
    assert DIFP.fit(HAND).estimate == pytest.approx(1.4375, abs=1e-6)
    assert sdid(HAND).estimate == pytest.approx(1.60632043, abs=5e-9)


def misfit(paths: Paths, w: np.ndarray, r: float) -> float:
    own = paths.before
    return float(np.sum((paths.donors[:own] @ w - paths.treated[:own]) ** 2) + r * w @ w)


@pytest.mark.parametrize("seed", range(5))
def test_weights_are_no_worse_than_a_general_solver_finds(seed):
    from scipy.optimize import minimize

    paths = walk(seed, 9, 8, 7)
    w = SC.fit(paths).weights
    r = 7 * (1e-5 * paths.s0) ** 2
    found = minimize(
        lambda x: misfit(paths, x, r), np.full(7, 1 / 7), bounds=[(0, 1)] * 7, method="SLSQP",
        constraints={"type": "eq", "fun": lambda x: x.sum() - 1}, options={"ftol": 1e-14, "maxiter": 500},
    )  # fmt: skip
    assert misfit(paths, w, r) <= found.fun + 1e-9
    assert w.sum() == pytest.approx(1, abs=1e-12)
    assert (w >= 0).all()


def random_problem(k: int) -> tuple[np.ndarray, np.ndarray, float, bool]:
    """Problem k: wide, tall, with donors that tie, fitted exactly or not, r from a tie-break to a real ridge."""
    rng = np.random.default_rng(k)
    n, m = int(rng.integers(2, 60)), int(rng.integers(3, 25))
    a = rng.normal(size=(m, n)).cumsum(0)
    if k % 3 == 0:
        a[:, n // 2 :] = a[:, : n - n // 2]
    b = a @ rng.dirichlet(np.ones(n)) + (rng.normal(size=m) if k % 2 else 0)
    r = m * 1e-10 * float(np.var(np.diff(a, axis=0))) if k % 4 < 2 else 10.0 ** rng.uniform(-3, 2)
    return a, b, r, k % 5 == 0


def test_weights_meet_the_optimality_conditions_whatever_the_order_of_donors():
    worst = moved = 0.0
    for k in range(500):
        a, b, r, intercept = random_problem(k)
        w = simplex_weights(a, b, r, intercept=intercept)
        c = a - b[:, None]
        c = c - c.mean(0) if intercept else c
        gradient = c.T @ (c @ w) + r * w
        least = float(w @ gradient)
        missed = max(float(np.max(least - gradient)), float(np.max(w * (gradient - least))))
        rounding = 1e-14 * float(np.mean(np.sum(c**2, 0)))  # of Cw itself, which an exact fit cannot go below
        worst = max(worst, (missed - rounding) / least)
        order = np.random.default_rng(k).permutation(len(w))
        again = simplex_weights(a[:, order], b, r, intercept=intercept)
        moved = max(moved, float(np.abs(again - w[order]).max()))
    assert worst <= 1e-9
    assert moved <= 1e-7


def test_block_pivoting_ends_where_nnls_does():
    checked = 0
    for k in range(120):
        a, b, r, _ = random_problem(4 * k + 2)
        c = a - b[:, None]
        w = _block_pivoting(c, r) if c.any() else None  # donors that are the treated itself have equal weight
        if w is not None:
            size = float(np.sqrt(np.mean(np.sum(c**2, 0))))
            assert w == pytest.approx(_by_nnls(c, np.full(c.shape[1], r), size), abs=1e-8)
            checked += 1
    assert checked > 100


def test_very_many_donors_begun_from_the_nearest_end_where_all_together_do(monkeypatch):
    few = 0
    for k in range(8):
        rng = np.random.default_rng(k)
        a = rng.normal(size=(9 + k, 500)).cumsum(0) + rng.normal(size=500)
        b = (
            9 + 2 * rng.normal(size=9 + k).cumsum() if k % 4 else a[:, :4].mean(1)
        )  # beyond all donors, or made of four
        w = simplex_weights(a, b, 1e-9, intercept=k % 2 == 1)
        with monkeypatch.context() as patch:
            patch.setattr("ccd.estimate.synthetic.solver.WIDE", 10**6)
            assert w == pytest.approx(simplex_weights(a, b, 1e-9, intercept=k % 2 == 1), abs=1e-11)
        few += np.count_nonzero(w) <= len(b) + 1
    assert few >= 6


def test_placebos_are_those_of_a_plain_loop():
    paths = walk(3, 12, 9, 8)
    found = enumerated(sdid, paths)
    for j in range(8):
        pool = np.column_stack([paths.donors[:, i] for i in range(8) if i != j])
        fit = sdid(Paths(pool, paths.donors[:, j], 8))
        assert found.estimate[j] == fit.estimate
        assert found.pre[j] == pytest.approx(np.sqrt(np.mean(fit.gap[:8] ** 2)), rel=1e-14)
    own = sdid(paths).estimate
    ranks = ranked(own, found.estimate)
    assert ranks.p_value == (1 + sum(abs(t) >= abs(own) for t in found.estimate)) / 9
    assert ranks.std_error == pytest.approx(np.sqrt(np.mean((found.estimate - found.estimate.mean()) ** 2)))


def test_ranks_with_ties_and_five_donors():
    assert rank_p(2.0, np.array([2.0, -2.0, 1.0, 0.5, 3.0])) == 4 / 6
    assert rank_p(9.0, np.array([2.0, -2.0, 1.0, 0.5, 3.0])) == 1 / 6
    assert half_width(np.array([2.0, -2.0, 1.0, 0.5, 3.0]), 0.05) == (3.0, 5 / 6)


@pytest.mark.parametrize("count", [19, 20, 29, 39, 59, 100])
def test_the_interval_inverts_the_rank_p(count):
    rng = np.random.default_rng(count)
    placebo = rng.normal(size=count)
    half, level = half_width(placebo, 0.05)
    assert level == 0.95
    for theta in [*rng.normal(size=300) * 2, half * 0.999, half * 1.001]:
        assert (abs(theta) <= half) == (rank_p(theta, placebo) > 0.05)


def test_the_ratio_without_ill_fitting_placebos_and_without_a_fit():
    paths = walk(5, 12, 9, 8)
    fit, found = SC.fit(paths), enumerated(SC.fit, paths)
    ratio = ratio_test(fit, found, paths.s0)
    own = fit.post_rmspe / fit.pre_rmspe
    assert ratio.p_value == (1 + sum(found.post[j] / found.pre[j] >= own for j in range(8))) / 9
    kept = [j for j in range(8) if found.pre[j] <= 2 * fit.pre_rmspe]
    assert ratio.within[0] == (
        2,
        len(kept),
        pytest.approx((1 + sum(found.post[j] / found.pre[j] >= own for j in kept)) / (1 + len(kept))),
    )
    assert np.isnan(ratio_test(SC.fit(HAND), enumerated(SC.fit, HAND), 1e9).treated)


def test_conformal_ends_are_those_of_a_grid():
    paths = walk(11, 14, 8, 11)
    for weighting in (SC, DIFP, DID):
        found = by_year(weighting, paths, weighting.fit(paths), 0.9)
        rows = [*range(11), 12]
        accepted = []
        step = 1e-3
        for theta in np.arange(found.conf_low[1] - 0.2, found.conf_high[1] + 0.2, step):
            y = paths.treated[rows].copy()
            y[-1] -= theta
            u = np.abs(weighting.residuals(paths.donors[rows], y, paths.s0))
            if np.mean(u >= u[-1] - 1e-9 * paths.s0) > 0.1 + 1e-12:
                accepted.append(theta)
        assert found.conf_low[1] == pytest.approx(min(accepted), abs=1.01 * step)
        assert found.conf_high[1] == pytest.approx(max(accepted), abs=1.01 * step)


def test_conformal_limits():
    assert not reachable(8, 0.9)
    assert reachable(9, 0.9)
    paths = walk(2, 8, 8, 5)
    found = by_year(SC, paths, SC.fit(paths), 0.9)
    assert np.isnan(found.conf_low).all()
    assert (found.p_value >= 1 / 6 - 1e-12).all()
    u = np.abs(SC.residuals(paths.donors, paths.treated, paths.s0))
    sums = [sum(u[(5 + k + s) % 8] for k in range(3)) for s in range(8)]
    assert joint_p(SC, paths) == np.mean([one >= sums[0] - 1e-9 * paths.s0 for one in sums])


def test_the_t_test_by_hand():
    paths = walk(4, 9, 8, 6)
    taus = []
    for block in ([4, 5], [2, 3], [0, 1]):
        rest = [t for t in range(6) if t not in block]
        w = DID.weigh(paths.donors[rest], paths.treated[rest], 1.0)
        gap = paths.treated - paths.donors @ w
        taus.append(gap[6:].mean() - gap[block].mean())
    found = t_test(DID, paths)
    assert found.estimate == pytest.approx(np.mean(taus))
    assert found.std_error == pytest.approx(np.sqrt(1 + 3 * 2 / 3) * np.std(taus, ddof=1) / np.sqrt(3))


def test_ascm_takes_out_more_misfit_than_synthetic_control_and_keeps_the_sum():
    paths = walk(9, 14, 10, 10)
    assert ascm(paths).weights.sum() == pytest.approx(1)
    assert ascm(paths).pre_rmspe <= SC.fit(paths).pre_rmspe + 1e-12


def test_outside_the_range_of_donors():
    paths = walk(1, 12, 12, 8)
    above = Paths(paths.donors, paths.donors.max(1) + 1, 8)
    assert outside(above, SC.fit(above).pre_rmspe, enumerated(SC.fit, above).pre) == (True, 8)
    inside = Paths(paths.donors, paths.donors.mean(1), 8)
    assert outside(inside, SC.fit(inside).pre_rmspe, enumerated(SC.fit, inside).pre) == (False, 0)


def groups_of(seed: int, sizes: dict[int, int]) -> tuple[np.ndarray, list[Group]]:
    rng = np.random.default_rng(seed)
    donors = rng.normal(size=(10, 12)).cumsum(0)
    found = []
    for before, size in sizes.items():
        treated = rng.normal(size=(10, size)).cumsum(0)
        treated[before:] += 1
        found.append(Group(2000 + before, treated, np.arange(10), before))
    return donors, found


def test_several_dates_add_up_by_treated_cells():
    donors, groups = groups_of(0, {5: 2, 7: 1})
    fits = fit_groups(sdid, donors, groups)
    taus = np.array([fit.estimate for fit in fits])
    assert overall(taus, groups) == pytest.approx((2 * 5 * taus[0] + 1 * 3 * taus[1]) / 13)
    alone = sdid(Paths(donors, groups[1].treated[:, 0], 7))
    assert taus[1] == pytest.approx(alone.estimate, rel=1e-12)
    drawn = placebo_draws(sdid, donors, groups, 20, np.random.default_rng(1))
    assert drawn.estimate[:, 2] == pytest.approx((10 * drawn.estimate[:, 0] + 3 * drawn.estimate[:, 1]) / 13)
    assert drawn.gap[1].shape == (20, 10)
    assert drawn.estimate[:, 0] == pytest.approx(drawn.gap[0][:, 5:].mean(1))


def test_jackknife_with_fixed_weights_by_hand():
    """4 regions x 6 years: two donors, two treated from the fifth year on."""
    donors = np.array([[1, 2, 2, 3, 4, 4.5], [0, 0, 1, 1, 1, 2.0]]).T
    treated = np.array([[1, 1, 2, 2, 4, 5], [0, 1, 1, 2, 3, 3.0]]).T
    group = Group(2005, treated, np.arange(6), 4)
    (fit,) = fit_groups(DID.fit, donors, [group])
    left_out = jackknife(donors, [group], [fit])
    found, errors = left_out.estimate, jackknife_error(left_out.estimate)

    def contrast(y: np.ndarray) -> float:
        return float(y[4:].mean() - y[:4].mean())

    t, d = [contrast(treated[:, i]) for i in range(2)], [contrast(donors[:, j]) for j in range(2)]
    both_t, both_d = sum(t) / 2, sum(d) / 2
    by_hand = np.array([both_t - d[1], both_t - d[0], t[1] - both_d, t[0] - both_d])
    assert sorted(found[:, -1]) == pytest.approx(sorted(by_hand))
    assert errors[-1] == pytest.approx(np.sqrt(3 / 4 * np.sum((by_hand - by_hand.mean()) ** 2)))
    years = [list(treated[:, i] - treated[:4, i].mean()) for i in range(2)]
    others = [list(donors[:, j] - donors[:4, j].mean()) for j in range(2)]
    last = [
        (years[0][5] + years[1][5]) / 2 - others[1][5], (years[0][5] + years[1][5]) / 2 - others[0][5],
        years[1][5] - (others[0][5] + others[1][5]) / 2, years[0][5] - (others[0][5] + others[1][5]) / 2,
    ]  # fmt: skip
    assert left_out.gap[0][:, 5] == pytest.approx(last)


def test_bootstrap_discards_draws_without_a_treated_region():
    donors, groups = groups_of(3, {6: 2})
    drawn = bootstrap_draws(DID.fit, donors, groups, 200, np.random.default_rng(5))
    assert drawn.discarded > 0
    assert np.isfinite(drawn.estimate).all()
    exact = np.std([g[6:].mean() - g[:6].mean() for g in donors.T])
    assert 0.2 * exact < np.std(drawn.estimate[:, -1]) < 3 * exact


def test_predictors_that_are_the_outcomes_reach_the_floor():
    paths = walk(8, 12, 7, 4)
    traits, own = scaled(paths.donors[:4], paths.treated[:4])
    starts = starting_points(paths, traits, own, 4, np.random.default_rng(0))
    found = search(paths, traits, own, starts)
    floor = SC.fit(paths).pre_rmspe ** 2
    assert found.loss.min() >= floor - 1e-8
    assert found.loss.min() <= floor * 1.05 + 1e-6
    assert found.weights.sum(1) == pytest.approx(np.ones(4))
    assert found.v.min() >= 1e-4 / 4 * 0.99


def test_an_estimate_does_not_depend_on_the_order_of_donors():
    paths = walk(21, 12, 6, 8)
    whole = [sdid(paths).estimate, SC.fit(paths).estimate, DIFP.fit(paths).estimate, ascm(paths).estimate]
    for order in list(permutations(range(5)))[::17]:
        turned = Paths(paths.donors[:, order], paths.treated, 8)
        again = [
            sdid(turned).estimate,
            SC.fit(turned).estimate,
            DIFP.fit(turned).estimate,
            ascm(turned).estimate,
        ]
        assert again == pytest.approx(whole, abs=1e-7)
