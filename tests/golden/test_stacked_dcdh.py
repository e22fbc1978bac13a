"""Stacked DID against an explicit stacked dummy regression, and dCDH against Callaway & Sant'Anna and loops."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from conftest import make_panel

from ccd.errors import EstimationError
from ccd.estimate import MODELS
from tests.golden.staggered import STREAM, dummies, random_panel


def fit(panel, estimator, **keys):
    spec = {"name": "m", "kind": "did", "estimator": estimator, "policy": "policy", "outcome": "y", **keys}
    return MODELS[f"did-{estimator}"].model_validate(spec).fit(panel, STREAM)


def explicit_stack(panel, first, last):
    """Return the stacked rows by plain loops, with corrective weights."""
    starts, frame = panel.cohort("policy"), panel.frame
    rows = []
    for g in sorted(starts.dropna().unique()):
        years = range(int(g) + first, int(g) + last + 1)
        if years[0] < panel.times[0] or years[-1] > panel.times[-1]:
            continue
        for entity in panel.entities:
            clean = np.isnan(starts[entity]) or starts[entity] > g + last
            if (starts[entity] == g or clean) and all((entity, t) in frame.index for t in years):
                for t in years:
                    cell = frame.loc[(entity, t)]
                    rows.append((g, entity, t - g, float(starts[entity] == g), cell["y"], cell["x1"]))
    rows = pd.DataFrame(rows, columns=["g", "entity", "e", "d", "y", "x1"])
    units = rows[rows["e"] == 0].groupby(["g", "d"]).size().unstack()
    share = (units[1.0] / units[1.0].sum()) / (units[0.0] / units[0.0].sum())
    rows["w"] = np.where(rows["d"] == 1, 1.0, rows["g"].map(share))
    return rows


@pytest.mark.parametrize("drop", [0.0, 0.03])
@pytest.mark.parametrize("controls", [(), ("x1",)])
def test_stacked_is_a_weighted_dummy_regression(drop, controls):
    panel = random_panel(n=60, drop=drop)
    estimate = fit(panel, "stacked", window=(-3, 2), controls=controls)
    rows = explicit_stack(panel, -3, 2)
    shown = [-3, -2, 0, 1, 2]
    x = np.column_stack([*[(rows["e"] == e) * rows["d"] for e in shown], *[rows[c] for c in controls]])
    unit = rows.groupby(["g", "entity"]).ngroup().to_numpy()
    z = np.column_stack([x, dummies(unit), dummies(rows["e"].to_numpy())[:, 1:]])
    w = rows["w"].to_numpy()
    bread = np.linalg.inv(z.T @ (z * w[:, None]))
    beta = bread @ (z.T @ (w * rows["y"].to_numpy()))
    scores = z * (w * (rows["y"].to_numpy() - z @ beta))[:, None]
    codes = np.unique(rows["entity"], return_inverse=True)[1]
    sums = np.column_stack([np.bincount(codes, column) for column in scores.T])
    k, n, g = x.shape[1] + 1 + 5, len(rows), codes.max() + 1
    vcov = (g / (g - 1) * (n - 1) / (n - k)) * (bread @ sums.T @ sums @ bread)
    frame = estimate.part("event_study").frame.set_index("event_time")
    np.testing.assert_allclose(frame.loc[shown, "estimate"], beta[:5], atol=1e-9)
    np.testing.assert_allclose(frame.loc[shown, "std_error"], np.sqrt(np.diag(vcov))[:5], rtol=1e-8)
    mean = np.zeros(len(beta))
    mean[2:5] = 1 / 3
    assert estimate.terms.frame()["estimate"][0] == pytest.approx(mean @ beta)
    assert estimate.terms.frame()["std_error"][0] == pytest.approx(np.sqrt(mean @ vcov @ mean), rel=1e-8)
    assert estimate.summary()["stacked_rows"] == n


def test_stacked_is_the_mean_of_sub_experiments_weighted_by_treated_regions():
    panel = random_panel(n=60)
    rows = explicit_stack(panel, -3, 2)
    frame = fit(panel, "stacked", window=(-3, 2)).part("event_study").frame.set_index("event_time")
    effects, sizes = [], []
    for _, own in rows.groupby("g"):
        mean = own.groupby(["d", "e"])["y"].mean()
        effects.append(mean[1, 1] - mean[1, -1] - mean[0, 1] + mean[0, -1])
        sizes.append(((own["d"] == 1) & (own["e"] == 1)).sum())
    assert frame.loc[1, "estimate"] == pytest.approx(np.average(effects, weights=sizes))


@pytest.mark.parametrize("drop", [0.0, 0.03])
def test_a_stack_counts_the_regions_it_stands_on(drop):
    panel = random_panel(n=60, drop=drop)
    found = fit(panel, "stacked", window=(-3, 2)).sample
    rows = explicit_stack(panel, -3, 2)
    cells = {(i, int(g + e)): y for g, i, e, y in rows[["g", "entity", "e", "y"]].to_numpy()}
    treated = rows[rows["d"] == 1].groupby("g")["entity"].nunique()
    assert found.nobs == len(cells) < len(rows)
    assert found.entities == rows["entity"].nunique()
    assert found.treated_entities == treated.sum()
    assert found.cohorts == {str(int(g)): n for g, n in treated.items()}
    assert found.outcome_mean == pytest.approx(np.mean(list(cells.values())))


def test_stacked_lists_cohorts_that_do_not_fill_the_window():
    panel = random_panel(n=60)
    notes = " ".join(map(str, fit(panel, "stacked", window=(-4, 1)).notes))
    assert "left out of the stack: 2004" in notes
    assert "from -3 to 2" in " ".join(map(str, fit(panel, "stacked").notes))
    with pytest.raises(EstimationError, match="no cohort fills"):
        fit(panel, "stacked", window=(-9, 1))
    with pytest.raises(EstimationError, match="does not reach"):
        fit(panel, "stacked", window=(0, 3))
    with pytest.raises(EstimationError, match="z1: not told apart"):
        fit(panel, "stacked", controls=("z1",), window=(-2, 1))


def test_dcdh_effects_are_callaway_santanna_with_not_yet_treated():
    panel = random_panel(n=60, drop=0.06)
    one = fit(panel, "dcdh").part("att_gt").frame
    two = fit(panel, "callaway-santanna", control_group="not-yet").part("att_gt").frame
    post = [frame[frame["event_time"] >= 0].reset_index(drop=True) for frame in (one, two)]
    np.testing.assert_allclose(post[0]["estimate"], post[1]["estimate"], atol=1e-12)


def by_loops(panel, sign, horizon):
    """Return DID_l (sign 1) or its placebo (-1), and its error, by loops over regions (balanced panels)."""
    y, starts = panel.frame["y"].unstack(), panel.cohort("policy")
    u, effect = pd.Series(0.0, index=y.index), 0.0
    inside = [g for g in sorted(starts.dropna().unique())
              if g - 1 + horizon in y.columns and g - 1 + sign * horizon in y.columns]  # fmt: skip
    total = sum((starts == g).sum() for g in inside)
    for g in inside:
        change = y[g - 1 + sign * horizon] - y[g - 1]
        own = change[starts == g]
        clean = change[starts.isna() | (starts > g - 1 + horizon)]
        effect += len(own) / total * (own.mean() - clean.mean())
        for side, one in ((1, own), (-1, clean)):
            for region, value in one.items():
                scale = np.sqrt(len(one) / (len(one) - 1)) / len(one)
                u[region] += side * len(own) / total * (value - one.mean()) * scale
    return effect, np.sqrt((u**2).sum())


def test_dcdh_by_loops():
    panel = random_panel(n=60)
    frame = fit(panel, "dcdh").part("event_study").frame.set_index("event_time")
    for sign, horizon in [(1, 1), (1, 3), (1, 5), (-1, 1), (-1, 2)]:
        e = horizon - 1 if sign == 1 else -1 - horizon
        estimate, se = by_loops(panel, sign, horizon)
        assert frame.loc[e, "estimate"] == pytest.approx(estimate)
        assert frame.loc[e, "std_error"] == pytest.approx(se)
    assert frame.loc[-1, "estimate"] == 0


def test_dcdh_average_counts_treated_cells_that_have_controls():
    panel = random_panel(never=0.0)
    estimate = fit(panel, "dcdh")
    frame = estimate.part("att_gt").frame
    post = frame[frame["event_time"] >= 0]
    assert post["time"].max() == 2006
    assert estimate.terms.frame()["estimate"][0] == pytest.approx(
        np.average(post["estimate"], weights=post["treated"])
    )
    assert any("no region is untreated" in str(note) for note in estimate.notes)
    with pytest.raises(EstimationError, match="no never- or not-yet"):
        fit(random_panel(never=0.0, cohorts=(2005,)), "dcdh")


def test_dcdh_of_one_cohort_is_welchs_error():
    """Two treated, three controls, one year after: s1^2/n1 + s0^2/n0 with the unbiased variances."""
    change = np.array([3.0, 5.0, 0.0, 1.0, 5.0])
    entity, time = np.repeat(np.arange(5), 2), np.tile([2001, 2002], 5)
    y = np.column_stack([np.zeros(5), change]).ravel()
    start = np.repeat([2002.0, 2002.0, np.nan, np.nan, np.nan], 2)
    terms = fit(make_panel({"y": y}, entity, time, start), "dcdh").terms.frame()
    assert terms["estimate"][0] == pytest.approx(2)
    assert terms["std_error"][0] == pytest.approx(np.sqrt(2 / 2 + 7 / 3))


def test_a_side_of_one_region_varies_about_the_mean_of_its_comparison():
    # Changes from 2001 to 2002: treated 3, 5 (cohort 2002); the lone region (2003) 1; controls 1 and 1.
    entity, time = np.repeat(np.arange(5), 3), np.tile([2001, 2002, 2003], 5)
    y = np.array([0, 3, 3, 0, 5, 5, 0, 1, 4, 0, 1, 1, 0, 1, 1.0])
    start = np.repeat([2002.0, 2002.0, 2003.0, np.nan, np.nan], 3)
    estimate = fit(make_panel({"y": y}, entity, time, start), "dcdh")
    cells = estimate.part("att_gt").frame.set_index(["cohort", "time"])
    assert cells.loc[(2003, 2003), "estimate"] == pytest.approx(3)
    # 2002 to 2003 the lone region changes by 3, its two controls by 0: (3 - 1) sqrt(3 / 2); controls do not vary.
    assert cells.loc[(2003, 2003), "std_error"] == pytest.approx(2 * np.sqrt(3 / 2))
    said = [str(note) for note in estimate.notes if "mean of all regions it is compared with" in str(note)]
    assert len(said) == 1 and "(2003)" in said[0]
    # One control, changing by 1: the treated (3, 5) vary about 4, it about (3 + 5 + 1) / 3.
    kept = np.isin(entity, [0, 1, 3])
    one = fit(make_panel({"y": y[kept]}, entity[kept], time[kept], start[kept]), "dcdh")
    error = one.part("att_gt").frame.set_index(["cohort", "time"]).loc[(2002, 2002), "std_error"]
    mean = (3 + 5 + 1) / 3
    assert error == pytest.approx(np.sqrt(2 / 2 + (1 - mean) ** 2 * 3 / 2))
