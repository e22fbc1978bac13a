"""PSM-DID against hand-worked cases, dummies, weighted loops and numerical derivatives."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy import optimize

from ccd.estimate.did import doubly_robust_improved
from ccd.estimate.matching import MATCHERS, Settings, fit_score, match
from ccd.estimate.psm.design import Question
from ccd.estimate.psm.designs.base import base_design
from ccd.estimate.psm.pipeline import Pipeline
from ccd.estimate.psm.regression import weighted_did
from ccd.estimate.psm.spec import PsmDid
from ccd.estimate.rows.sample import draw_sample
from ccd.panel import Panel
from ccd.results import MatchingWeights
from ccd.streams import Stream
from tests.conftest import make_panel

YEARS = np.arange(2001, 2009)
ON = Question("y", "policy", ("x1", "x2"))


def world(seed=0, n=90, cohorts=(2005,), t=8, **more) -> Panel:
    """Regions whose chance of treatment and trend both grow with x1; effect 0.5."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, 2))
    d = rng.random(n) < 1 / (1 + np.exp(0.8 - 0.8 * x[:, 0]))
    g = np.where(d, rng.choice(np.array(cohorts, float), n), np.nan)
    entity, year = np.repeat(np.arange(n), t), np.tile(YEARS[:t], n)
    y = rng.normal(size=n)[entity] + 0.1 * x[entity, 0] * (year - 2001) + 0.5 * (year >= g[entity])
    y = y + rng.normal(scale=0.2, size=n * t)
    noise = rng.normal(scale=0.05, size=(n * t, 2))
    columns = {
        "y": y,
        "x1": x[entity, 0] + noise[:, 0],
        "x2": x[entity, 1] + noise[:, 1],
        "z": noise[:, 0] * 3 + noise[:, 1],
    }
    half = np.where(x[:, 1] > 0, "north", "south")[entity]
    return make_panel({**columns, **more}, [f"r{i:03d}" for i in entity], year, g[entity], {"half": half})


def model(**keys) -> PsmDid:
    return PsmDid(
        **{
            "name": "m",
            "kind": "psm-did",
            "outcome": "y",
            "policy": "policy",
            "match_on": ("x1", "x2"),
            "permutation": {"draws": 0},
            **keys,
        }
    )


def fit(panel, **keys):
    return model(**keys).fit(panel, Stream(1, "m"))


def dummies(panel: Panel, weight: np.ndarray, controls=()):
    """Weighted least squares of y on D, controls and every dummy, by the normal equations."""
    keep = weight != 0
    frame = panel.frame[keep].reset_index()
    cohort = panel.cohorts["policy"].reindex(frame["region"]).to_numpy()
    x = np.column_stack(
        [
            (frame["year"].to_numpy() >= cohort).astype(float),
            *(frame[c] for c in controls),
            pd.get_dummies(frame["region"], dtype=float),
            pd.get_dummies(frame["year"], drop_first=True, dtype=float),
        ]
    )
    w, y = weight[keep], frame["y"].to_numpy()
    inverse = np.linalg.inv((x * w[:, None]).T @ x)
    beta = inverse @ (x.T @ (w * y))
    scores = pd.DataFrame(x * (w * (y - x @ beta))[:, None]).groupby(frame["region"]).sum().to_numpy()
    n, g = len(y), frame["region"].nunique()
    k = 1 + len(controls) + 1 + frame["year"].nunique() - 1
    vcov = g / (g - 1) * (n - 1) / (n - k) * inverse @ scores.T @ scores @ inverse
    return beta[: 1 + len(controls)], np.sqrt(np.diag(vcov))[: 1 + len(controls)], n


def row_weights(estimate, panel: Panel) -> np.ndarray:
    units = estimate.value(MatchingWeights)
    return pd.Series(units.weight, units.entity).reindex(panel.frame.index.get_level_values(0)).to_numpy()


