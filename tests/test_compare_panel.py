"""Differences between groups of panel regressions and matched DID: dummies, plain loops and, slowly, the size."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from conftest import make_panel
from test_compare import clustered

from ccd.estimate.contrasts.compare import CompareSpec, labellings, refitted
from ccd.estimate.linear.resample import p_value
from ccd.estimate.panel.compared import ComparedPanel
from ccd.estimate.panel.fixed import PanelRegression
from ccd.estimate.panel.iv import PanelIv
from ccd.estimate.panel.random import PanelRandom
from ccd.estimate.panel.regression import draw
from ccd.estimate.psm.compared import MatchedGroups
from ccd.estimate.psm.sample import designed
from ccd.estimate.psm.sample import draw as draw_matched
from ccd.estimate.psm.spec import PsmDid
from ccd.panel import Panel
from ccd.report.views.base import Context
from ccd.report.views.differences import table
from ccd.results import Comparison, Differences, Estimate
from ccd.streams import Stream

N, T = 32, 6
STREAM = Stream(1, "m")


def world(
    seed: int = 5, gap: float = 0.0, ratio: float = 1.0, n: int = N, share: float = 0.5, own: float = 0.0
) -> Panel:
    """Two areas, the slope of x larger by ``gap`` in the east, whose errors are ``ratio`` times as large.

    Errors hold ``own`` times what only an instrument takes out of x.
    """
    rng = np.random.default_rng(seed)
    entity, time = np.repeat([f"r{i:03d}" for i in range(n)], T), np.tile(np.arange(2001, 2001 + T), n)
    east = np.repeat(np.arange(n) < share * n, T)
    z, common = rng.normal(size=(2, n * T))
    x = z + common + np.repeat(rng.normal(size=n), T)
    noise = (rng.normal(size=n * T) + own * common) * np.where(east, ratio, 1)
    y = (0.3 + gap * east) * x + noise + np.repeat(rng.normal(size=n), T)
    start = np.repeat(np.where(np.arange(n) % 2, 2004.0, np.nan), T)
    groups = {
        "area": np.where(east, "east", "west"),
        "half": np.repeat([f"h{i // 2}" for i in range(n)], T),
        "big": np.repeat([f"b{i % 7}" for i in range(n)], T),
    }
    columns = {"y": y, "x": x, "z": z, "w": rng.normal(size=n * T), "on": (time >= start) * 1.0}
    return make_panel(columns, entity, time, start, groups)


def keys(**more) -> dict:
    asked = {"name": "m", "kind": "panel", "outcome": "y", "compare": CompareSpec(by="area", draws=59)}
    return {**asked, **more}


def fixed(**more) -> PanelRegression:
    return PanelRegression(**keys(**{"regressors": ("x",), "controls": ("w",), **more}))


def compared(model, panel: Panel) -> tuple[Differences, Comparison, Estimate]:
    estimate = model.fit(panel, STREAM)
    found = estimate.value(Differences)
    assert found is not None, estimate.failed
    return found, estimate.part("groups").value, estimate


def dummies(panel: Panel, east: np.ndarray, *, regions: bool) -> np.ndarray:
    year = np.eye(T)[panel.time_codes]
    parts = [year * east[:, None], year * ~east[:, None]]
    return np.column_stack([*parts, *([np.eye(N)[panel.entity_codes]] if regions else [])])


@pytest.mark.parametrize("estimator", ["fixed", "pooled"])
def test_each_way_is_that_of_explicit_dummies(estimator):
    panel = world(gap=0.5)
    found, alone, _ = compared(fixed(estimator=estimator), panel)
    east = (panel.groups["area"] == "east").to_numpy()
    x, w = panel.column("x"), panel.column("w")
    within = estimator == "fixed"
    columns = np.column_stack([x, x * east, w * east, w * ~east, dummies(panel, east, regions=within)])
    beta, matrix = clustered(columns, panel.column("y"), panel.entity_codes, N - 1 if within else 0)
    np.testing.assert_allclose(found.difference[0], beta[1], rtol=1e-9)
    n, rank = len(x), np.linalg.matrix_rank(columns) - (N - 1 if within else 0)
    ratio = (n - rank) / (n - (4 + 1 + 2 * T - 1))
    np.testing.assert_allclose(found.std_error_interaction[0], np.sqrt(ratio * matrix[1, 1]), rtol=1e-9)
    np.testing.assert_allclose(found.std_error[0], np.hypot(*alone.std_error), rtol=1e-9)
    assert alone.treated_entities is None
    assert alone.nobs.tolist() == [n // 2, n // 2]


def test_stacked_scores_share_clusters_that_stand_in_both_groups():
    panel = world(gap=0.5)
    found, alone, _ = compared(fixed(cluster="big"), panel)
    east = (panel.groups["area"] == "east").to_numpy()
    codes = np.unique(panel.groups["big"], return_inverse=True)[1]
    influence = np.zeros((2, 7))
    for k, rows in enumerate((east, ~east)):
        own = np.column_stack(
            [panel.column("x"), panel.column("w"), np.eye(T)[panel.time_codes], np.eye(N)[panel.entity_codes]]
        )[rows]
        y = panel.column("y")[rows]
        resid = y - own @ np.linalg.lstsq(own, y, rcond=None)[0]
        influence[k] = np.bincount(codes[rows], (own * resid[:, None]) @ np.linalg.pinv(own.T @ own)[0], 7)
    rho = influence[0] @ influence[1] / np.sqrt((influence**2).sum(axis=1).prod())
    shared = rho * alone.std_error.prod()
    np.testing.assert_allclose(
        found.std_error[0] ** 2, alone.std_error @ alone.std_error - 2 * shared, rtol=1e-9
    )
    assert abs(rho) > 1e-3


def test_draws_at_once_equal_draws_one_by_one():
    model, panel = fixed(), world(seed=9)
    sample = draw(model, panel)
    inside = labellings(sample, (sample.panel.groups["area"] == "east").to_numpy(), 20, STREAM)
    fast, slow = (
        model.relabelled(sample, inside, STREAM),
        ComparedPanel.relabelled(model, sample, inside, STREAM),
    )
    np.testing.assert_allclose(fast[0], slow[0], rtol=1e-9)
    np.testing.assert_allclose(fast[1], slow[1], rtol=1e-9)
    ragged = draw(model, panel.rows(np.arange(len(panel.frame)) % 17 > 0))
    inside = labellings(ragged, (ragged.panel.groups["area"] == "east").to_numpy(), 3, STREAM)
    one = ragged.rows(inside[0][ragged.entity])
    np.testing.assert_allclose(
        model.relabelled(ragged, inside, STREAM)[0][0, 0], model.effect(one, STREAM)[0]
    )


def test_labels_go_over_all_regions_or_within_those_where_a_dummy_is_ever_one():
    panel = world()
    east = (panel.groups["area"] == "east").to_numpy()
    inside = labellings(draw(fixed(), panel), east, 300, STREAM)
    assert (inside.sum(axis=1) == N // 2).all()
    assert len(np.unique(inside[:, ::2].sum(axis=1))) > 1
    model = fixed(regressors=("on",))
    ever = np.isfinite(panel.cohort("policy").to_numpy())
    inside = labellings(draw(model, panel), east, 300, STREAM)
    assert (inside[:, ever].sum(axis=1) == N // 4).all()
    for one, words in ((fixed(), "over all regions"), (model, "within treated and untreated regions")):
        shown = table(one.fit(panel, STREAM).part("differences"), Context(language="en"))
        assert any(words in str(note) for note in shown.notes)
        assert any("置换" in Context(language="zh").say(note) for note in shown.notes)


def test_instruments_are_crossed_with_the_group_too():
    panel = world(gap=0.5, own=0.5)
    model = PanelIv(**keys(estimator="iv", endogenous=("x",), instruments=("z",), controls=("w",)))
    found, alone, estimate = compared(model, panel)
    east = (panel.groups["area"] == "east").to_numpy()
    x, z, w = (panel.column(c) for c in "xzw")
    fixed_effects = dummies(panel, east, regions=True)
    right = np.column_stack([x, x * east, w * east, w * ~east, fixed_effects])
    left = np.column_stack([z, z * east, w * east, w * ~east, fixed_effects])
    fitted = left @ np.linalg.lstsq(left, right, rcond=None)[0]
    beta = np.linalg.lstsq(fitted, panel.column("y"), rcond=None)[0]
    np.testing.assert_allclose(found.difference[0], beta[1], rtol=1e-8)
    scores = fitted * (panel.column("y") - right @ beta)[:, None]
    sums = np.array([scores[panel.entity_codes == i].sum(axis=0) for i in range(N)])
    bread = np.linalg.pinv(fitted.T @ fitted)
    n, k = len(x), 4 + 1 + 2 * T - 1
    matrix = N / (N - 1) * (n - 1) / (n - k) * bread @ sums.T @ sums @ bread
    np.testing.assert_allclose(found.std_error_interaction[0], np.sqrt(matrix[1, 1]), rtol=1e-8)
    rows = draw(model, panel)
    np.testing.assert_allclose(model.effect(rows, STREAM)[0], estimate.leading.estimate, rtol=1e-9)
    np.testing.assert_allclose(model.effect(rows, STREAM)[1], estimate.leading.std_error, rtol=1e-9)
    np.testing.assert_allclose(found.std_error[0], np.hypot(*alone.std_error), rtol=1e-9)


@pytest.mark.parametrize("vcov", ["cluster", "iid"])
def test_random_effects_are_compared_by_gls_of_all_terms_crossed(vcov):
    from linearmodels.panel import RandomEffects

    panel = world(gap=0.8)
    model = PanelRandom(**keys(regressors=("x",), vcov=vcov, compare=CompareSpec(by="area", draws=19)))
    found, alone, estimate = compared(model, panel)
    east = (panel.groups["area"] == "east").to_numpy()
    x, year = panel.column("x"), np.eye(T)[panel.time_codes]
    columns = np.column_stack([x, x * east, year, year * east[:, None]])
    index = pd.MultiIndex.from_arrays([panel.entity_codes, panel.years])
    frame = pd.DataFrame(columns, index=index)
    second = RandomEffects(pd.Series(panel.column("y"), index=index), frame).fit(cov_type="unadjusted")
    beta = float(second.params.iloc[1])
    np.testing.assert_allclose(found.difference[0], alone.estimate[0] - alone.estimate[1], rtol=1e-12)
    effect = model.apart(draw(model, panel), east).interacted
    np.testing.assert_allclose(effect.estimate, beta, rtol=1e-8)
    np.testing.assert_allclose(found.std_error[0], np.hypot(*alone.std_error), rtol=1e-9)
    assert found.p_value[0] == 0.05
    rows = draw(model, panel)
    np.testing.assert_allclose(
        model.effect(rows, STREAM)[:2], (estimate.leading.estimate, estimate.leading.std_error)
    )


def test_a_headline_needs_no_groups_and_a_group_that_fails_is_a_note():
    panel = world()
    assert fixed().headline(panel, STREAM).value(Differences) is None
    zone = np.where(panel.entity_codes == 0, "lone", np.where(panel.entity_codes % 2, "a", "b"))
    own = Panel(panel.frame, panel.groups.assign(zone=zone), panel.cohorts)
    _, alone, estimate = compared(fixed(compare=CompareSpec(by="zone", draws=19)), own)
    assert alone.label == ("a", "b")
    assert any("No effect in lone" in str(note) for note in estimate.notes)
    assert fixed().group_columns() == ("area",)


def matched_world(seed: int = 3, n: int = 120, gap: float = 0.0) -> Panel:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=n)
    treated = rng.random(n) < 1 / (1 + np.exp(0.8 - 0.6 * x))
    entity, year = np.repeat(np.arange(n), T), np.tile(np.arange(2001, 2001 + T), n)
    start = np.where(treated, 2004.0, np.nan)[entity]
    east = entity % 2 == 0
    y = rng.normal(size=n)[entity] + (0.5 + gap * east) * (year >= start) + rng.normal(scale=0.3, size=n * T)
    groups = {"area": np.where(east, "east", "west"), "big": np.array([f"b{i // 2 % 9}" for i in entity])}
    columns = {"y": y, "x": x[entity] + rng.normal(scale=0.05, size=n * T), "w": rng.normal(size=n * T)}
    return make_panel(columns, [f"r{i:03d}" for i in entity], year, start, groups)


def psm(**more) -> PsmDid:
    asked = {"name": "m", "kind": "psm-did", "outcome": "y", "policy": "policy", "match_on": ("x",)}
    return PsmDid(
        **{**asked, "permutation": {"draws": 0}, "compare": CompareSpec(by="area", draws=39), **more}
    )


@pytest.mark.parametrize(
    "more", [{}, {"exact": "area"}, {"design": "cohort", "controls": ("w",)}, {"design": "pooled"}]
)
def test_each_group_is_matched_within_itself(more):
    panel = matched_world(gap=1.0)
    found, alone, estimate = compared(psm(**more), panel)
    for k, area in enumerate(("east", "west")):
        own = {**more, "exact": ""} if "exact" in more else more
        one = psm(compare=None, where=f"area == '{area}'", **own).fit(panel, STREAM)
        np.testing.assert_allclose(alone.estimate[k], one.leading.estimate, rtol=1e-10)
        np.testing.assert_allclose(alone.std_error[k], one.leading.std_error, rtol=1e-10)
        assert (alone.nobs[k], alone.entities[k]) == (one.sample.nobs, one.sample.entities)
    assert found.p_value[0] == 1 / 40
    np.testing.assert_allclose(found.std_error[0], np.hypot(*alone.std_error), rtol=1e-9)
    assert found.p_interaction[0] < 0.01
    assert any("made anew within each group" in str(note) for note in estimate.notes)


def test_the_interaction_of_matched_groups_is_one_weighted_regression_with_dummies():
    panel = matched_world(gap=0.5)
    model = psm(controls=("w",), cluster="big")
    found, alone, _ = compared(model, panel)
    sample, design = draw_matched(panel, model.question())
    groups = MatchedGroups("m", panel, model.question(), model._pipeline(design))
    east = (sample.panel.groups["area"] == "east").to_numpy()
    weight = np.zeros(len(sample.y))
    for rows in (east, ~east):
        fit = groups.matched(sample.rows(rows))
        weight[rows] = fit.design.row_weights(fit.matched.weight, fit.sample)
    keep = weight > 0
    year, region = np.eye(T)[sample.time], np.eye(len(sample.panel.entities))[sample.entity]
    w, d = sample.x[:, 0], sample.treated * 1.0
    columns = np.column_stack(
        [d, d * east, w * east, w * ~east, year * east[:, None], year * ~east[:, None], region]
    )[keep]
    root = np.sqrt(weight[keep])[:, None]
    beta = np.linalg.lstsq(columns * root, sample.y[keep] * root[:, 0], rcond=None)[0]
    np.testing.assert_allclose(found.difference[0], beta[1], rtol=1e-8)
    scores = columns * (root[:, 0] ** 2 * (sample.y[keep] - columns @ beta))[:, None]
    codes = sample.clusters[0][keep]
    sums = np.array([scores[codes == c].sum(axis=0) for c in np.unique(codes)])
    bread = np.linalg.pinv((columns * root**2).T @ columns)
    n, k, g = int(keep.sum()), 4 + 1 + 2 * T - 1, len(sums)
    matrix = g / (g - 1) * (n - 1) / (n - k) * bread @ sums.T @ sums @ bread
    np.testing.assert_allclose(found.std_error_interaction[0], np.sqrt(matrix[1, 1]), rtol=1e-8)
    # clusters stand in both groups: their scores correlate
    assert abs(found.std_error[0] / np.hypot(*alone.std_error) - 1) > 1e-3


def test_draws_match_anew_in_each_group():
    panel = matched_world()
    model = psm()
    sample, design = draw_matched(panel, model.question())
    groups = MatchedGroups("m", panel, model.question(), model._pipeline(design))
    inside = labellings(sample, (sample.panel.groups["area"] == "east").to_numpy(), 2, STREAM)
    estimate, _ = groups.relabelled(sample, inside, STREAM)
    names = np.array(sample.panel.entities)
    for r, own in enumerate(inside):
        for k, regions in enumerate((own, ~own)):
            one = psm(compare=None, drop=tuple(names[~regions])).fit(panel, STREAM)
            np.testing.assert_allclose(estimate[r, k], one.leading.estimate, rtol=1e-10)
    assert designed(panel, sample, model.question())[1].treated.sum() == design.treated.sum()


@pytest.mark.slow
def test_the_permuted_difference_of_slopes_keeps_its_size_at_variances_four_to_one():
    """Slopes are equal; the errors of one area have four times the variance of the other's, 12 and 28 regions."""
    rejected = []
    model = fixed(controls=())
    for seed in range(800):
        panel = world(seed=1000 + seed, ratio=2.0, n=40, share=0.3)
        sample = draw(model, panel)
        first = (sample.panel.groups["area"] == "east").to_numpy()
        one, two = (model.effect(sample.rows(rows), STREAM) for rows in (first, ~first))
        t = (one.estimate - two.estimate) / np.hypot(one.std_error, two.std_error)
        inside = labellings(sample, first, 199, Stream(seed, "m"))
        estimate, error = model.relabelled(sample, inside, STREAM)
        gap = estimate[:, 0] - estimate[:, 1]
        drawn = gap / np.hypot(error[:, 0], error[:, 1])
        rejected.append([p_value(t, drawn) <= 0.05, p_value(one.estimate - two.estimate, gap) <= 0.05])
    size, raw = np.mean(rejected, axis=0)
    assert 0.03 <= size <= 0.08, (size, raw)
    assert size < raw, (size, raw)


def test_a_draw_that_cannot_be_fitted_is_not_counted():
    panel = world()
    sample = draw(fixed(), panel)
    inside = np.zeros((2, N), dtype=bool)
    inside[0, 0], inside[1, : N // 2] = True, True
    estimate, _ = refitted(lambda rows: fixed().effect(rows, STREAM), sample, inside)
    assert np.isnan(estimate[0, 0])
    assert np.isfinite(estimate[1]).all()
