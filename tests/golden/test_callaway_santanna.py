"""Callaway & Sant'Anna against a plain loop with statsmodels, and influences against replicated samples."""

from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm
from conftest import make_panel
from scipy import optimize

from ccd.errors import EstimationError
from ccd.estimate import MODELS
from ccd.estimate.did.callaway_santanna import CallawaySantAnna
from ccd.estimate.did.group_time.aggregate import Cells, aggregations, membership, share_influence, stack
from ccd.estimate.did.group_time.att_gt import METHODS, CellDesign, group_time, order
from ccd.estimate.did.group_time.drdid import plain
from ccd.estimate.rows.wide import Wide
from ccd.panel import Panel
from ccd.streams import Stream
from tests.golden.staggered import STREAM, random_panel


def fit(panel, stream=STREAM, **keys):
    spec = {"name": "m", "kind": "did", "estimator": "callaway-santanna", "policy": "policy", "outcome": "y"}
    return CallawaySantAnna.model_validate({**spec, **keys}).fit(panel, stream)


def plain_cell(panel, g, t, base, method, covariates, *, not_yet):
    """Return ATT(g, t) by loops over regions, statsmodels logit and OLS (Sant'Anna & Zhao 2020)."""
    starts = panel.cohort("policy")
    rows = []
    for entity in panel.entities:
        start = starts[entity]
        control = np.isnan(start) or (not_yet and start > max(t, base))
        if start != g and not control:
            continue
        if (entity, t) in panel.frame.index and (entity, base) in panel.frame.index:
            change = panel.frame.loc[(entity, t), "y"] - panel.frame.loc[(entity, base), "y"]
            rows.append([start == g, change, *panel.frame.loc[(entity, base), list(covariates)]])
    data = np.array(rows, dtype=float)
    d, change, x = data[:, 0], data[:, 1], sm.add_constant(data[:, 2:], has_constant="add")
    if method == "dr-improved":
        odds = np.exp(
            x @ optimize.root(lambda g: (d - (1 - d) * np.exp(x @ g)) @ x, np.zeros(x.shape[1]), tol=1e-13).x
        )
        resid = change - sm.WLS(change[d == 0], x[d == 0], odds[d == 0]).fit().predict(x)
        return np.mean(resid[d == 1]) - np.average(resid[d == 0], weights=odds[d == 0])
    p = sm.Logit(d, x).fit(disp=0, tol=1e-12).predict(x)
    fitted = sm.OLS(change[d == 0], x[d == 0]).fit().predict(x)
    w = p * (1 - d) / (1 - p)
    if method == "reg":
        return np.mean((change - fitted)[d == 1])
    if method == "ipw":
        return np.mean(change[d == 1]) - np.average(change, weights=w)
    return np.mean((change - fitted)[d == 1]) - np.average(change - fitted, weights=w)


@pytest.mark.parametrize("method", ["dr", "dr-improved", "reg", "ipw"])
@pytest.mark.parametrize("control_group", ["never", "not-yet"])
@pytest.mark.parametrize("drop", [0.0, 0.08])
def test_cells_are_a_plain_loop(method, control_group, drop):
    panel = random_panel(n=70, drop=drop)
    frame = (
        fit(panel, covariates=("x1", "z2"), method=method, control_group=control_group).part("att_gt").frame
    )
    att = frame.set_index(["cohort", "time"])["estimate"]
    for g, t, base in [(2004, 2004, 2003), (2004, 2008, 2003), (2006, 2007, 2005), (2007, 2003, 2002)]:
        slow = plain_cell(panel, g, t, base, method, ("x1", "z2"), not_yet=control_group == "not-yet")
        assert att[g, t] == pytest.approx(slow, abs=1e-8)


