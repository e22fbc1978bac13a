"""Differences between groups: against dummies, plain loops and, slowly, the size at unequal variances."""

from __future__ import annotations

import numpy as np
import pytest
from conftest import make_panel
from scipy import stats

from ccd.errors import StudyFaults
from ccd.estimate.contrasts.compare import CompareSpec, labellings
from ccd.estimate.did.estimator import Estimator
from ccd.estimate.did.imputation import Imputation
from ccd.estimate.did.twfe import Twfe
from ccd.estimate.linear.resample import p_value
from ccd.estimate.rows.deals import PermutationSpec
from ccd.panel import Panel
from ccd.report.views.base import Context
from ccd.report.views.differences import caption, figure, sentences, table
from ccd.results import Comparison, Differences, Estimate
from ccd.streams import Stream

N, T = 40, 6
STREAM = Stream(1, "m")


def world(seed: int = 5, gap: float = 0.0, ratio: float = 1.0, n: int = N, panel_gap: bool = False) -> Panel:
    """Two areas of n / 2 regions, half of each treated in 2004; errors of the first ``ratio`` times as large."""
    rng = np.random.default_rng(seed)
    entity, time = np.repeat([f"r{i:03d}" for i in range(n)], T), np.tile(np.arange(2001, 2001 + T), n)
    area = np.repeat(np.where(np.arange(n) < n // 2, "east", "west"), T)
    start = np.repeat(np.where(np.arange(n) % 2, 2004.0, np.nan), T)
    x = rng.normal(size=n * T)
    noise = np.repeat(rng.normal(scale=0.5, size=n), T) * (time >= 2004) + rng.normal(size=n * T)
    y = (
        0.3 * x
        + noise * np.where(area == "east", ratio, 1)
        + (gap * (area == "east") + 0.5) * (time >= start)
    )
    half = np.repeat([f"h{i // 2}" for i in range(n)], T)
    big = np.repeat([f"b{i % 7}" for i in range(n)], T)
    made = make_panel({"y": y, "x": x}, entity, time, start, {"area": area, "half": half, "big": big})
    return made.rows(rng.random(n * T) < 0.9) if panel_gap else made


def twfe(**keys) -> Twfe:
    asked = {
        "controls": ("x",),
        "compare": CompareSpec(by="area", draws=99),
        "permutation": PermutationSpec(draws=0),
    }
    return Twfe(name="m", kind="did", outcome="y", policy="policy", **{**asked, **keys})


def compared(model: Estimator, panel: Panel) -> tuple[Differences, Comparison, Estimate]:
    estimate = model.fit(panel, STREAM)
    found = estimate.value(Differences)
    assert found is not None, estimate.failed
    return found, estimate.part("groups").value, estimate


def clustered(
    columns: np.ndarray, y: np.ndarray, codes: np.ndarray, absorbed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Coefficients and covariance clustered by ``codes``; the last ``absorbed`` columns do not count in K."""
    beta = np.linalg.lstsq(columns, y, rcond=None)[0]
    scores = columns * (y - columns @ beta)[:, None]
    sums = np.array([scores[codes == c].sum(axis=0) for c in np.unique(codes)])
    bread = np.linalg.pinv(columns.T @ columns)
    g, n, k = len(sums), len(y), np.linalg.matrix_rank(columns) - absorbed
    return beta, g / (g - 1) * (n - 1) / (n - k) * bread @ sums.T @ sums @ bread


@pytest.mark.parametrize("panel_gap", [False, True])
def test_the_interaction_is_that_of_explicit_dummies(panel_gap):
    panel = world(gap=1.0, panel_gap=panel_gap)
    found, alone, _ = compared(twfe(), panel)
    east = (panel.groups["area"] == "east").to_numpy()
    d = (panel.years >= panel.cohort("policy").to_numpy()[panel.entity_codes]).astype(float)
    x, year = panel.column("x"), np.eye(T)[panel.time_codes]
    columns = np.column_stack(
        [
            d,
            d * east,
            x * east,
            x * ~east,
            year * east[:, None],
            year * ~east[:, None],
            np.eye(N)[panel.entity_codes],
        ]
    )
    # regions are nested in the clusters: only one of them counts, the constant
    beta, matrix = clustered(columns, panel.column("y"), panel.entity_codes, N - 1)
    np.testing.assert_allclose(found.difference[0], beta[1], rtol=1e-9)
    # of 2 T effects of year x area, T - 1 + T count in K as levels less one; the rank counts 2 (T - 1)
    n, rank = len(d), np.linalg.matrix_rank(columns) - N + 1
    ratio = (n - rank) / (n - (4 + 1 + 2 * T - 1))
    np.testing.assert_allclose(found.std_error_interaction[0], np.sqrt(ratio * matrix[1, 1]), rtol=1e-9)
    t = found.difference[0] / found.std_error_interaction[0]
    np.testing.assert_allclose(found.p_interaction[0], 2 * stats.t.sf(abs(t), N - 1), rtol=1e-9)
    assert alone.label == ("east", "west")


def test_stacked_scores_of_regions_apart_add_their_variances():
    found, alone, estimate = compared(twfe(), world(gap=1.0))
    gap = alone.estimate[0] - alone.estimate[1]
    error = np.hypot(*alone.std_error)
    np.testing.assert_allclose([found.difference[0], found.std_error[0]], [gap, error], rtol=1e-12)
    np.testing.assert_allclose(found.p_stacked[0], 2 * stats.norm.sf(abs(gap / error)), rtol=1e-9)
    assert estimate.p_values["compare"] == found.p_value[0]


def test_stacked_scores_share_clusters_that_stand_in_both_groups():
    panel = world(gap=1.0)
    found, alone, _ = compared(twfe(cluster="big"), panel)
    # by hand: both regressions as one block, scores summed by cluster over both
    east = (panel.groups["area"] == "east").to_numpy()
    d = (panel.years >= panel.cohort("policy").to_numpy()[panel.entity_codes]).astype(float)
    influence, factor = np.zeros((2, 7)), []
    codes = np.unique(panel.groups["big"], return_inverse=True)[1]
    for k, rows in enumerate((east, ~east)):
        own = np.column_stack(
            [d, panel.column("x"), np.eye(T)[panel.time_codes], np.eye(N)[panel.entity_codes]]
        )[rows]
        y = panel.column("y")[rows]
        resid = y - own @ np.linalg.lstsq(own, y, rcond=None)[0]
        one = (own * resid[:, None]) @ np.linalg.pinv(own.T @ own)[0]
        influence[k] = np.bincount(codes[rows], one, 7)
        factor.append(alone.std_error[k] / np.sqrt(influence[k] @ influence[k]))
    shared = factor[0] * factor[1] * influence[0] @ influence[1]
    np.testing.assert_allclose(
        found.std_error[0] ** 2, alone.std_error @ alone.std_error - 2 * shared, rtol=1e-9
    )
    assert abs(shared) > 1e-4


@pytest.mark.parametrize("keys", [{}, {"controls": ()}, {"controls": ("x",), "years": (2002, 2006)}])
def test_draws_at_once_equal_draws_one_by_one(keys):
    model, panel = twfe(**keys), world(seed=9)
    sample = model.sample(panel)
    inside = labellings(sample, (sample.panel.groups["area"] == "east").to_numpy(), 25, STREAM)
    fast, slow = model.relabelled(sample, inside, STREAM), Estimator.relabelled(model, sample, inside, STREAM)
    np.testing.assert_allclose(fast[0], slow[0], rtol=1e-9)
    np.testing.assert_allclose(fast[1], slow[1], rtol=1e-9)


def test_labels_are_dealt_within_treated_and_untreated_whatever_regions_are_called():
    panel = world()
    sample = twfe().sample(panel)
    east = (sample.panel.groups["area"] == "east").to_numpy()
    inside = labellings(sample, east, 200, STREAM)
    ever = np.isfinite(sample.entity_cohort)
    assert (inside[:, ever].sum(axis=1) == 10).all()
    assert (inside[:, ~ever].sum(axis=1) == 10).all()
    assert inside.mean(axis=0).min() > 0.3
    turned = panel.frame.reset_index()
    turned["region"] = "r" + (999 - turned["region"].str[1:].astype(int)).astype(str)
    other = make_panel(
        {"y": turned["y"], "x": turned["x"]}, turned["region"], turned["year"],
        panel.cohort("policy").to_numpy()[panel.entity_codes], {"area": panel.groups["area"].to_numpy()},
    )  # fmt: skip
    one, two = (compared(twfe(), p)[0] for p in (panel, other))
    assert one.p_value[0] == two.p_value[0]


def test_the_permuted_p_counts_statistics_at_least_as_large():
    found, *_ = compared(twfe(), world(gap=0.4))
    drawn, t = found.drawn[0], found.statistic[0]
    assert (
        found.p_value[0]
        == (1 + sum(abs(one) >= abs(t) for one in drawn)) / (len(drawn) + 1)
        == p_value(t, drawn)
    )
    assert found.draws[0] == 99


def test_other_estimators_are_compared_by_refitting():
    plain = world(gap=5.0, n=24)
    imputed = Imputation(
        name="m", kind="did", outcome="y", policy="policy", estimator="imputation",
        compare=CompareSpec(by="area", draws=19), permutation=PermutationSpec(draws=0),
    )  # fmt: skip
    found, alone, _ = compared(imputed, plain)
    assert np.isnan(found.p_interaction[0])
    np.testing.assert_allclose(found.std_error[0], np.hypot(*alone.std_error))
    assert found.p_value[0] <= 0.1


def test_three_groups_make_three_pairs_and_one_without_effect_is_a_note():
    panel = world()
    zone = np.array(["a", "b", "c", "d"])[np.minimum(panel.entity_codes // 12, 3)]
    start = panel.cohort("policy").copy()
    start.iloc[36:] = np.nan
    groups = panel.groups.assign(zone=zone)
    own = Panel(panel.frame, groups, {"policy": start})
    found, alone, estimate = compared(twfe(compare=CompareSpec(by="zone", draws=19)), own)
    assert list(zip(found.first, found.second, strict=True)) == [("a", "b"), ("a", "c"), ("b", "c")]
    assert any("No effect in d" in str(note) for note in estimate.notes)
    np.testing.assert_allclose(
        found.difference, np.subtract(alone.estimate[[0, 0, 1]], alone.estimate[[1, 2, 2]])
    )


def test_one_group_alone_is_said_to_have_nothing_to_compare():
    panel = world()
    area = np.where(panel.entity_codes == 0, "east", "west")  # region 0 is never treated
    own = Panel(panel.frame, panel.groups.assign(area=area), panel.cohorts)
    estimate = twfe().fit(own, STREAM)
    assert "fewer than two groups have an effect of their own" in str(estimate.failed[0])


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_view_shows_pairs_in_both_languages(language):
    estimate = twfe().fit(world(gap=1.5), STREAM)
    part, ctx = estimate.part("differences"), Context(language=language)
    shown = table(part, ctx)
    assert ctx.show(shown.rows[0].cells[0]) == ("east - west" if language == "en" else "east − west")
    assert len(shown.rows[0].cells) == 8
    assert ctx.say(sentences(part, ctx)[0]).startswith(
        "The effect differs" if language == "en" else "east 与 west"
    )
    assert len(figure(part, ctx).axes) == 1
    assert "area" in ctx.say(caption(part, ctx))
    for note in shown.notes:
        ctx.say(note)


def test_compare_asks_for_a_column():
    from pathlib import Path

    from ccd.study import parse_study

    model = {"name": "m", "kind": "did", "outcome": "y", "policy": "p", "compare": {"draws": 99}}
    raw = {
        "data": {"path": "p.csv", "entity": "r", "time": "t"},
        "policies": {"p": {"column": "s"}},
        "models": [model],
    }
    with pytest.raises(StudyFaults, match="'by' is missing"):
        parse_study(raw, Path("s.toml"))


@pytest.mark.slow
def test_the_permuted_difference_keeps_its_size_at_variances_four_to_one():
    """Effects are equal; the errors of one area have four times the variance of the other's, 12 and 28 regions."""
    rejected = []
    for seed in range(600):
        base = world(seed=1000 + seed)
        area = np.where(np.isin(base.entity_codes % 10, (0, 1, 2)), "east", "west")
        known = 0.3 * base.column("x") + 0.5 * (
            base.years >= base.cohort("policy").to_numpy()[base.entity_codes]
        )
        y = known + (base.column("y") - known) * np.where(area == "east", 2.0, 1.0)
        own = Panel(base.frame.assign(y=y), base.groups.assign(area=area), base.cohorts)
        model = twfe(compare=CompareSpec(by="area", draws=199))
        sample = model.sample(own)
        first = (sample.panel.groups["area"] == "east").to_numpy()
        effects = [model.effect(sample.rows(rows), STREAM) for rows in (first, ~first)]
        t = (effects[0].estimate - effects[1].estimate) / np.hypot(effects[0].std_error, effects[1].std_error)
        estimate, error = model.relabelled(sample, labellings(sample, first, 199, Stream(seed, "m")), STREAM)
        drawn = (estimate[:, 0] - estimate[:, 1]) / np.hypot(error[:, 0], error[:, 1])
        raw = estimate[:, 0] - estimate[:, 1]
        gap = effects[0].estimate - effects[1].estimate
        rejected.append(
            [p_value(t, drawn) <= 0.05, p_value(gap, raw) <= 0.05, 2 * stats.norm.sf(abs(t)) <= 0.05]
        )
    size, raw_size, normal = np.mean(rejected, axis=0)
    assert 0.03 <= size <= 0.08, (size, raw_size, normal)
    assert size < raw_size
