"""Sun & Abraham and Wooldridge against dense dummy regressions, Callaway & Sant'Anna and imputation."""

from __future__ import annotations

import numpy as np
import pytest

from ccd.errors import EstimationError
from ccd.estimate import MODELS
from tests.golden.staggered import STREAM, dummies, random_panel


def fit(panel, estimator, **keys):
    spec = {"name": "m", "kind": "did", "estimator": estimator, "policy": "policy", "outcome": "y", **keys}
    return MODELS[f"did-{estimator}"].model_validate(spec).fit(panel, STREAM)


def dense(panel, cells, controls, groups, *, years_count=True):
    """Return effects and their clustered covariance: dummies for regions, years and cells, and K by hand."""
    cohort = panel.cohort("policy").to_numpy()[panel.entity_codes]
    x = np.column_stack(
        [*[(cohort == g) & (panel.years == t) for g, t in cells], *[panel.column(c) for c in controls]]
    ).astype(float)
    z = np.column_stack([x, dummies(panel.entity_codes), dummies(panel.years)[:, 1:]])
    y = panel.column("y")
    bread = np.linalg.inv(z.T @ z)
    beta = bread @ z.T @ y
    scores = z * (y - z @ beta)[:, None]
    n, k = len(y), x.shape[1] + 1 + years_count * (len(panel.times) - 1)

    def meat(codes):
        sums = np.column_stack([np.bincount(codes, column) for column in scores.T])
        return sums.T @ sums

    parts = [np.unique(g, return_inverse=True)[1] for g in groups]
    total = sum(meat(g) for g in parts)
    if len(parts) == 2:
        total = total - meat(np.unique(parts[0] * 1000 + parts[1], return_inverse=True)[1])
    least = min(g.max() + 1 for g in parts)
    factor = least / (least - 1) * (n - 1) / (n - k)
    m = x.shape[1]
    return beta[:m], (factor * bread @ total @ bread)[:m, :m]


def cells_of(panel, leads):
    return [(g, t) for g in (2004, 2006, 2007) for t in panel.times if (t >= g or leads) and t != g - 1]


@pytest.mark.parametrize("estimator", ["sun-abraham", "etwfe"])
@pytest.mark.parametrize("drop", [0.0, 0.12])
@pytest.mark.parametrize("controls", [(), ("x1", "x2")])
def test_cells_are_a_dummy_regression(estimator, drop, controls):
    panel = random_panel(drop=drop)
    cells = cells_of(panel, estimator == "sun-abraham")
    beta, vcov = dense(panel, cells, controls, [panel.entity_codes])
    estimate = fit(panel, estimator, controls=controls)
    frame = estimate.part("att_gt").frame
    assert list(zip(frame["cohort"], frame["time"], strict=True)) == cells
    np.testing.assert_allclose(frame["estimate"], beta[: len(cells)], atol=1e-9)
    np.testing.assert_allclose(frame["std_error"], np.sqrt(np.diag(vcov))[: len(cells)], rtol=1e-8)
    size = frame["treated"].to_numpy() * np.array([t >= g for g, t in cells])
    w = np.zeros(len(beta))
    w[: len(cells)] = size / size.sum()
    assert estimate.terms.frame()["estimate"][0] == pytest.approx(w @ beta, abs=1e-9)
    assert estimate.terms.frame()["std_error"][0] == pytest.approx(np.sqrt(w @ vcov @ w), rel=1e-8)
    if controls:
        np.testing.assert_allclose(estimate.terms.frame()["estimate"][1:], beta[len(cells) :], atol=1e-9)
        np.testing.assert_allclose(
            estimate.terms.frame()["std_error"][1:], np.sqrt(np.diag(vcov))[len(cells) :], rtol=1e-8
        )


