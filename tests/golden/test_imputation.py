"""Imputation and Gardner against dense dummy regressions and the two-stage moment conditions."""

from __future__ import annotations

import numpy as np
import pytest
from conftest import make_panel

from ccd.errors import EstimationError
from ccd.estimate.did.gardner import Gardner
from ccd.estimate.did.imputation import Imputation
from tests.golden.staggered import STREAM, dummies, random_panel


def fit(panel, cls=Imputation, name="imputation", **keys):
    spec = {"name": "m", "kind": "did", "estimator": name, "policy": "policy", "outcome": "y", **keys}
    return cls.model_validate(spec).fit(panel, STREAM)


def dense(panel, controls=()):
    """Return tau, treated, the design by dummies, cohort: regression on untreated cells, predicted everywhere."""
    cohort = panel.cohort("policy").to_numpy()[panel.entity_codes]
    treated = panel.years >= cohort
    z = np.column_stack(
        [dummies(panel.entity_codes), dummies(panel.years)[:, 1:], *[panel.column(c) for c in controls]]
    )
    y = panel.column("y")
    beta = np.linalg.lstsq(z[~treated], y[~treated], rcond=None)[0]
    return y - z @ beta, treated, z, cohort


def borusyak_error(tau, treated, z, weight, mean, group):
    """Return sqrt(sum_i (sum_t v e)^2), v = w on treated, -Z0 (Z0'Z0)^+ Z1'w on untreated."""
    v = np.zeros(len(tau))
    v[treated] = weight[treated]
    v[~treated] = (
        -z[~treated] @ np.linalg.pinv(z[~treated].T @ z[~treated]) @ (z[treated].T @ weight[treated])
    )
    own = v * np.where(treated, tau - mean, tau)
    return np.sqrt(np.sum(np.bincount(group, own) ** 2))


@pytest.mark.parametrize("drop", [0.0, 0.15])
@pytest.mark.parametrize("controls", [(), ("x1", "x2")])
def test_imputation_is_a_dummy_regression_on_untreated_cells(drop, controls):
    panel = random_panel(drop=drop)
    estimate = fit(panel, controls=controls)
    tau, treated, z, cohort = dense(panel, controls)
    entity = panel.entity_codes
    assert estimate.terms.frame()["estimate"][0] == pytest.approx(tau[treated].mean(), abs=1e-10)
    se = borusyak_error(tau, treated, z, treated / treated.sum(), tau[treated].mean(), entity)
    assert estimate.terms.frame()["std_error"][0] == pytest.approx(se, rel=1e-9)
    cells = estimate.part("att_gt").frame.set_index(["cohort", "time"])
    shown = estimate.part("event_study").frame.set_index("event_time")
    for g, t in [(2004, 2005), (2007, 2009)]:
        rows = (cohort == g) & (panel.years == t)
        assert cells.loc[(g, t), "estimate"] == pytest.approx(tau[rows].mean(), abs=1e-10)
        se = borusyak_error(tau, treated, z, rows / rows.sum(), tau[rows].mean(), entity)
        assert cells.loc[(g, t), "std_error"] == pytest.approx(se, rel=1e-9)
    for e in (0, 3):
        rows = panel.years - cohort == e
        assert shown.loc[e, "estimate"] == pytest.approx(tau[rows].mean(), abs=1e-10)
        se = borusyak_error(tau, treated, z, rows / rows.sum(), tau[rows].mean(), entity)
        assert shown.loc[e, "std_error"] == pytest.approx(se, rel=1e-9)


def test_gardner_is_imputation_with_the_variance_of_both_stages():
    panel = random_panel(drop=0.1)
    one, two = fit(panel, controls=("x1",)), fit(panel, Gardner, "gardner", controls=("x1",))
    columns = ["estimate", "std_error"]
    np.testing.assert_allclose(two.terms.frame()[columns], one.terms.frame()[columns], rtol=1e-12)
    tau, treated, z, cohort = dense(panel, ("x1",))
    # Gardner's own moment conditions: first stage on untreated cells, second stage D(y - z'g - D b).
    d = treated.astype(float)
    u1, u2 = np.where(treated, 0, tau), d * (tau - tau[treated].mean())
    first = np.linalg.pinv(z[~treated].T @ z[~treated])
    score = d * u2 - (z * u1[:, None]) @ first @ (z.T @ d)
    se = np.sqrt(np.sum(np.bincount(panel.entity_codes, score) ** 2)) / d.sum()
    assert two.terms.frame()["std_error"][0] == pytest.approx(se, rel=1e-9)
    lead = two.part("event_study").frame.set_index("event_time").loc[-2, "estimate"]
    assert lead == pytest.approx(tau[panel.years - cohort == -2].mean(), abs=1e-10)