def test_universal_base_and_anticipation():
    panel = random_panel(n=60)
    universal = fit(panel, base_period="universal")
    att = universal.part("att_gt").frame.set_index(["cohort", "time"])["estimate"]
    y = panel.frame["y"].unstack()
    starts = panel.cohort("policy")

    def did(g, t, base):
        change = y[t] - y[base]
        return change[starts == g].mean() - change[starts.isna()].mean()

    assert att[2006, 2002] == pytest.approx(did(2006, 2002, 2005))
    assert (2006, 2005) not in att.index
    shown = universal.part("event_study").frame.set_index("event_time")
    assert shown.loc[-1, "estimate"] == 0
    assert np.isnan(shown.loc[-1, "std_error"])
    early = fit(panel, anticipation=1).part("att_gt").frame.set_index(["cohort", "time"])["estimate"]
    assert early[2006, 2007] == pytest.approx(did(2006, 2007, 2004))
    assert early[2006, 2005] == pytest.approx(did(2006, 2005, 2004))
    assert early[2006, 2004] == pytest.approx(did(2006, 2004, 2003))


def test_plain_cells_have_the_closed_error():
    panel = random_panel(n=50)
    frame = fit(panel).part("att_gt").frame.set_index(["cohort", "time"])
    change = panel.frame["y"].unstack()[2007] - panel.frame["y"].unstack()[2005]
    starts = panel.cohort("policy")
    one, zero = change[starts == 2006], change[starts.isna()]
    assert frame.loc[(2006, 2007), "estimate"] == pytest.approx(one.mean() - zero.mean())
    closed = np.sqrt(one.var(ddof=0) / len(one) + zero.var(ddof=0) / len(zero))
    assert frame.loc[(2006, 2007), "std_error"] == pytest.approx(closed)


@pytest.mark.parametrize("method", ["plain", "dr", "dr-improved", "reg", "ipw"])
def test_influences_are_what_one_more_copy_of_a_unit_changes(method):
    rng = np.random.default_rng(
        8 if method == "dr-improved" else 5
    )  # 5: the treated lie outside the controls
    m, copies = 30, 400
    x = rng.normal(size=(m, 2))
    treated = rng.uniform(size=m) < 1 / (1 + np.exp(-x[:, 0]))
    change = (x @ [0.5, -0.2] + rng.normal(size=m) * 0.3 + treated)[:, None]
    estimate = plain if method == "plain" else None

    def att(rows):
        args = (treated[rows], change[rows])
        return estimate(*args) if estimate else METHODS[method](*args, x[rows])

    psi = att(np.arange(m)).psi[:, 0]
    assert psi.mean() == pytest.approx(0, abs=1e-10)
    many = np.tile(np.arange(m), copies)
    base = att(many).att[0]
    for unit in range(0, m, 5):
        moved = (att(np.append(many, unit)).att[0] - base) * (len(many) + 1)
        assert moved == pytest.approx(psi[unit], abs=2e-3 * np.abs(psi).max())


def means(wide, psi_wanted=True):
    found = group_time(wide, np.empty((*wide.y.shape, 0)), CellDesign(not_yet=True))
    sort = order(found)
    cohort, time = np.array(found.cohort)[sort], np.array(found.time)[sort]
    people = np.array([np.sum(wide.cohort == g) for g in cohort], float)
    cells = Cells(cohort, time, people, people)
    each = aggregations(cells)
    labels, weights = stack(each)
    att = np.array(found.att)[sort]
    if not psi_wanted:
        return labels, weights @ att, None
    psi = np.concatenate(found.columns, axis=1)[:, sort] @ weights.T + membership(
        wide.cohort
    ) @ share_influence(cells, att, each, wide.cohort)
    return labels, weights @ att, psi


