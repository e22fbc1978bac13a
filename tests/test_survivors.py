"""Cases that mutation testing found missing (`.ci/mutants.py`): each fails under a change that other tests let live."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from conftest import make_panel
from scipy.linalg import sqrtm

from ccd.coupling.build import CouplingSpec, couple
from ccd.coupling.diagnose import obstacles
from ccd.estimate.did.callaway_santanna import CallawaySantAnna
from ccd.estimate.did.group_time import multiplier
from ccd.estimate.did.group_time.drdid import Unestimable, plain, standard
from ccd.estimate.did.two_way.event_study import base_times
from ccd.estimate.linear.cr2 import cr2
from ccd.estimate.linear.design import AbsorbingDesign
from ccd.estimate.linear.ols import demean, least_squares
from ccd.estimate.linear.vcov import quantile
from ccd.estimate.matching import Settings, Units, caliper_in_score, match, rule_of_thumb
from ccd.estimate.threshold.scan.bootstrap import observed, statistics
from ccd.estimate.threshold.scan.candidates import by_rows
from ccd.estimate.threshold.scan.exact import project, scan
from ccd.estimate.threshold.scan.joint import joint
from ccd.index.build import SHOWN, IndexSpec, build_index, more
from ccd.index.gaps import fill_gaps
from tests.golden.staggered import STREAM
from tests.golden.staggered import random_panel as staggered_panel
from tests.threshold_brute import Brute, random_panel


def test_the_last_gap_of_a_series_is_interpolated_and_columns_without_gaps_have_no_cells():
    columns = {"a": [1, np.nan, 5, 2, 3, 4], "b": [1.0] * 6, "end": [1, 2, np.nan, 1, 2, 3]}
    panel = make_panel(columns, ["r"] * 3 + ["s"] * 3, [2001, 2002, 2003] * 2)
    filled, cells, _ = fill_gaps(panel, ["a", "b", "end"], "linear")
    assert filled.frame["a"].tolist() == [1, 3, 5, 2, 3, 4]
    assert cells is not None
    assert cells.indicator == ("a",)


def test_as_many_cells_as_are_shown_leave_none_to_come():
    assert more(np.arange(SHOWN)) == ""
    assert more(np.arange(SHOWN + 1)) == ", ..."


def test_what_lies_beyond_its_best_is_no_obstacle():
    found = obstacles(np.array([[1.5, 0.5, -0.5]]), np.full(3, 1 / 3), np.full(3, 1.0))
    np.testing.assert_allclose(found, [[0, 1 / 3, 2 / 3]])


@pytest.mark.parametrize(("df", "expected"), [(np.inf, 1.959963984540054), (10, 2.2281388519649385)])
def test_the_critical_value_is_that_of_t_with_few_degrees_of_freedom(df, expected):
    assert quantile(0.95, df) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("weighted", [False, True])
def test_regions_seen_once_weigh_nothing_in_the_means_of_the_years(weighted):
    rng = np.random.default_rng(3)
    entity = np.array([0, 0, 0, 1, 1, 1, 2, 3, 3])
    time = np.array([0, 1, 2, 0, 1, 2, 1, 0, 2])
    y = rng.normal(size=(len(entity), 1))
    weight = rng.uniform(0.5, 2, size=len(entity)) if weighted else np.ones(len(entity))
    weight[entity == 2] = 1.0
    dummies = np.column_stack([entity == e for e in range(4)] + [time == t for t in (1, 2)]).astype(float)
    root = np.sqrt(weight)[:, None]
    slopes = np.linalg.lstsq(dummies * root, y * root, rcond=None)[0]
    found = demean(y, [entity, time], weight if weighted else None)
    np.testing.assert_allclose(found, y - dummies @ slopes, atol=1e-12)


def test_three_effects_are_refused_whichever_is_the_largest():
    few, many = np.array([0, 0, 1, 1]), np.array([0, 1, 2, 3])
    for effects in ([few, many, few], [many, few, few]):
        with pytest.raises(ValueError, match="at most two"):
            demean(np.ones((4, 1)), effects)


@pytest.mark.parametrize(
    ("seen", "last", "base"),
    [([-3, -2, -1, 0], -1, {-1}), ([-3, -2, 0, 1], -1, {-2}), ([0, 1, 2], -1, {0}), ([-3, -2, 0], -3, {-3})],
)
def test_the_base_of_an_event_study_is_the_last_year_before_treatment_that_is_seen(seen, last, base):
    sample = SimpleNamespace(entity_cohort=np.array([2003.0, np.nan]))
    assert base_times(sample, seen, last, trends=False) == base


def test_a_covariate_is_constant_in_its_own_unit():
    small, large = np.array([[1e-13], [2e-13], [4e-13]]), np.full((7, 1), 1e9 + 0.1)
    np.testing.assert_allclose(standard(np.array([True, False, True]), small)[:, 1].std(), 1)
    with pytest.raises(Unestimable):
        standard(np.array([True, False] * 3 + [True]), large)
    with pytest.raises(Unestimable):
        standard(np.array([True, False, True]), np.zeros((3, 1)))


@pytest.mark.parametrize(("level", "expected"), [(0.5, 3), (0.75, 5), (1.0, 7)])
def test_a_critical_value_is_the_order_statistic_at_its_level(level, expected, monkeypatch):
    signs = np.array([[1.0, -1, 1], [1, 1, 1], [-1, -1, 1], [1, -1, -1]])  # |sums| 3, 7, 1, 5
    monkeypatch.setitem(multiplier.SIGNS, "given", lambda rng, shape: signs[: shape[0]])
    spec = SimpleNamespace(draws=4, signs="given")
    psi, family = np.array([[1.0], [2.0], [4.0]]), [np.array([0])]
    rng = np.random.default_rng(0)
    found = multiplier.critical_values(psi, np.eye(1), np.ones(1), family, np.arange(3), spec, rng, level)
    np.testing.assert_allclose(found, [expected])


def searched(brute: Brute):
    """Return the scan of a panel that is also searched by brute force."""
    regressors = np.column_stack([brute.z, brute.x])
    return scan(project(brute.y, regressors, brute.entity, brute.time), brute.x, by_rows(brute.q, brute.trim))


def test_the_best_pair_may_begin_at_the_first_candidate():
    rng = np.random.default_rng(11)
    brute = Brute(*random_panel(rng, entities=8, years=5), trim=0.1)
    allowed = brute.allowed()
    low, high = allowed[0], allowed[len(allowed) // 2]
    brute.y = brute.x[:, 0] * (9.0 * (brute.q <= low) - 4.0 * (brute.q > high)) + 0.01 * rng.normal(
        size=len(brute.q)
    )
    assert joint(searched(brute)).values == pytest.approx([low, high])


def test_regressors_that_repeat_each_other_identify_no_threshold():
    rng = np.random.default_rng(5)
    brute = Brute(*random_panel(rng, entities=8, years=5), trim=0.1)
    twice = np.column_stack([brute.x, 2 * brute.x])
    model = project(brute.y, np.column_stack([brute.z, brute.x]), brute.entity, brute.time)
    candidates = by_rows(brute.q, 0.1)
    assert scan(model, twice, candidates).degenerate == candidates.size


def test_f_is_zero_where_the_trim_leaves_no_room_for_another_threshold():
    brute = Brute(*random_panel(np.random.default_rng(2), entities=8, years=5), trim=0.45)
    found = searched(brute)
    fits, f = statistics(observed(found), 2)
    assert len(fits) == 2
    assert f.tolist() == [0.0]


def test_the_sums_of_tied_values_do_not_depend_on_where_segments_end(monkeypatch):
    brute = Brute(*random_panel(np.random.default_rng(4), entities=40, years=6), trim=0.05)
    brute.q = np.round(brute.q * 8) / 8  # tied
    whole = statistics(observed(searched(brute)), 1)[1]
    monkeypatch.setattr("ccd.estimate.threshold.scan.blocks.SEGMENT", 16)
    cut = searched(brute)
    assert cut.blocks.segments > 1
    assert statistics(observed(cut), 1)[1] == pytest.approx(whole)


@pytest.mark.parametrize(("vcov", "more"), [("hc1", 6), ("iid", 6), ("cluster", 0)])
def test_trends_of_regions_count_as_parameters_unless_clusters_hold_them(vcov, more):
    entity, time = np.repeat(np.arange(6), 5), np.tile(np.arange(5), 6)
    plain = AbsorbingDesign((entity, time), (entity,), time, vcov)
    assert replace(plain, trend=time.astype(float)).parameters(1) - plain.parameters(1) == more


def test_the_residuals_of_a_cluster_with_a_regressor_of_its_own_take_the_pseudo_inverse():
    rng = np.random.default_rng(8)
    group = np.repeat(np.arange(5), 4)
    x = np.column_stack([np.ones(20), rng.normal(size=20), rng.normal(size=20) * (group == 2)])
    resid = rng.normal(size=20)
    bread, meat = np.linalg.inv(x.T @ x), np.zeros((3, 3))
    for g in range(5):
        own = x[group == g]
        inverse = np.linalg.pinv(np.eye(4) - own @ bread @ own.T, rcond=1e-10, hermitian=True)
        root = np.real(sqrtm(inverse + 1e-30 * np.eye(4)))
        score = own.T @ root @ resid[group == g]
        meat += np.outer(score, score)
    np.testing.assert_allclose(cr2(x, resid, group).matrix, bread @ meat @ bread, atol=1e-8)


def test_regions_not_yet_treated_are_controls_until_they_may_anticipate():
    panel = staggered_panel(n=60)
    keys = {
        "name": "m",
        "kind": "did",
        "policy": "policy",
        "outcome": "y",
        "anticipation": 1,
        "control_group": "not-yet",
    }
    found = CallawaySantAnna.model_validate({**keys, "estimator": "callaway-santanna"}).fit(panel, STREAM)
    att = found.part("att_gt").frame.set_index(["cohort", "time"])["estimate"]
    y, starts = panel.frame["y"].unstack(), panel.cohort("policy")
    for g, t in ((2004, 2004), (2004, 2005), (2004, 2006), (2006, 2006)):
        change = y[t] - y[g - 2]
        control = starts.isna() | (starts > t + 1)
        assert att[g, t] == pytest.approx(change[starts == g].mean() - change[control].mean())


def test_bands_of_the_cells_cover_all_cells_and_those_of_the_event_study_its_years():
    keys = {"name": "m", "kind": "did", "policy": "policy", "outcome": "y", "estimator": "callaway-santanna"}
    asked = {**keys, "bootstrap": {"draws": 499}, "window": (-2, 1)}
    found = CallawaySantAnna.model_validate(asked).fit(staggered_panel(n=60), STREAM)
    halves = {}
    for name in ("att_gt", "event_study"):
        frame = found.part(name).frame.dropna(subset=["band_high"])
        halves[name] = ((frame["band_high"] - frame["estimate"]) / frame["std_error"]).to_numpy()
        assert np.ptp(halves[name]) < 1e-9
    assert halves["att_gt"][0] > halves["event_study"][0] + 0.1


def units(score, treated, **more):
    score = np.asarray(score, float)
    return Units(score, np.asarray(treated, bool), score[:, None], ("x",), **more)


def test_a_treated_unit_without_controls_in_its_stratum_lends_and_takes_nothing():
    given = units([0.2, 0.3, 0.25, 0.6], [True, False, True, False], strata=np.array([0, 0, 1, 2]))
    found = match(given, Settings(matcher="nearest", support="none"))
    assert found.weight.tolist() == [1, 1, 0, 0]


def test_trimming_leaves_out_the_treated_where_controls_are_thinnest_and_the_range_rule_does_not():
    score = [0.30, 0.31, 0.32, 0.33, 0.60, 0.29, 0.30, 0.31, 0.32, 0.33, 0.34, 0.61]
    treated = [True] * 5 + [False] * 7
    within = match(units(score, treated), Settings(support="minmax")).on_support
    trimmed = match(units(score, treated), Settings(support="trim", trim=25.0)).on_support
    assert within.all()
    assert trimmed.tolist() == [True] * 4 + [False] + [True] * 7
    outside = match(units([0.9, *score[1:]], treated), Settings(support="trim", trim=25.0)).on_support
    assert outside.tolist() == [False, True, True, True, False, *[True] * 7], "the range first"


def test_a_caliper_is_in_pooled_standard_deviations():
    score, treated = np.array([0.1, 0.3, 0.2, 0.8]), np.array([True, True, False, False])
    assert caliper_in_score(0.5, score, treated) == pytest.approx(0.5 * np.sqrt((0.02 + 0.18) / 2))


def test_a_bandwidth_is_never_under_a_thousandth():
    assert rule_of_thumb(np.full(9, 0.4)) == 1e-3


@pytest.mark.parametrize("k", [1, 2, 3])
def test_the_nearest_controls_lie_at_either_end_too(k):
    score = np.array([0.01, 0.99, 0.5, 0.1, 0.2, 0.35, 0.6, 0.83])
    treated = np.arange(8) < 3
    found = match(units(score, treated), Settings(matcher="nearest", neighbours=k, support="none"))
    lent = np.zeros(8)
    for at in score[:3]:
        near = 3 + np.argsort(np.abs(score[3:] - at))[:k]
        lent[near] += 1 / k
    np.testing.assert_allclose(found.weight[3:], lent[3:])


def test_a_regression_without_regressors_leaves_the_outcome():
    y = np.array([1.0, -2.0, 0.5])
    fit = least_squares(y, np.zeros((3, 0)))
    assert (fit.beta.shape, fit.bread.shape) == ((0,), (0, 0))
    assert fit.resid.tolist() == y.tolist()


def test_the_change_of_treated_regions_is_their_mean():
    rng = np.random.default_rng(9)
    regions, years = np.repeat(list("abcde"), 2), np.tile([2001, 2002], 5)
    columns = {name: rng.uniform(0.1, 0.9, 10) for name in ("x", "y")}
    panel = make_panel(columns, regions, years, np.where(np.isin(regions, ["a", "b"]), 2002.0, np.nan))
    index = build_index(
        panel, {"one": {"x": "+"}, "two": {"y": "+"}}, IndexSpec(weights="equal", scale="none"), None
    )
    found = couple(panel, index, CouplingSpec())
    frame = next(part for part in found.parts if part.name == "changes_policies").frame.set_index("label")
    d = found.frame["D"].unstack()
    moved = d[2002] - d[2001]
    assert frame.loc["treated", "level_D"] == pytest.approx(moved[["a", "b"]].mean())
    assert frame.loc["control", "level_D"] == pytest.approx(moved[["c", "d", "e"]].mean())


@pytest.mark.parametrize(
    ("signs", "values"),
    [
        ("mammen", [(1 - 5**0.5) / 2, (1 + 5**0.5) / 2]),
        ("webb", [s * root for s in (-1, 1) for root in (0.5**0.5, 1, 1.5**0.5)]),
    ],
)
def test_signs_have_the_values_of_their_authors_mean_0_and_variance_1(signs, values):
    drawn = multiplier.SIGNS[signs](np.random.default_rng(1), (400, 500))
    np.testing.assert_allclose(np.unique(np.round(drawn, 9)), sorted(np.round(values, 9)))
    assert abs(drawn.mean()) < 0.01
    assert drawn.var() == pytest.approx(1, abs=0.02)


def test_influences_under_weights_are_the_derivatives_by_the_weights():
    rng = np.random.default_rng(6)
    treated, change, weight = np.arange(7) < 3, rng.normal(size=(7, 1)), rng.uniform(0.5, 2, 7)
    found = plain(treated, change, weight)
    sides = [np.average(change[g, 0], weights=weight[g]) for g in (treated, ~treated)]
    assert found.att[0] == pytest.approx(sides[0] - sides[1])
    for i in range(7):
        more = weight + 1e-6 * (np.arange(7) == i)
        slope = (plain(treated, change, more).att[0] - found.att[0]) / 1e-6
        assert found.psi[i, 0] == pytest.approx(7 * weight[i] * slope, abs=1e-5)