def test_two_way_clusters_go_by_rows():
    panel = random_panel(drop=0.1)
    estimate = fit(panel, "etwfe", cluster=("province", "year"))
    province = panel.group("province").to_numpy()
    cells = cells_of(panel, False)
    _, vcov = dense(panel, cells, (), [province, panel.years], years_count=False)
    values, vectors = np.linalg.eigh(vcov)
    assert values.min() < 0  # few years: the sum is not a covariance, its negative part is cut off
    vcov = (vectors * np.clip(values, 0, None)) @ vectors.T
    frame = estimate.part("att_gt").frame
    assert estimate.summary()["clusters"] == [14, 9]
    np.testing.assert_allclose(frame["std_error"], np.sqrt(np.diag(vcov)), rtol=1e-8)
    w = (frame["treated"] / frame["treated"].sum()).to_numpy()
    assert estimate.terms.frame()["std_error"][0] == pytest.approx(np.sqrt(w @ vcov @ w), rel=1e-8)


def test_sun_abraham_is_callaway_santanna_without_covariates():
    panel = random_panel()
    one = fit(panel, "sun-abraham").part("att_gt").frame.set_index(["cohort", "time"])["estimate"]
    two = fit(panel, "callaway-santanna", base_period="universal").part("att_gt").frame
    two = two.set_index(["cohort", "time"])["estimate"]
    np.testing.assert_allclose(one, two.loc[one.index], atol=1e-10)
    shown = [fit(panel, e, **k).part("event_study").frame["estimate"] for e, k in
             (("sun-abraham", {}), ("callaway-santanna", {"base_period": "universal"}))]  # fmt: skip
    np.testing.assert_allclose(shown[0], shown[1], atol=1e-10)


def test_etwfe_is_imputation_on_a_balanced_panel():
    for never in (0.4, 0.0):
        panel = random_panel(never=never)
        one, two = fit(panel, "etwfe"), fit(panel, "imputation")
        np.testing.assert_allclose(
            one.part("att_gt").frame["estimate"], two.part("att_gt").frame["estimate"], atol=1e-10
        )
        assert one.terms.frame()["estimate"][0] == pytest.approx(two.terms.frame()["estimate"][0], abs=1e-10)


def test_event_times_average_cohorts_by_region_years():
    panel = random_panel(drop=0.1)
    estimate = fit(panel, "sun-abraham", window=(-2, 3))
    cells = estimate.part("att_gt").frame
    shown = estimate.part("event_study").frame.set_index("event_time")
    assert list(shown.index) == [-2, -1, 0, 1, 2, 3]
    at = cells[cells["event_time"] == 2]
    assert shown.loc[2, "estimate"] == pytest.approx(np.average(at["estimate"], weights=at["treated"]))
    assert shown.loc[-1, "estimate"] == 0
    binned = (
        fit(panel, "sun-abraham", window=(-2, 3), bin_ends=True)
        .part("event_study")
        .frame.set_index("event_time")
    )
    late = cells[cells["event_time"] >= 3]
    assert binned.loc[3, "estimate"] == pytest.approx(np.average(late["estimate"], weights=late["treated"]))


def test_without_never_treated_the_last_cohort_compares():
    panel = random_panel(never=0.0)
    estimate = fit(panel, "sun-abraham")
    frame = estimate.part("att_gt").frame
    assert set(frame["cohort"]) == {2004, 2006}
    assert frame["time"].max() == 2006
    notes = " ".join(map(str, estimate.notes))
    assert "the last cohort (2007)" in notes
    assert "left out: 2007, 2008, 2009" in notes
    for estimator in ("sun-abraham", "etwfe"):
        with pytest.raises(EstimationError, match="no never- or not-yet-treated"):
            fit(random_panel(never=0.0, cohorts=(2005,)), estimator)


def test_a_control_that_is_constant_in_regions_is_named():
    for estimator in ("sun-abraham", "etwfe"):
        with pytest.raises(EstimationError, match="z1: not told apart"):
            fit(random_panel(), estimator, controls=("x1", "z1"))


def test_clusters_in_which_residuals_cancel_are_refused():
    with pytest.raises(EstimationError, match="residuals sum to zero"):
        fit(random_panel(), "sun-abraham", cluster="year")