def test_influences_of_means_count_the_estimated_shares():
    panel = random_panel(n=16, t=6, cohorts=(2003, 2005))
    y, cohort = panel.frame["y"].unstack().to_numpy(), panel.cohort("policy").to_numpy()
    years = np.arange(2001, 2007)
    labels, _, psi = means(Wide(y, cohort, years))
    copies = 200
    many = np.tile(np.arange(16), copies)
    base = means(Wide(y[many], cohort[many], years), psi_wanted=False)[1]
    for unit in range(0, 16, 3):
        rows = np.append(many, unit)
        moved = (means(Wide(y[rows], cohort[rows], years), psi_wanted=False)[1] - base) * len(rows)
        np.testing.assert_allclose(moved, 16 * psi[unit], atol=0.01 * np.abs(16 * psi).max())
    assert ("group", "overall") in labels


def test_aggregates_by_hand():
    panel = random_panel(n=60)
    estimate = fit(panel)
    att = estimate.part("att_gt").frame
    people = att["cohort"].map(panel.cohort("policy").value_counts())
    frame = estimate.part("aggregates").frame.set_index(["aggregation", "key"])["estimate"]
    post = att["time"] >= att["cohort"]
    assert frame["simple", "overall"] == pytest.approx(
        np.average(att["estimate"][post], weights=people[post])
    )
    assert estimate.terms.frame()["estimate"][0] == frame["simple", "overall"]
    by_cohort = att[post].groupby("cohort")["estimate"].mean()
    assert frame["group", "2006"] == pytest.approx(by_cohort[2006])
    sizes = panel.cohort("policy").value_counts().sort_index()
    assert frame["group", "overall"] == pytest.approx(np.average(by_cohort, weights=sizes))
    at = att["event_time"] == 2
    assert frame["dynamic", "2"] == pytest.approx(np.average(att["estimate"][at], weights=people[at]))
    late = [frame["dynamic", str(e)] for e in range(6)]
    assert frame["dynamic", "overall"] == pytest.approx(np.mean(late))


def test_bands_are_wider_than_intervals_and_depend_on_the_seed_alone():
    panel = random_panel(n=60)
    keys = {"bootstrap": {"draws": 499}, "window": (-3, 3)}
    one, two, other = fit(panel, **keys), fit(panel, **keys), fit(panel, Stream(12, "test"), **keys)
    frame, again = one.part("event_study").frame, two.part("event_study").frame
    assert frame.equals(again)
    assert not frame["band_low"].equals(other.part("event_study").frame["band_low"])
    assert (frame["band_low"] < frame["conf_low"]).all()
    half = (frame["band_high"] - frame["estimate"]) / frame["std_error"]
    assert np.ptp(half) < 1e-9
    assert 2.2 < half.iloc[0] < 3.4  # Sidak for seven independent effects: 2.68
    np.testing.assert_allclose(
        frame["std_error"], fit(panel, window=(-3, 3)).part("event_study").frame["std_error"]
    )
    assert "band_low" in one.part("att_gt").frame


def test_clusters_of_regions():
    panel = random_panel(n=60)
    alone = fit(panel, cluster=panel.entity_name)
    assert alone.terms.frame()["std_error"][0] == pytest.approx(fit(panel).terms.frame()["std_error"][0])
    assert fit(panel, cluster="province").summary()["clusters"] == [20]
    with pytest.raises(EstimationError, match="changes its cluster"):
        fit(panel, cluster="year")


def test_what_cannot_be_estimated_is_refused_or_noted():
    never_less = random_panel(never=0.0)
    with pytest.raises(EstimationError, match="no region is never treated"):
        fit(never_less)
    estimate = fit(never_less, control_group="not-yet")
    assert estimate.part("att_gt").frame["time"].max() == 2006
    assert any("no region is untreated: 2004/2007" in str(note) for note in estimate.notes)
    with pytest.raises(EstimationError, match="no never- or not-yet-treated"):
        fit(random_panel(never=0.0, cohorts=(2005,)), control_group="not-yet")
    panel = random_panel()
    panel = panel.with_columns(panel.frame[["z1"]].mul(0).add(3).rename(columns={"z1": "three"}))
    with pytest.raises(EstimationError, match="three: constant"):
        fit(panel, covariates=("x1", "three"))
    starts = panel.cohort("policy").to_numpy()[panel.entity_codes]
    telltale = panel.frame[["x1"]].mul(0).add(np.isfinite(starts)[:, None]).rename(columns={"x1": "tell"})
    panel = panel.with_columns(telltale)
    for method in ("dr", "ipw"):
        with pytest.raises(EstimationError, match="tell: separate"):
            fit(panel, covariates=("tell",), method=method)
    with pytest.raises(EstimationError, match="no cohort has a year before"):
        fit(random_panel(cohorts=(2003,)), anticipation=2)


