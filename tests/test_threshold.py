"""Panel threshold models: a case worked by hand, tables, second roads, bad input."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from pydantic import ValidationError

from ccd.errors import EstimationError
from ccd.estimate.threshold.scan.bootstrap import critical_value, observed, p_value, statistics
from ccd.estimate.threshold.scan.candidates import by_entities, by_rows
from ccd.estimate.threshold.scan.exact import project, scan
from ccd.estimate.threshold.scan.sets import Curve, critical, curves
from ccd.estimate.threshold.spec import Threshold
from ccd.estimate.threshold.stages import next_stage
from ccd.streams import Stream
from tests.conftest import make_panel


def panel_of(seed=1, entities=30, years=8, jump=1.0, *, keep=None, **more):
    """y = x (.5 or .5 + jump above q = .3) + c + effects + noise; ``more`` columns may replace these."""
    rng = np.random.default_rng(seed)
    entity, time = np.repeat(np.arange(entities), years), np.tile(np.arange(2001, 2001 + years), entities)
    n = entities * years
    q, x, c = rng.normal(size=n), rng.normal(size=n) + 1, rng.normal(size=n)
    y = x * np.where(q <= 0.3, 0.5, 0.5 + jump) + 0.2 * c + rng.normal(size=entities)[entity]
    y = y + 0.1 * (time - 2001) + 0.5 * rng.normal(size=n)
    columns = {"y": y, "x": x, "q": q, "c": c, "c2": rng.normal(size=n)}
    columns |= {k: v(columns) if callable(v) else v for k, v in more.items()}
    rows = np.ones(n, bool) if keep is None else keep(rng, n)
    return make_panel(
        {k: v[rows] for k, v in columns.items()},
        [f"r{i:02d}" for i in entity[rows]],
        time[rows],
        groups={"province": [f"p{i // 3}" for i in entity[rows]]},
    )


def model(**keys):
    base = {"name": "m", "kind": "threshold", "outcome": "y", "threshold": "q", "number": 1, "bootstrap": 19}
    if "policy" not in keys:
        base["regime"] = "x"
    return Threshold.model_validate(base | keys)


def fit(panel, **keys):
    return model(**keys).fit(panel, Stream(1, "m"))


def names(estimate):
    return [term.name for term in estimate.terms.term]


def hand_case():
    """Four regions, two years, x = 1 in the second: y rises by 1, 1, 3, 5 where q = 1, 2, 3, 4.

    Entity effects leave the rises: S = sum of squared deviations within regimes / 2. No threshold: mean 2.5,
    S = (2.25 + 2.25 + .25 + 6.25) / 2 = 5.5. At 1: {1}, {1, 3, 5}, S = 8/2 = 4. At 2: {1, 1}, {3, 5}, S = 1.
    At 3: {1, 1, 3}, S = (8/3)/2 = 4/3. n - N = 4: F = 4 (5.5 - 1)/1 = 18; LR(1) = (4 - 1)/(1/4) = 12, LR(3) = 4/3.
    """
    y = np.array([0, 1, 2, 3, 0, 3, 1, 6.0])
    x = np.tile([0.0, 1.0], 4)[:, None]
    q = np.repeat([1.0, 2, 3, 4], 2)
    entity = np.repeat(np.arange(4), 2)
    return scan(project(y, x, entity), x, by_rows(q, 0.05)), q


def test_a_case_worked_by_hand():
    found, q = hand_case()
    assert found.candidates.value.tolist() == [1, 2, 3]
    assert found.candidates.next_value.tolist() == [2, 3, 4]
    assert found.model.df == 4
    assert found.model.ssr == pytest.approx(5.5)
    search = observed(found)
    stage = next_stage(search, None)
    assert stage.f == pytest.approx(18)
    assert stage.refined_ssr == pytest.approx(1)
    (curve,) = curves(found, search, stage.slots, stage.refined_ssr, q)
    assert curve.value.tolist() == [1, 2, 3]
    np.testing.assert_allclose(curve.ratio, [12, 0, 4 / 3], atol=1e-12)


def test_critical_values_of_the_likelihood_ratio():
    assert [round(critical(a), 3) for a in (0.10, 0.05, 0.01)] == [5.939, 7.352, 10.592]


def test_p_values_and_critical_values_are_order_statistics():
    draws = np.arange(1.0, 100.0)  # B = 99: 90 %, 95 %, 99 % are the 90th, 95th and 99th
    assert p_value(90.5, draws) == pytest.approx((1 + 9) / 100)
    assert p_value(1000, draws) == pytest.approx(1 / 100)
    assert [critical_value(draws, a) for a in (0.10, 0.05, 0.01)] == [90, 95, 99]
    assert math.isnan(critical_value(np.arange(50.0), 0.01))


@pytest.mark.parametrize("number", [1, 2, 3])
def test_terms_are_named_by_regime(number):
    estimate = fit(panel_of(), number=number, controls=("c",))
    middle = [f"x [g{k} < q <= g{k + 1}]" for k in range(1, number)]
    assert names(estimate) == ["x [q <= g1]", *middle, f"x [q > g{number}]", "c"]
    assert str(estimate.headline) == "x [q <= g1]"
    assert estimate.details["number"] == number
    assert len(estimate.details["thresholds"]) == number


def test_slopes_and_errors_equal_dummies():
    panel = panel_of(keep=lambda rng, n: rng.random(n) > 0.15)
    estimate = fit(panel, number=2, controls=("c",))
    g1, g2 = estimate.details["thresholds"]
    y, x, q, c = (panel.column(name) for name in ("y", "x", "q", "c"))
    edges = [-np.inf, g1, g2, np.inf]
    split = [x * ((q > a) & (q <= b)) for a, b in pairwise(edges)]
    time = np.unique(panel.years, return_inverse=True)[1]
    entity = panel.entity_codes
    design = np.column_stack([*split, c, np.eye(30)[entity], np.eye(8)[time][:, 1:]])
    bread = np.linalg.inv(design.T @ design)
    beta = bread @ design.T @ y
    scores = design * (y - design @ beta)[:, None]
    sums = np.array([scores[entity == i].sum(axis=0) for i in range(30)])
    n, k = len(y), 4 + 1 + 7
    vcov = 30 / 29 * (n - 1) / (n - k) * bread @ sums.T @ sums @ bread
    np.testing.assert_allclose(estimate.terms.estimate, beta[:4], rtol=1e-9)
    np.testing.assert_allclose(estimate.terms.std_error, np.sqrt(np.diag(vcov))[:4], rtol=1e-9)


def test_tables_have_what_the_issue_promises():
    estimate = fit(panel_of(), number=2, bootstrap=99)
    assert {part.name for part in estimate.parts} == {
        "tests", "thresholds", "slopes", "lr_1_1", "lr_2_1", "lr_2_2", "regimes"
    }  # fmt: skip
    tests, thresholds = estimate.part("tests").frame, estimate.part("thresholds").frame
    assert tuple(tests)[:3] == ("number", "ssr0", "ssr")
    assert tests["number"].tolist() == [1, 2]
    np.testing.assert_allclose(tests["F"], tests["df"] * (tests["ssr0"] - tests["ssr"]) / tests["ssr"])
    assert tests["df"].tolist() == [240 - 30 - 7] * 2
    assert tests["p_wild"].iloc[0] == pytest.approx(0.01)
    assert (tests["crit_10_wild"] <= tests["crit_5_wild"]).all()
    assert (tests["crit_5_block"] <= tests["crit_1_block"]).all()
    assert thresholds[["number", "threshold"]].values.tolist() == [[1, 1], [2, 1], [2, 2]]
    two = thresholds[thresholds["number"] == 2]
    assert two["estimate"].is_monotonic_increasing
    assert (two["next_value"] > two["estimate"]).all()
    assert (two["conf_low"] <= two["estimate"]).all()
    assert (two["estimate"] <= two["conf_high"]).all()
    counts = estimate.part("regimes").frame
    assert list(counts) == ["year", "q <= g1", "g1 < q <= g2", "q > g2"]
    assert counts.drop(columns="year").to_numpy().sum() == 240
    assert two["n_below"].iloc[0] == counts["q <= g1"].sum()


def test_curves_touch_zero_at_the_estimate_and_bound_the_set():
    panel = panel_of()
    estimate = fit(panel, number=2)
    known = np.unique(panel.column("q"))

    def after(value):
        return known[known > value][0]

    for row in estimate.part("thresholds").frame.itertuples():
        curve = estimate.part(f"lr_{row.number}_{row.threshold}").frame
        assert tuple(curve) == ("value", "lr", "lr_robust")
        assert curve.loc[curve["value"] == row.estimate, "lr"].tolist() == [0.0]
        inside = curve[curve["lr"] <= critical(0.05)]
        ends = (inside["value"].min(), after(inside["value"].max()))
        assert ends == (row.conf_low, row.conf_high)
        inside = curve[curve["lr_robust"] <= critical(0.05)]
        ends = (inside["value"].min(), after(inside["value"].max()))
        assert ends == (row.conf_low_robust, row.conf_high_robust)
        np.testing.assert_allclose(curve["lr"], curve["lr_robust"] * row.eta2)


def test_runs_of_a_disconnected_set():
    curve = Curve(
        np.array([1.0, 2, 3, 5, 6]), np.array([2.0, 3, 4, 6, 7.5]), np.array([1.0, 9, 2, 3, 9]),
        np.array([8.0, 7, 2, 7, 7]), 1.0, np.array([0, 1, 2, 4, 5]), 2, np.array([], int),
    )  # fmt: skip
    runs = curve.runs(curve.ratio)  # candidate 3 (value 4) is not allowed: it cuts the second run
    assert runs.low.tolist() == [1, 3, 5]
    assert runs.high.tolist() == [2, 4, 6]
    runs = curve.runs(curve.robust)  # the last candidate stands for all values up to 7.5, no candidate itself
    assert runs.low.tolist() == [2, 5]
    assert runs.high.tolist() == [4, 7.5]
    runs = curve.runs(np.zeros(5))
    assert (runs.low.tolist(), runs.high.tolist()) == ([1, 5], [4, 7.5])


def test_a_set_worked_by_hand_ends_at_the_next_value():
    # Three regions in two years, y steps up by 1, 1.2, .8; x = 1 in each regime. With the steps d of the regions that
    # g parts, k of them: S(g) = 1.54 - (sum d)^2 / 2k = 1.04, .33, .04, .54, 1.22 at g = 1..5; sigma2 = .04 / 3.
    entity, q = np.repeat(np.arange(3), 2), np.array([1.0, 4, 2, 5, 3, 7])
    y = np.array([0.0, 1, 0, 1.2, 0, 0.8])
    found = scan(project(y, np.empty((6, 0)), entity), np.ones((6, 1)), by_rows(q, 0.01))
    search = observed(found)
    fits, _ = statistics(search, 1)
    (curve,) = curves(found, search, fits[0].slots[0], float(fits[0].ssr[0]), q)
    np.testing.assert_allclose(curve.ratio, [75, 21.75, 0, 37.5, 88.5], atol=1e-9)
    runs = curve.runs(curve.ratio)
    assert (runs.low.tolist(), runs.high.tolist()) == ([3], [4])
    runs = curve.runs(curve.ratio / 12)  # 6.25, 1.8, 0, 3.1, 7.4: the last but one stays, and 7 comes after 5
    assert (runs.low.tolist(), runs.high.tolist()) == ([1], [5])
    runs = curve.runs(curve.ratio / 100)
    assert (runs.low.tolist(), runs.high.tolist()) == ([1], [7])


def test_the_robust_scale_is_that_of_the_paper():
    panel = panel_of(years=6)
    estimate = fit(panel)
    (g,) = estimate.details["thresholds"]
    y, x, q = panel.column("y"), panel.column("x"), panel.column("q")
    time = np.unique(panel.years, return_inverse=True)[1]
    design = np.column_stack([x * (q <= g), x, np.eye(30)[panel.entity_codes], np.eye(6)[time][:, 1:]])
    beta = np.linalg.lstsq(design, y, rcond=None)[0]
    resid = y - design @ beta
    n = len(y)
    top = bottom = 0.0
    for i in range(n):
        u = (np.mean(q <= q[i]) - np.mean(q <= g)) / (0.6755 * n**-0.2)
        kernel = max(0.0, 1 - u * u)
        top += kernel * (x[i] * beta[0]) ** 2 * resid[i] ** 2 * 6 / 5
        bottom += kernel * (x[i] * beta[0]) ** 2
    sigma2 = resid @ resid / (n - 30 - 5)
    assert estimate.part("thresholds").frame["eta2"].iloc[0] == pytest.approx(top / bottom / sigma2, rel=1e-9)


def test_auto_stops_at_the_first_test_that_does_not_reject():
    one = fit(panel_of(), number="auto", bootstrap=99)
    assert one.details["number"] == 1
    assert one.part("tests").frame["number"].tolist() == [1, 2]
    assert one.part("tests").frame["p_wild"].iloc[1] > 0.05
    none = fit(panel_of(jump=0.0), number="auto", bootstrap=99)
    assert none.details["number"] == 0
    assert names(none) == ["x"]
    assert none.part("tests").frame["number"].tolist() == [1]


def test_an_unbalanced_panel_has_no_block_bootstrap():
    panel = panel_of(keep=lambda rng, n: rng.random(n) > 0.1)
    estimate = fit(panel)
    assert estimate.part("tests").frame["p_block"].isna().all()
    assert estimate.part("tests").frame["crit_5_block"].isna().all()
    assert any("No block bootstrap" in str(note) for note in estimate.notes)
    with pytest.raises(EstimationError, match="balanced"):
        fit(panel, resampling=("block",))


def test_signs_follow_the_clusters():
    few = fit(panel_of(), cluster="province")
    assert few.details["bootstrap"]["signs"] == "webb"
    assert few.clusters == (10,)
    assert fit(panel_of()).details["bootstrap"]["signs"] == "rademacher"
    by_year = fit(panel_of(), cluster="year")
    assert any("signs are drawn by region" in str(note) for note in by_year.notes)


def test_time_effects_and_regime_intercept_enter():
    panel = panel_of()
    estimate = fit(panel, time_effects=False, regime_intercept=True)
    assert names(estimate) == ["x [q <= g1]", "x [q > g1]", "intercept [q <= g1]"]
    assert estimate.effects == ("entity",)
    assert estimate.part("tests").frame["df"].tolist() == [240 - 30]
    (g,) = estimate.details["thresholds"]
    y, x, q = panel.column("y"), panel.column("x"), panel.column("q")
    design = np.column_stack([x * (q <= g), x * (q > g), q <= g, np.eye(30)[panel.entity_codes]])
    beta = np.linalg.lstsq(design, y, rcond=None)[0]
    np.testing.assert_allclose(estimate.terms.estimate, beta[:3], rtol=1e-9)


def test_a_baseline_value_splits_regions_and_drops_the_intercept():
    estimate = fit(panel_of(), threshold_base=2001, regime_intercept=True)
    assert any("no regime intercept" in str(note) for note in estimate.notes)
    below = estimate.part("thresholds").frame
    assert below["n_below"].iloc[0] == 8 * below["entities_below"].iloc[0]


def test_a_lagged_threshold_loses_the_first_year_only():
    panel = panel_of()
    estimate = fit(panel, threshold_lag=1)
    assert estimate.sample.first_year == 2002
    q = panel.frame["q"].groupby(level=0).shift(1)
    assert set(estimate.details["thresholds"]) <= set(q.dropna())


def test_several_columns_depend_on_the_regime():
    estimate = fit(panel_of(), regime=("x", "c"))
    assert names(estimate) == [
        "x [q <= g1]",
        "x [q > g1]",
        "c [q <= g1]",
        "c [q > g1]",
    ]


@pytest.mark.parametrize("least", [1, 2, 3])
def test_the_entity_trim_counts_entities(least):
    rng = np.random.default_rng(least)
    entity = rng.integers(0, 9, 60)
    q = np.round(rng.normal(size=60), 1)
    rows = rng.random(60) < 0.7
    found = by_entities(q, rows, entity, least, every_row=False)

    def count(a, b):
        return len(set(entity[rows & (q > a) & (q <= b)]))

    distinct = np.unique(q[rows])
    fit_values = [g for g in distinct if min(count(-np.inf, g), count(g, np.inf)) >= least]
    assert found.value.tolist() == fit_values
    for c, g in enumerate(fit_values):
        for d, h in enumerate(fit_values):
            together = c != d and count(min(g, h), max(g, h)) >= least
            assert together == (d <= found.left[c] or d >= found.right[c])


# bad input


@pytest.mark.parametrize(
    ("more", "keys", "words"),
    [
        ({"q": lambda c: c["y"] * 0 + 1}, {}, "constant"),
        ({"q": lambda c: (c["x"] > 1).astype(float)}, {}, "two values"),
        ({"q": lambda c: np.sign(np.round(c["c2"] / 3))}, {"trim": 0.3}, "leaves"),
        ({"q": lambda c: c["y"].copy()}, {}, "equals the outcome"),
        ({"x2": lambda c: 2 * c["x"]}, {"regime": ("x", "x2")}, "collinear"),
        ({"x2": lambda c: np.repeat(np.arange(30.0), 8)}, {"regime": ("x2",)}, "no variation"),
        ({"c": lambda c: c["x"] * 3}, {"controls": ("c",)}, "collinear"),
        ({"y": lambda c: c["x"] * 3}, {"controls": ("c",)}, "no variation left to explain"),
        ({}, {"trim": 0.4, "number": 2}, "room for 3 regimes"),
    ],
)  # fmt: skip
def test_bad_input_is_refused(more, keys, words):
    with pytest.raises(EstimationError, match=words):
        fit(panel_of(**more), **keys)


def test_outcome_and_threshold_must_differ():
    with pytest.raises(EstimationError, match="the outcome 'y' is the threshold variable"):
        fit(panel_of(), threshold="y")


def test_too_few_regions_for_three_regimes():
    with pytest.raises(EstimationError, match="14 regions are too few for 3 regimes"):
        fit(panel_of(entities=14), number=2)
    stopped = fit(panel_of(entities=14, jump=3.0), number="auto", bootstrap=39)
    assert stopped.details["number"] == 1
    assert any("2 thresholds not tested" in str(note) for note in stopped.notes)


def test_missing_cells_leave_with_a_note():
    def holes(columns):
        return np.where(np.arange(240) % 50 == 0, np.nan, columns["q"])

    estimate = fit(panel_of(q=holes))
    assert estimate.nobs == 235
    assert any("5 rows left out" in str(note) for note in estimate.notes)


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ({"trim": 0.5}, "trim"),
        ({"regime": ()}, "either regime"),
        ({"policy": "policy", "regime": "x"}, "either regime"),
        ({"regime": ("x", "x")}, "once"),
        ({"controls": ("x",)}, "not in both"),
        ({"number": "auto", "bootstrap": 0}, "auto"),
        ({"number": 4}, "number"),
        ({"threshold_base": "before"}, "policy"),
        ({"threshold_base": 2001, "threshold_lag": 1}, "exclude"),
        ({"resampling": ()}, "resampling"),
    ],
)
def test_keys_that_do_not_agree(keys, words):
    with pytest.raises(ValidationError, match=words):
        model(**keys)


def test_no_draws_no_p_values():
    estimate = fit(panel_of(), bootstrap=0)
    assert estimate.part("tests").frame[["p_wild", "p_block"]].isna().all(axis=None)
    assert estimate.p_values.keys() == {"analytic"}


def test_few_clusters_are_warned_of_and_one_is_refused():
    panel = panel_of()
    halves = panel.frame.assign(half=(panel.entity_codes % 2).astype(float), one=1.0)
    panel = panel.with_columns(halves[["half", "one"]])
    assert any("Only 2 clusters" in str(note) for note in fit(panel, cluster="half").notes)
    with pytest.raises(EstimationError, match="one cluster"):
        fit(panel, cluster="one")