def test_clusters_sum_influences():
    panel = random_panel()
    tau, treated, z, _ = dense(panel)
    province = np.unique(panel.group("province").to_numpy(), return_inverse=True)[1]
    se = borusyak_error(tau, treated, z, treated / treated.sum(), tau[treated].mean(), province)
    assert fit(panel, cluster="province").terms.frame()["std_error"][0] == pytest.approx(se, rel=1e-9)


def test_aggregates_are_means_of_tau():
    panel = random_panel(drop=0.05)
    frame = fit(panel).part("aggregates").frame.set_index(["aggregation", "key"])["estimate"]
    tau, treated, _, cohort = dense(panel)
    years = panel.years
    assert frame["simple", "overall"] == pytest.approx(tau[treated].mean())
    assert frame["calendar", "2006"] == pytest.approx(tau[treated & (years == 2006)].mean())
    by_cohort = [tau[treated & (cohort == g)].mean() for g in (2004, 2006, 2007)]
    assert frame["group", "2006"] == pytest.approx(by_cohort[1])
    people = [np.sum(panel.cohort("policy") == g) for g in (2004, 2006, 2007)]
    assert frame["group", "overall"] == pytest.approx(np.average(by_cohort, weights=people))
    by_year = [tau[treated & (years == t)].mean() for t in range(2004, 2010)]
    assert frame["calendar", "overall"] == pytest.approx(np.mean(by_year))


def test_years_in_which_all_are_treated_are_noted_and_left_out():
    estimate = fit(random_panel(never=0.0))
    assert estimate.part("att_gt").frame["time"].max() == 2006
    notes = [str(note) for note in estimate.notes]
    assert any("no untreated cell joins" in note and "2007, 2008, 2009" in note for note in notes)
    with pytest.raises(EstimationError, match="never- or not-yet-treated"):
        fit(random_panel(never=0.0, cohorts=(2005,)))


def test_a_control_without_variation_on_untreated_cells_is_named():
    with pytest.raises(EstimationError, match="z1: not told apart"):
        fit(random_panel(), controls=("z1",))


def test_leads_are_a_regression_on_untreated_cells_only():
    panel = random_panel()
    frame = fit(panel, controls=("x1",)).part("event_study").frame.set_index("event_time")
    _, treated, z, cohort = dense(panel, ("x1",))
    z, y, entity = z[~treated], panel.column("y")[~treated], panel.entity_codes[~treated]
    shown = [-6, -5, -4, -3, -2]
    x = np.column_stack([(panel.years - cohort)[~treated] == e for e in shown]).astype(float)
    x = x - z @ np.linalg.lstsq(z, x, rcond=None)[0]
    y = y - z @ np.linalg.lstsq(z, y, rcond=None)[0]
    beta = np.linalg.lstsq(x, y, rcond=None)[0]
    np.testing.assert_allclose(frame.loc[shown, "estimate"], beta, atol=1e-9)
    scores = x * (y - x @ beta)[:, None]
    sums = np.column_stack([np.bincount(entity, column) for column in scores.T])
    bread = np.linalg.inv(x.T @ x)
    np.testing.assert_allclose(
        frame.loc[shown, "std_error"], np.sqrt(np.diag(bread @ sums.T @ sums @ bread)), rtol=1e-8
    )


def test_a_worked_case():
    # Two of four regions treated from 2003, y = a_i + l_t + 1: tau is 1 everywhere, and no error is left.
    entity, time = np.repeat([0, 1, 2, 3], 4), np.tile([2001, 2002, 2003, 2004], 4)
    start = np.repeat([2003.0, 2003.0, np.nan, np.nan], 4)
    y = entity + 10.0 * time + (time >= start)
    estimate = fit(make_panel({"y": y}, entity, time, start))
    assert estimate.terms.frame()["estimate"][0] == pytest.approx(1)
    assert estimate.terms.frame()["std_error"][0] == pytest.approx(0, abs=1e-9)