def test_one_cluster_has_no_error_and_few_are_warned_of():
    panel = random_panel(n=40)
    one = panel.with_columns(panel.frame[["x1"]].mul(0).rename(columns={"x1": "all"}))
    for estimator in ("callaway-santanna", "imputation", "dcdh", "sun-abraham", "stacked"):
        section = {"name": "m", "kind": "did", "estimator": estimator, "policy": "policy", "outcome": "y"}
        with pytest.raises(EstimationError, match="one cluster"):
            MODELS[f"did-{estimator}"].model_validate({**section, "cluster": "all"}).fit(one, STREAM)
    few = fit(random_panel(n=15), cluster="province")
    assert any("Only 5 clusters" in str(note) for note in few.notes)


def test_cohorts_without_a_year_before_treatment_are_listed():
    estimate = fit(random_panel(), anticipation=3)
    assert any("left out: 2004" in str(note) for note in estimate.notes)
    assert 2004 not in set(estimate.part("att_gt").frame["cohort"])


def test_a_worked_case():
    # Changes of treated 3 and 5, of controls 1 and 1: ATT = 3, error sqrt(var/2) = sqrt(1/2).
    entity, time = np.repeat([0, 1, 2, 3], 2), np.tile([2001, 2002], 4)
    y = np.array([0, 3, 1, 6, 2, 3, 3, 4.0])
    start = np.repeat([2002.0, 2002.0, np.nan, np.nan], 2)
    row = fit(make_panel({"y": y}, entity, time, start)).terms.frame().iloc[0]
    assert row["estimate"] == pytest.approx(3)
    assert row["std_error"] == pytest.approx(np.sqrt(0.5))


def test_lagged_covariates_are_those_of_the_year_before_the_base():
    panel = random_panel(n=70)
    earlier = panel.frame["x1"].unstack().shift(1, axis=1).stack(future_stack=True)
    by_hand = panel.with_columns(earlier.reindex(panel.frame.index).to_frame("x0"))
    one = fit(panel, covariates=("x1",), lag=1, years=(2002, 2009))
    two = fit(by_hand, covariates=("x0",), years=(2002, 2009))
    np.testing.assert_allclose(one.terms.frame()["estimate"], two.terms.frame()["estimate"])


def test_treated_regions_outside_the_controls_have_no_improved_effect():
    panel = random_panel(n=40)
    start = panel.cohort("policy").reindex(panel.frame.index.get_level_values(0)).to_numpy()
    frame = panel.frame.assign(z1=panel.frame["z1"] + np.where(np.isfinite(start), 50.0, 0.0))
    far = Panel(frame, panel.groups, panel.cohorts)
    with pytest.raises(EstimationError, match="z1: no weights on the control regions give the treated means"):
        fit(far, covariates=("z1",), method="dr-improved")


def test_the_pre_test_is_printed_as_did_prints_it():
    """Over all cells before treatment, not the shown leads; with few treated regions it says what it is worth."""
    estimate = fit(random_panel(n=120), window=(-1, 3))
    test = estimate.summary()["pre_treatment_cells"]
    said = f"chi2({test['q']}) = {test['q'] * test['statistic']:.2f}, p = {test['p_value']:.3f}"
    notes = " ".join(map(str, estimate.notes))
    assert said in notes
    assert "rejects too often" not in notes
    few = fit(random_panel(n=40), permutation={"draws": 0})
    assert "rejects too often" in " ".join(map(str, few.notes))