@pytest.mark.parametrize(
    "keys",
    [
        {"matcher": "kernel"},
        {"matcher": "nearest", "neighbours": 3},
        {"matcher": "radius", "caliper": 0.02},
        {"matcher": "local-linear", "common_support": "none"},
        {"matcher": "entropy-balance"},
        {"matcher": "mahalanobis", "controls": ("z",)},
        {"matcher": "kernel", "controls": ("z",), "exact": "half"},
    ],
)
def test_the_second_stage_is_least_squares_on_dummies(keys):
    panel = world()
    estimate = fit(panel, **keys)
    beta, error, n = dummies(panel, row_weights(estimate, panel), keys.get("controls", ()))
    np.testing.assert_allclose(estimate.terms.frame()["estimate"], beta, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(estimate.terms.frame()["std_error"], error, rtol=1e-7)
    assert (estimate.nobs, estimate.effects) == (n, ("entity", "time"))


def test_weights_of_both_signs_are_solved_as_they_stand():
    panel = world()
    sample = draw_sample(panel, "y", (), "policy")
    weight = np.random.default_rng(0).random(90)
    weight[::9] *= -0.3
    rows = weight[sample.entity]
    found = weighted_did(sample, rows, ["policy"], "here")
    beta, error, _ = dummies(panel, rows)
    assert (found.beta[0], found.vcov.std_error[0]) == pytest.approx((beta[0], error[0]), rel=1e-8)


def hand() -> Panel:
    """Two treated from 2003, three controls; one column to match on, so nearest on x is nearest on the score."""
    x = {"a": 1.0, "b": 5.0, "c": 1.1, "d": 4.8, "e": 9.0, "f": -3.0}
    pre = {"a": 1.0, "b": 2.0, "c": 3.0, "d": 4.0, "e": 5.0, "f": 0.0}
    change = {"a": 3.0, "b": 4.0, "c": 1.0, "d": 1.5, "e": 100.0, "f": -100.0}
    rows = [(e, t, pre[e] + (change[e] if t >= 2003 else 0.0), x[e]) for e in x for t in range(2001, 2005)]
    entity, year, y, column = zip(*rows, strict=True)
    start = [2003.0 if e in "ab" else np.nan for e in entity]
    return make_panel({"y": y, "x1": column}, entity, year, start)


def test_two_treated_and_their_twins_by_hand():
    """a is matched with c, b with d: the effect is ((3 - 1) + (4 - 1.5))/2."""
    estimate = fit(hand(), match_on=("x1",), matcher="nearest")
    assert estimate.terms.frame()["estimate"].iloc[0] == pytest.approx(2.25, abs=1e-12)
    weights = estimate.part("weights").frame.set_index("entity")
    assert weights["weight"].to_dict() == {"a": 1, "b": 1, "c": 1, "d": 1, "e": 0, "f": 0}
    assert weights["matched_with"].to_dict() == {"a": "c", "b": "d", "c": "a", "d": "b", "e": "", "f": ""}
    matches = estimate.part("matches").frame
    assert matches[["treated", "control", "share"]].to_numpy().tolist() == [["a", "c", 1.0], ["b", "d", 1.0]]


def test_the_columns_of_the_files_are_those_promised():
    estimate = fit(world())
    assert list(estimate.part("weights").frame) == [
        "entity", "cohort", "treated", "score", "weight", "on_support", "matched_with",
    ]  # fmt: skip
    assert list(estimate.part("balance").frame) == [
        "variable", "mean_treated", "mean_control_before", "mean_control_after", "bias_before", "bias_after",
        "reduction", "t_before", "p_before", "t_after", "p_after", "variance_ratio_before", "variance_ratio_after",
        "mean_treated_after", "smd_before", "smd_after",
    ]  # fmt: skip
    summary = estimate.details["balance_summary"]
    assert {"before", "after", "effective_controls", "off_support"} <= set(summary)
    assert {"pseudo_r2", "lr_chi2", "lr_p", "mean_bias", "median_bias", "rubin_b", "rubin_r"} == set(
        summary["after"]
    )
    yearly = fit(world(), design="year-by-year")
    assert list(yearly.part("weights").frame)[1] == "year"


def test_base_values_are_means_before_the_first_treatment_or_one_year():
    panel = world(cohorts=(2005, 2007))
    sample = draw_sample(panel, "y", (), "policy")
    means = panel.frame.loc[(slice(None), slice(2001, 2004)), ["x1", "x2"]].groupby(level=0).mean()
    np.testing.assert_allclose(base_design(panel, sample, ON).x, means, rtol=1e-14)
    one = panel.frame.xs(2002, level=1)[["x1", "x2"]]
    np.testing.assert_array_equal(base_design(panel, sample, replace(ON, year=2002)).x, one)


def test_cohorts_are_compared_in_their_own_last_year():
    """Scores, matches and weights of each cohort by a loop; a later treated region lends its years before that."""
    panel = world(2, n=120, cohorts=(2004, 2007))
    estimate = fit(panel, design="cohort", matcher="nearest", common_support="none")
    cohort = panel.cohorts["policy"]
    rows = []
    for g in (2004.0, 2007.0):
        values = panel.frame.xs(int(g) - 1, level=1)[["x1", "x2"]]
        pool = values[(cohort == g) | ~(cohort <= g)]
        rows.append(pool.assign(g=g, d=(cohort.reindex(pool.index) == g)))
    stack = pd.concat(rows)
    design = sm.add_constant(np.column_stack([stack[["x1", "x2"]], stack["g"] == 2007]))
    stack["p"] = sm.Logit(stack["d"].astype(float), design).fit(disp=0, tol=1e-13).predict()
    own, lent = dict.fromkeys(cohort.index, 0.0), dict.fromkeys(cohort.index, 0.0)
    for g in (2004.0, 2007.0):
        part = stack[stack["g"] == g]
        for name, row in part[part["d"]].iterrows():
            gap = (part.loc[~part["d"], "p"] - row["p"]).abs()
            own[name] += 1
            lent[gap.idxmin()] += 1
    weight = np.array([own[e] + lent[e] * (not t >= cohort[e]) for e, t in panel.frame.index])
    assert any(lent[e] for e in cohort.index[cohort == 2007.0])
    beta, error, n = dummies(panel, weight)
    assert estimate.terms.frame()["estimate"].iloc[0] == pytest.approx(beta[0], rel=1e-9)
    assert estimate.terms.frame()["std_error"].iloc[0] == pytest.approx(error[0], rel=1e-7)
    assert estimate.nobs == n


def test_each_year_has_its_own_score():
    panel = world(3)
    frame = fit(panel, design="year-by-year").part("weights").frame
    year = frame[frame["year"] == 2003]
    x = panel.frame.xs(2003, level=1)[["x1", "x2"]]
    truth = fit_score(x.to_numpy(), panel.cohorts["policy"].notna().to_numpy())
    np.testing.assert_allclose(year["score"], truth.probability, atol=1e-12)
    assert year["treated"].tolist() == panel.cohorts["policy"].notna().astype(int).tolist()


def test_matches_with_a_region_itself_are_counted():
    """Pooled: the nearest region-year of each treated one, by a loop over all pairs."""
    panel = world(4, n=60, cohorts=(2004, 2006))
    estimate = fit(panel, design="pooled", matcher="nearest", common_support="none")
    units = estimate.part("weights").frame
    cohort = panel.cohorts["policy"]
    treated, control = units[units["treated"] == 1], units[units["treated"] == 0]
    same = past = total = 0
    for _, row in treated.iterrows():
        gap = (control["score"] - row["score"]).abs()
        for _, found in control[gap <= gap.min() + 1e-10].iterrows():
            total += 1
            same += found["entity"] == row["entity"]
            past += found["entity"] != row["entity"] and np.isfinite(cohort[found["entity"]])
    assert same > 0
    said = [str(note) for note in estimate.notes if "with itself" in str(note)]
    assert said[0].startswith(
        f"Of {total} matches, {same} are a region with itself in another year and {past} with another"
    )
    measured = int(units["treated"].sum())
    assert any(
        str(note).startswith(f"Matching columns are measured after treatment in {measured} of")
        for note in estimate.notes
    )


def test_the_columns_beside_are_what_they_say():
    panel = world(1)
    estimate = fit(panel, matcher="nearest")
    table = estimate.part("comparison").frame.set_index("column")
    assert list(table.index) == [
        "nearest",
        "unmatched",
        "support",
        "entropy",
        "dr-traditional",
        "dr-improved",
    ]
    assert table.loc["nearest", "estimate"] == estimate.terms.frame()["estimate"].iloc[0]
    ones = np.ones(len(panel.frame))
    assert table.loc["unmatched", "estimate"] == pytest.approx(dummies(panel, ones)[0][0], rel=1e-10)
    units = estimate.part("weights").frame.set_index("entity")
    rows = units["on_support"].reindex(panel.frame.index.get_level_values(0)).to_numpy().astype(float)
    assert (rows == 0).any()
    assert table.loc["support", "estimate"] == pytest.approx(dummies(panel, rows)[0][0], rel=1e-10)
    balanced = fit(panel, matcher="entropy-balance")
    assert table.loc["entropy", "estimate"] == pytest.approx(
        balanced.terms.frame()["estimate"].iloc[0], rel=1e-10
    )
    assert table.loc["entropy", "std_error"] == pytest.approx(
        balanced.terms.frame()["std_error"].iloc[0], rel=1e-10
    )


def test_staggered_dates_bring_callaway_and_santanna_instead():
    table = fit(world(6, n=150, cohorts=(2004, 2006))).part("comparison").frame
    assert table["column"].tolist() == ["kernel", "unmatched", "support", "entropy", "callaway-santanna"]


def tilted(x, d, dy, w):
    """The improved doubly robust effect under unit weights ``w`` by a root finder, and its residuals and odds."""
    z = np.column_stack([np.ones(len(x)), x])
    start = np.zeros(z.shape[1])
    start[0] = np.log(d.mean() / (1 - d.mean()))
    found = optimize.root(
        lambda g: ((w * (d - (1 - d) * np.exp(z @ g)))[:, None] * z).sum(axis=0), start, tol=1e-13
    )
    odds = w * (1 - d) * np.exp(z @ found.x)
    beta = np.linalg.solve((z * odds[:, None]).T @ z, z.T @ (odds * dy))
    r = dy - z @ beta
    return np.average(r, weights=w * d) - np.average(r, weights=odds), r, odds


def test_the_improved_doubly_robust_effect_and_its_influence():
    """The error is also that of the derivatives in each unit's weight, which carry every estimated step."""
    rng = np.random.default_rng(11)
    n = 200
    x = rng.normal(size=(n, 2))
    d = (rng.random(n) < 1 / (1 + np.exp(-x[:, 0] * 0.7))).astype(float)
    dy = x[:, 0] + x[:, 1] ** 2 + d + rng.normal(size=n)
    found = doubly_robust_improved(d > 0, dy[:, None], x)
    ones = np.ones(n)
    effect, r, odds = tilted(x, d, dy, ones)
    assert found.att[0] == pytest.approx(effect, abs=1e-9)
    psi = d / d.mean() * (r - r[d > 0].mean()) - odds / odds.mean() * (r - np.average(r, weights=odds))
    np.testing.assert_allclose(found.psi[:, 0], psi, atol=1e-7)
    steps = 1e-5 * np.eye(n)
    slopes = [(tilted(x, d, dy, ones + s)[0] - tilted(x, d, dy, ones - s)[0]) / 2e-5 for s in steps]
    assert np.sqrt(np.sum((found.psi[:, 0] / n) ** 2)) == pytest.approx(np.linalg.norm(slopes), rel=0.05)


def test_a_bootstrap_draw_is_the_panel_with_its_regions_repeated():
    panel = world(7, n=40, t=6, cohorts=(2004,))
    sample = draw_sample(panel, "y", (), "policy")
    design = base_design(panel, sample, ON)
    often = np.random.default_rng(3).integers(0, 3, 40)
    for matcher in ("kernel", "entropy-balance"):
        line = Pipeline(design, "logit", ("x1", "x2"), Settings(matcher, bandwidth=0.2), "score", "m")
        _, units, settings = line.scored(often.astype(float))
        weight = design.row_weights(match(units, settings).weight, sample) * often[sample.entity]
        counted = weighted_did(sample, weight, ["policy"], "m").beta[0]
        frames, starts = [], {}
        for code, times in enumerate(often):
            for copy in range(times):
                block = panel.frame.xs(panel.entities[code], level=0, drop_level=False)
                name = f"{panel.entities[code]}_{copy}"
                frames.append(block.rename(index={panel.entities[code]: name}, level=0))
                starts[name] = panel.cohorts["policy"].iloc[code]
        frame = pd.concat(frames).sort_index()
        repeated = Panel(frame, pd.DataFrame(index=frame.index), {"policy": pd.Series(starts).sort_index()})
        again = fit(repeated, matcher=matcher, bandwidth=0.2)
        assert counted == pytest.approx(again.terms.frame()["estimate"].iloc[0], rel=1e-8)


@pytest.mark.parametrize("keys", [{}, {"design": "cohort", "matcher": "nearest"}, {"bootstrap": 9}])
def test_the_effect_alone_is_that_of_the_whole_fit(keys):
    panel = world(8, n=60, t=6, cohorts=(2004,))
    whole, alone = fit(panel, **keys), model(**keys).headline(panel, Stream(1, "m"))
    assert alone.leading == whole.leading
    of_effect = {name: p for name, p in whole.p_values.items() if not name.startswith("pretrend")}
    assert (alone.sample, alone.p_values) == (whole.sample, of_effect)
    assert whole.parts
    assert not alone.parts


def test_bootstrap_errors_repeat_and_are_named():
    panel = world(8, n=60, t=6, cohorts=(2004,))
    one, two = (fit(panel, bootstrap=25) for _ in range(2))
    assert one.terms.frame().equals(two.terms.frame())
    assert one.terms.frame()["estimate"].equals(fit(panel).terms.frame()["estimate"])
    assert set(one.p_values) == {"bootstrap", "analytic", "pretrend"}
    assert any(
        "25 bootstrap draws of clusters through score, matching and regression" in str(n) for n in one.notes
    )
    assert not one.terms.frame()["std_error"].equals(fit(panel).terms.frame()["std_error"])


@pytest.mark.parametrize("matcher", sorted(MATCHERS))
@pytest.mark.parametrize("design", ["base", "cohort", "pooled"])
def test_a_shuffled_and_renamed_file_gives_the_same_number(matcher, design):
    """Rounded columns make ties everywhere; regions come in another order under other names."""
    panel = world(9, n=60, t=6, cohorts=(2003, 2005))
    rounded = panel.with_columns(panel.frame[["x1", "x2"]].round(0))
    keys = {"matcher": matcher, "design": design, "caliper": 0.1, "neighbours": 2}
    one = fit(rounded, **keys).terms.frame()["estimate"].iloc[0]
    names = dict(zip(panel.entities, np.random.default_rng(1).permutation(panel.entities), strict=True))
    frame = rounded.frame.rename(index=names, level=0).sort_index()
    groups = rounded.groups.rename(index=names, level=0).sort_index()
    cohorts = {"policy": rounded.cohorts["policy"].rename(index=names).sort_index()}
    two = fit(replace(rounded, frame=frame, groups=groups, cohorts=cohorts), **keys)
    assert two.terms.frame()["estimate"].iloc[0] == pytest.approx(one, abs=1e-12, rel=1e-12)


def test_without_replacement_is_as_blind_to_order():
    panel = world(9, n=60, t=6, cohorts=(2003,))
    rounded = panel.with_columns(panel.frame[["x1", "x2"]].round(0))
    keys = {"matcher": "nearest", "replacement": False, "common_support": "none"}
    names = dict(zip(panel.entities, np.random.default_rng(2).permutation(panel.entities), strict=True))
    frame = rounded.frame.rename(index=names, level=0).sort_index()
    groups = rounded.groups.rename(index=names, level=0).sort_index()
    cohorts = {"policy": rounded.cohorts["policy"].rename(index=names).sort_index()}
    one = fit(rounded, **keys)
    two = fit(replace(rounded, frame=frame, groups=groups, cohorts=cohorts), **keys)
    assert two.terms.frame()["estimate"].iloc[0] == pytest.approx(
        one.terms.frame()["estimate"].iloc[0], abs=1e-12, rel=1e-12
    )
    lent = one.part("matches").frame.groupby("control")["share"].sum()
    assert lent.max() <= 1 + 1e-12