def interacted(panel, covariates):
    """Return cells and the dense columns of Wooldridge (2021): cells, x by year, and centred x by cell."""
    start = panel.cohort("policy").to_numpy()[panel.entity_codes]
    early = panel.years < np.nanmin(start)
    levels = panel.frame[list(covariates)][early].groupby(level=0).mean().to_numpy()
    centred = levels.copy()
    for g in np.unique(start[np.isfinite(start)]):
        own = panel.cohort("policy").to_numpy() == g
        centred[own] -= levels[own].mean(axis=0)
    pairs = sorted({(g, t) for g, t in zip(start, panel.years, strict=True) if t >= g})
    cells = [((start == g) & (panel.years == t)).astype(float) for g, t in pairs]
    code = panel.entity_codes
    by_year = [(panel.years == t) * x[code] for x in levels.T for t in panel.times[1:]]
    moved = [cell * x[code] for cell in cells for x in centred.T]
    return pairs, cells, by_year, moved


@pytest.mark.parametrize("drop", [0.0, 0.05])
@pytest.mark.parametrize("covariates", [("z1",), ("z1", "x2")])
def test_etwfe_with_covariates_is_least_squares_on_every_interaction(drop, covariates):
    panel = random_panel(n=50, drop=drop)
    estimate = fit(panel, "etwfe", covariates=covariates, controls=("x1",))
    pairs, cells, by_year, moved = interacted(panel, covariates)
    z = np.column_stack([*cells, panel.column("x1"), *by_year, *moved])
    k = len(cells)
    full = np.column_stack([z, dummies(panel.entity_codes), dummies(panel.years)[:, 1:]])
    beta = np.linalg.lstsq(full, panel.column("y"), rcond=None)[0]
    frame = estimate.part("att_gt").frame
    assert list(zip(frame["cohort"], frame["time"], strict=True)) == pairs
    np.testing.assert_allclose(frame["estimate"], beta[:k], atol=1e-8)
    assert estimate.terms.frame().set_index("term").loc["x1", "estimate"] == pytest.approx(beta[k])
    scores = full * (panel.column("y") - full @ beta)[:, None]
    sums = np.column_stack([np.bincount(panel.entity_codes, column) for column in scores.T])
    bread = np.linalg.pinv(full.T @ full)
    n, g, size = len(full), len(panel.entities), z.shape[1] + len(panel.times)
    matrix = g / (g - 1) * (n - 1) / (n - size) * bread @ sums.T @ sums @ bread
    np.testing.assert_allclose(frame["std_error"], np.sqrt(np.diag(matrix))[:k], rtol=1e-6)
    assert estimate.controls == ("x1",)


def test_etwfe_with_covariates_imputes_with_slopes_by_year():
    """On a balanced panel every cell is the mean of what a fit of untreated cells leaves of it (Wooldridge 2021)."""
    panel = random_panel(n=50)
    estimate = fit(panel, "etwfe", covariates=("z1",))
    pairs, cells, by_year, _ = interacted(panel, ("z1",))
    z = np.column_stack([*by_year, dummies(panel.entity_codes), dummies(panel.years)[:, 1:]])
    rows = np.sum(cells, axis=0) == 0
    beta = np.linalg.lstsq(z[rows], panel.column("y")[rows], rcond=None)[0]
    left = panel.column("y") - z @ beta
    frame = estimate.part("att_gt").frame
    np.testing.assert_allclose(frame["estimate"], [left[cell > 0].mean() for cell in cells], atol=1e-8)
    assert estimate.leading.estimate == pytest.approx(left[~rows].mean())
    assert len(pairs) == len(frame)


def test_a_cohort_of_one_region_has_no_slope_of_its_own():
    panel = random_panel(n=40)
    starts = panel.cohort("policy").copy()
    starts[starts == 2006] = np.nan
    starts.iloc[1] = 2006
    lone = type(panel)(panel.frame, panel.groups, {"policy": starts})
    estimate = fit(lone, "etwfe", covariates=("z1",))
    assert np.isfinite(estimate.part("att_gt").frame["estimate"]).all()
    assert np.isfinite(estimate.leading.std_error)
    assert "z1, at their mean before" in " ".join(map(str, estimate.notes))
